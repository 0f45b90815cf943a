/* Right, and otherwise than the reference: ranges in a list as they came, subtrees
 * breadth first, every question under a number of its own, and the question about a
 * subtree looked up by its number alone. */
#include "dynamo/antientropy.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdlib.h>
#include <string.h>

struct range {
    struct range *next;
    struct merkle *tree;
    node_id owners[]; /* n of them */
};

/* A question: about a subtree, or about a key. */
struct question {
    struct question *next;
    uint64_t number; /* 0: not asked yet */
    struct merkle_node node;
    size_t key_size; /* 0: about the subtree */
    uint8_t key[KEY_SIZE_MAX];
};

struct antientropy {
    struct antientropy_config config;
    struct range *ranges;
    node_id *list;
    uint8_t *name;
    bool on;
    node_id peer;
    struct range *range;
    struct question *questions; /* the first subtree, or all keys, are open */
    unsigned looks;
    uint64_t asked;
};

static int by_number(const void *a, const void *b)
{
    const node_id x = *(const node_id *)a, y = *(const node_id *)b;

    return x < y ? -1 : x > y;
}

static bool owns(const struct antientropy *of, const struct range *range,
                 node_id node)
{
    return bsearch(&node, range->owners, of->config.n, sizeof node,
                   by_number) != NULL;
}

static struct range *find(struct antientropy *of, const node_id *owners)
{
    struct range *range = of->ranges;

    while (range != NULL &&
           memcmp(range->owners, owners, of->config.n * sizeof *owners) != 0)
        range = range->next;
    return range;
}

/* The owners of a key, ascending, in of->list. */
static int list_owners(struct antientropy *of, struct slice key)
{
    const int rv = ring_preference_list(of->config.ring, ring_position(key),
                                        of->config.n, of->list);

    qsort(of->list, of->config.n, sizeof *of->list, by_number);
    return rv;
}

int antientropy_storing(struct antientropy *of, struct slice key,
                        struct slice set)
{
    struct range *range;
    int rv = list_owners(of, key);

    if (rv != DYN_OK || bsearch(&of->config.self, of->list, of->config.n,
                                sizeof *of->list, by_number) == NULL)
        return rv;
    range = find(of, of->list);
    if (range == NULL) {
        range = malloc(sizeof *range + of->config.n * sizeof *of->list);
        if (range == NULL)
            return DYN_ENOMEM;
        memcpy(range->owners, of->list, of->config.n * sizeof *of->list);
        rv = merkle_open(&range->tree);
        if (rv != DYN_OK) {
            free(range);
            return rv;
        }
        range->next = of->ranges;
        of->ranges = range;
    }
    return merkle_put(range->tree, key, set);
}

int antientropy_open(struct antientropy **antientropy,
                     const struct antientropy_config *config, struct env *env)
{
    struct antientropy *of = calloc(1, sizeof *of);
    struct slice key = {NULL, 0}, set;
    int rv = DYN_ENOMEM;

    if (of == NULL)
        return rv;
    of->config = *config;
    of->list = calloc(config->n, sizeof *of->list);
    of->name = calloc(config->n, 4);
    if (of->list != NULL && of->name != NULL)
        rv = DYN_OK;
    while (rv == DYN_OK &&
           coordinator_next(config->store, env, key, &key, &set) == DYN_OK)
        rv = antientropy_storing(of, key, set);
    if (rv == DYN_OK)
        *antientropy = of;
    else
        antientropy_close(of);
    return rv;
}

static void forget_all(struct antientropy *of)
{
    while (of->questions != NULL) {
        struct question *next = of->questions->next;

        free(of->questions);
        of->questions = next;
    }
    of->on = false;
}

void antientropy_close(struct antientropy *of)
{
    if (of == NULL)
        return;
    forget_all(of);
    while (of->ranges != NULL) {
        struct range *next = of->ranges->next;

        merkle_close(of->ranges->tree);
        free(of->ranges);
        of->ranges = next;
    }
    free(of->list);
    free(of->name);
    free(of);
}

static struct slice name_of(struct antientropy *of, const struct range *range)
{
    for (size_t i = 0; i < of->config.n; i++)
        bytes_write(of->name + 4 * i, 4, range->owners[i]);
    return (struct slice){of->name, 4 * (size_t)of->config.n};
}

static void add(struct antientropy *of, const struct merkle_node *node,
                struct slice key)
{
    struct question **at = &of->questions;
    struct question *made = calloc(1, sizeof *made);

    if (made == NULL)
        return;
    made->node = *node;
    made->key_size = key.size;
    if (key.size > 0) {
        /* Keys are asked for before the next subtree is. */
        memcpy(made->key, key.data, key.size);
        made->next = *at;
        *at = made;
        return;
    }
    while (*at != NULL)
        at = &(*at)->next;
    *at = made;
}

static void send_one(struct antientropy *of, struct env *env,
                     struct question *question)
{
    uint8_t path[MERKLE_DEPTH_MAX];
    struct digest hash;
    struct message message = {.kind = MESSAGE_ASK_VERSIONS,
                              .key = {question->key, question->key_size}};

    if (question->number == 0)
        question->number = ++of->asked;
    message.operation = question->number | UINT64_C(1) << 63;
    if (question->key_size == 0) {
        if (merkle_hash(of->range->tree, &question->node, &hash) != DYN_OK)
            return;
        for (uint32_t i = 0; i < question->node.depth; i++)
            path[i] = question->node.path.byte[i / 2] >> (i % 2 ? 0 : 4) & 15;
        message = (struct message){.kind = MESSAGE_ASK_TREE,
                                   .operation = message.operation,
                                   .range = name_of(of, of->range),
                                   .path = {path, question->node.depth},
                                   .hash = {hash.byte, sizeof hash.byte}};
    }
    (void)detector_asked(of->config.detector, of->peer, env_now_ms(env));
    env_send(env, of->peer, &message);
}

/* Sends the first question, and if that is about a key, all others about keys. */
static void send_open(struct antientropy *of, struct env *env)
{
    struct question *at = of->questions;
    const bool keys = at->key_size > 0;

    do
        send_one(of, env, at);
    while (keys && (at = at->next) != NULL && at->key_size > 0);
}

/* Smaller names first: the range that comes after `after`. */
static struct range *range_after(struct antientropy *of,
                                 const struct range *after)
{
    struct range *best = NULL;

    for (struct range *range = of->ranges; range != NULL; range = range->next) {
        bool later = after == NULL, earlier = best == NULL;

        for (size_t i = 0; !later && i < of->config.n; i++)
            if (range->owners[i] != after->owners[i]) {
                later = range->owners[i] > after->owners[i];
                break;
            }
        for (size_t i = 0; !earlier && i < of->config.n; i++)
            if (range->owners[i] != best->owners[i]) {
                earlier = range->owners[i] < best->owners[i];
                break;
            }
        if (later && earlier && owns(of, range, of->peer))
            best = range;
    }
    return best;
}

static void go_on(struct antientropy *of, struct env *env)
{
    static const struct merkle_node whole;

    of->looks = 0;
    while (of->questions == NULL) {
        of->range = range_after(of, of->range);
        of->on = of->range != NULL;
        if (!of->on)
            return;
        add(of, &whole, (struct slice){NULL, 0});
        if (of->questions == NULL)
            return; /* without memory it is given up some looks later */
    }
    send_open(of, env);
}

void antientropy_look(struct antientropy *of, struct env *env)
{
    const uint64_t now_ms = env_now_ms(env);
    node_id best = 0;
    bool found = false;

    if (of->on && of->questions != NULL && of->looks < ANTIENTROPY_AGAIN &&
        !detector_suspects(of->config.detector, of->peer, now_ms)) {
        of->looks++;
        send_open(of, env);
        return;
    }
    forget_all(of);
    for (struct range *range = of->ranges; range != NULL; range = range->next)
        for (size_t i = 0; i < of->config.n; i++) {
            const node_id node = range->owners[i];
            const bool after = node > of->peer;

            if (node == of->config.self ||
                detector_suspects(of->config.detector, node, now_ms))
                continue;
            if (!found || (after && best <= of->peer) ||
                (after == (best > of->peer) && node < best))
                best = node;
            found = true;
        }
    if (!found)
        return;
    of->peer = best;
    of->range = NULL;
    of->on = true;
    go_on(of, env);
}

static bool read_owners(struct antientropy *of, struct slice name)
{
    if (name.size != 4 * (size_t)of->config.n)
        return false;
    for (size_t i = 0; i < of->config.n; i++) {
        of->list[i] = (node_id)bytes_read(name.data + 4 * i, 4);
        if (i > 0 && of->list[i] <= of->list[i - 1])
            return false;
    }
    return true;
}

static bool among(struct antientropy *of, node_id node)
{
    return bsearch(&node, of->list, of->config.n, sizeof node, by_number) !=
           NULL;
}

static bool read_path(struct slice path, struct merkle_node *node)
{
    memset(node, 0, sizeof *node);
    if (path.size > MERKLE_DEPTH_MAX)
        return false;
    for (; node->depth < path.size; node->depth++) {
        const uint8_t half = path.data[node->depth];

        if (half > 15)
            return false;
        node->path.byte[node->depth / 2] |=
            (uint8_t)(node->depth % 2 ? half : half << 4);
    }
    return true;
}

static void describe(struct antientropy *of, struct env *env, node_id from,
                     const struct message *asked)
{
    uint8_t bytes[MERKLE_DESCRIPTION_MAX];
    struct merkle *empty = NULL, *tree;
    struct message answer = {.kind = MESSAGE_TREE,
                             .operation = asked->operation,
                             .range = asked->range,
                             .path = asked->path,
                             .tree = {bytes, 0}};
    struct merkle_node node;
    struct digest hash;
    struct range *range;

    if (!read_owners(of, asked->range) || !among(of, of->config.self) ||
        !among(of, from) || !read_path(asked->path, &node))
        return;
    range = find(of, of->list);
    if (range == NULL && merkle_open(&empty) != DYN_OK)
        return;
    tree = range == NULL ? empty : range->tree;
    if (merkle_hash(tree, &node, &hash) == DYN_OK &&
        ((asked->hash.size == sizeof hash.byte &&
          memcmp(hash.byte, asked->hash.data, sizeof hash.byte) == 0) ||
         merkle_describe(tree, &node, bytes, sizeof bytes, &answer.tree.size) ==
             DYN_OK))
        env_send(env, from, &answer);
    merkle_close(empty);
}

/* Takes a question that is open off the list. */
static bool close_question(struct antientropy *of, node_id from,
                           uint64_t operation, bool about_key,
                           struct question *copy)
{
    struct question **at = &of->questions;
    const bool keys = *at != NULL && (*at)->key_size > 0;
    struct question *found;

    if (!of->on || from != of->peer || keys != about_key)
        return false;
    while (*at != NULL && (*at)->number != (operation & ~(UINT64_C(1) << 63)))
        at = &(*at)->next;
    found = *at;
    if (found == NULL || found->number == 0 ||
        (found->key_size > 0) != about_key)
        return false;
    *at = found->next;
    *copy = *found;
    free(found);
    return true;
}

/* Puts one back that was not answered after all. */
static void put_back(struct antientropy *of, const struct question *question)
{
    struct question *made = malloc(sizeof *made);

    if (made == NULL)
        return;
    *made = *question;
    made->next = of->questions;
    of->questions = made;
}

static void take_tree(struct antientropy *of, struct env *env, node_id from,
                      const struct message *message)
{
    struct merkle_difference difference = {0};
    struct question question;
    struct merkle_node node;
    struct slice name;

    if (!close_question(of, from, message->operation, false, &question))
        return;
    name = name_of(of, of->range);
    if (!read_path(message->path, &node) ||
        memcmp(&node, &question.node, sizeof node) != 0 ||
        message->range.size != name.size ||
        memcmp(message->range.data, name.data, name.size) != 0 ||
        (message->tree.size > 0 &&
         merkle_compare(of->range->tree, &node, message->tree.data,
                        message->tree.size, &difference) != DYN_OK)) {
        put_back(of, &question);
        return;
    }
    for (size_t i = 0; i < difference.node_count; i++)
        add(of, &difference.nodes[i], (struct slice){NULL, 0});
    for (size_t i = 0; i < difference.key_count; i++)
        if (list_owners(of, difference.keys[i]) == DYN_OK &&
            find(of, of->list) == of->range)
            add(of, &node, difference.keys[i]);
    go_on(of, env);
}

static void take_versions(struct antientropy *of, struct env *env, node_id from,
                          const struct message *message)
{
    struct question question;
    struct slice held;

    if (!close_question(of, from, message->operation, true, &question))
        return;
    if (question.key_size != message->key.size ||
        memcmp(question.key, message->key.data, message->key.size) != 0 ||
        coordinator_merge(of->config.store, env, message->key,
                          message->versions, &held) != DYN_OK) {
        put_back(of, &question);
        return;
    }
    if (held.size != message->versions.size ||
        (held.size > 0 &&
         memcmp(held.data, message->versions.data, held.size) != 0))
        env_send(env, from,
                 &(struct message){.kind = MESSAGE_MERGE,
                                   .operation = ++of->asked | UINT64_C(1) << 63,
                                   .key = message->key,
                                   .versions = held});
    of->looks = 0;
    if (of->questions == NULL || of->questions->key_size == 0)
        go_on(of, env);
}

bool antientropy_take(struct antientropy *of, struct env *env, node_id from,
                      const struct message *message)
{
    switch ((int)message->kind) {
    case MESSAGE_ASK_TREE:
        describe(of, env, from, message);
        return true;
    case MESSAGE_TREE:
        take_tree(of, env, from, message);
        return true;
    case MESSAGE_VERSIONS:
        if (message->operation >> 63 == 0)
            return false;
        take_versions(of, env, from, message);
        return true;
    default:
        return false;
    }
}
