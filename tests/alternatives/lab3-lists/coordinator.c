/* coordinator.c: Dynamo's get and put on N replicas.
 *
 * Interface: dynamo/coordinator.h, and the contract of a node, dynamo/program.h.
 *
 * What a node has begun and not ended is a task, of one of three manners:
 *
 *   reading   a get: asks the replicas for their sets, merges, answers, repairs
 *   writing   a put of a key of which this node is a replica: the version is
 *             made and stored; the others are to take it over
 *   handing   a put of any other key: looks for a replica, and hands it the put
 *
 * A task has a number, which is the `operation` of all that it sends and the
 * argument of its timers. No two tasks of a node have the same, in whichever life.
 *
 * The store:
 *
 *   "n"               8 bytes: no life so far has used this number, or a higher
 *                     one; then the name of the rules
 *   "k" key           the set of that key, encoded
 *   "f" node (4)      8 bytes: the highest number of that node's puts that may
 *                     have been made here
 */
#include "dynamo/coordinator.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"
#include "dynamo/hash.h"
#include "dynamo/quorum.h"
#include "dynamo/ring.h"
#include "dynamo/siblings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBERS_AT_ONCE = 4096, /* reserved by one write to the store */
    DIGEST_SIZE = sizeof(struct digest),
};

enum timer_kind { TIMER_AGAIN = 1, TIMER_GIVE_UP = 2 };

static const struct slice nothing = {NULL, 0};

/* ---- Blobs: bytes of one's own ---- */

struct blob {
    uint8_t *data;
    size_t size;
};

static struct slice view(const struct blob *blob)
{
    return (struct slice){blob->data, blob->size};
}

/* A copy; `data` is NULL if there is no memory, and only then. */
static struct blob blob_of(struct slice bytes)
{
    struct blob blob = {malloc(bytes.size + 1), bytes.size};

    if (blob.data != NULL && bytes.size > 0)
        memcpy(blob.data, bytes.data, bytes.size);
    return blob;
}

static bool same(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* What a rule has handed out, as a blob. */
static struct blob adopt(struct slice made)
{
    return (struct blob){(uint8_t *)made.data, made.size};
}

/* ---- The state of a node ---- */

/* Who is to hear what becomes of a task: a client of this node, or a node that
 * has handed a put to it. */
struct asker {
    bool is_node;
    request_id request;
    node_id node;
    uint64_t operation; /* of that node */
};

/* Where a get stands with one replica. */
enum standing { SILENT = 0, STALE, LEVEL /* holds all that has been found */ };

struct manner;

struct task {
    struct task *next;
    const struct manner *manner;
    uint64_t number;
    struct asker asker;
    bool answered;
    struct blob key;
    node_id *replicas; /* config.n of them */
    timer_id again, give_up;

    struct quorum *votes;    /* reading, writing */
    struct blob set;         /* reading: all answers merged; writing: what was
                                made */
    enum standing *standing; /* reading: of each of `replicas` */

    struct blob value, context; /* handing */
    bool is_handed;
    node_id chosen; /* once it is handed */
};

/* How a task goes on. Each of these may end it. */
struct manner {
    void (*hear)(struct node *node, struct env *env, struct task *task,
                 node_id from, const struct message *message);
    void (*again)(struct node *node, struct env *env, struct task *task);
};

/* A put that was handed to this node in this life. */
struct memo {
    struct memo *next;
    uint64_t operation;
    bool is_over;
    int code; /* once it is over */
};

/* A node that has handed puts to this one. */
struct origin {
    struct origin *next;
    node_id node;
    uint64_t floor;     /* up to it, a put without a memo may have been made */
    uint64_t highest;   /* what the store says of the node */
    struct memo *memos; /* in descending order of `operation` */
};

struct node {
    node_id self;
    uint32_t n, r, w, retry_ms, give_up_ms;
    struct ring *ring;
    const struct version_rules *rules;
    uint64_t next_number, reserved; /* `reserved` is not to be used */
    struct task *tasks;
    struct origin *origins;
};

/* ---- The store ---- */

struct store_key {
    uint8_t byte[1 + KEY_SIZE_MAX];
    size_t size;
};

static struct slice key_view(const struct store_key *key)
{
    return (struct slice){key->byte, key->size};
}

static bool is_key(struct slice key)
{
    return key.data != NULL && key.size >= 1 && key.size <= KEY_SIZE_MAX;
}

static struct store_key key_of_set(struct slice key)
{
    struct store_key made = {.byte = {'k'}, .size = 1 + key.size};

    memcpy(made.byte + 1, key.data, key.size);
    return made;
}

/* What is held of a key, borrowed; no bytes if nothing is. */
static struct slice load(struct env *env, struct slice key)
{
    struct store_key at = key_of_set(key);
    struct slice set = nothing;

    env_get(env, key_view(&at), &set);
    return set;
}

static int save(struct env *env, struct slice key, struct slice set)
{
    struct store_key at = key_of_set(key);

    return env_put(env, key_view(&at), set);
}

/* Merges a set into what is held. After DYN_OK that is stored. */
static int save_merged(struct node *node, struct env *env, struct slice key,
                       struct slice set)
{
    struct slice held = load(env, key), merged;
    struct blob made;
    int code = node->rules->merge(held, set, &merged);

    if (code != DYN_OK)
        return code;
    made = adopt(merged);
    // To merge nothing into nothing leaves a key that was never stored.
    if (!same(held, merged) && set.size > 0)
        code =
            merged.size > STORE_VALUE_MAX ? DYN_ERANGE : save(env, key, merged);
    free(made.data);
    return code;
}

static int save_numbers(struct env *env, const struct version_rules *rules,
                        uint64_t reserved)
{
    uint8_t bytes[8 + 64];
    size_t name = strlen(rules->name);

    if (name > sizeof bytes - 8)
        return DYN_EINVAL;
    bytes_write(bytes, 8, reserved);
    memcpy(bytes + 8, rules->name, name);
    return env_put(env, (struct slice){(const uint8_t *)"n", 1},
                   (struct slice){bytes, 8 + name});
}

static int save_highest(struct env *env, node_id node, uint64_t highest)
{
    uint8_t key[5] = {'f'}, bytes[8];

    bytes_write(key + 1, 4, node);
    bytes_write(bytes, 8, highest);
    return env_put(env, (struct slice){key, sizeof key},
                   (struct slice){bytes, sizeof bytes});
}

/* ---- Contexts ---- */

/* The MD5 of a key and the bytes of a clock. False: no memory. */
static bool seal_of(struct slice key, struct slice clock, struct digest *seal)
{
    size_t size = 4 + key.size + clock.size;
    uint8_t *bytes = malloc(size);

    if (bytes == NULL)
        return false;
    bytes_write(bytes, 4, key.size);
    memcpy(bytes + 4, key.data, key.size);
    memcpy(bytes + 4 + key.size, clock.data, clock.size);
    *seal = md5((struct slice){bytes, size});
    free(bytes);
    return true;
}

static int context_seal(struct slice key, const struct vclock *clock,
                        struct blob *context)
{
    struct digest seal;
    size_t size = 0;
    uint8_t *bytes;

    vclock_encode(clock, NULL, 0, &size);
    bytes = malloc(size + DIGEST_SIZE);
    if (bytes == NULL)
        return DYN_ENOMEM;
    vclock_encode(clock, bytes, size, &size);
    if (!seal_of(key, (struct slice){bytes, size}, &seal)) {
        free(bytes);
        return DYN_ENOMEM;
    }
    memcpy(bytes + size, seal.byte, DIGEST_SIZE);
    *context = (struct blob){bytes, size + DIGEST_SIZE};
    return DYN_OK;
}

/* The clock of a context, which the caller closes. DYN_ECORRUPT: it is none of
 * that key. */
static int context_open(struct slice key, struct slice context,
                        struct vclock **clock)
{
    struct slice bytes;
    struct digest seal;

    if (context.size == 0)
        return vclock_open(clock);
    if (context.size < DIGEST_SIZE)
        return DYN_ECORRUPT;
    bytes = (struct slice){context.data, context.size - DIGEST_SIZE};
    if (!seal_of(key, bytes, &seal))
        return DYN_ENOMEM;
    if (memcmp(seal.byte, bytes.data + bytes.size, DIGEST_SIZE) != 0)
        return DYN_ECORRUPT;
    return vclock_decode(clock, bytes.data, bytes.size);
}

/* ---- Puts that were handed to this node ---- */

static struct origin *origin_add(struct node *node, node_id name,
                                 uint64_t highest)
{
    struct origin *origin = calloc(1, sizeof *origin);

    if (origin == NULL)
        return NULL;
    origin->node = name;
    origin->floor = origin->highest = highest;
    origin->next = node->origins;
    node->origins = origin;
    return origin;
}

static struct origin *origin_find(struct node *node, node_id name)
{
    struct origin *origin = node->origins;

    while (origin != NULL && origin->node != name)
        origin = origin->next;
    return origin;
}

/* The memo of a put; or where it would stand, which is NULL or another's. */
static struct memo **memo_place(struct origin *origin, uint64_t operation)
{
    struct memo **at = &origin->memos;

    while (*at != NULL && (*at)->operation > operation)
        at = &(*at)->next;
    return at;
}

static struct memo *memo_find(struct origin *origin, uint64_t operation)
{
    struct memo *memo = *memo_place(origin, operation);

    return memo != NULL && memo->operation == operation ? memo : NULL;
}

/* Forgets puts that are over and have FORWARDS_KEPT later ones. From then on it
 * is only known of them, and of whatever is earlier, that they may be. */
static void memos_forget(struct origin *origin)
{
    struct memo **at = &origin->memos;

    for (size_t kept = 0; *at != NULL; kept++) {
        struct memo *memo = *at;

        if (kept < FORWARDS_KEPT || !memo->is_over) {
            at = &memo->next;
            continue;
        }
        if (origin->floor < memo->operation)
            origin->floor = memo->operation;
        *at = memo->next;
        free(memo);
    }
}

/* ---- Tasks ---- */

static bool is_among(const node_id *nodes, size_t count, node_id name,
                     size_t *index)
{
    for (size_t i = 0; i < count; i++)
        if (nodes[i] == name) {
            *index = i;
            return true;
        }
    return false;
}

/* The replicas of a key, allocated; NULL: no memory. */
static node_id *replicas_of(const struct node *node, struct slice key)
{
    node_id *list = malloc(node->n * sizeof *list);

    if (list != NULL && ring_preference_list(node->ring, ring_position(key),
                                             node->n, list) != DYN_OK) {
        free(list);
        list = NULL;
    }
    return list;
}

/* DYN_OK, and in *is whether this node is a replica of the key; DYN_ENOMEM. */
static int is_replica(const struct node *node, struct slice key, bool *is)
{
    node_id *replicas = replicas_of(node, key);
    size_t index;

    if (replicas == NULL)
        return DYN_ENOMEM;
    *is = is_among(replicas, node->n, node->self, &index);
    free(replicas);
    return DYN_OK;
}

static void task_free(struct task *task)
{
    if (task == NULL)
        return;
    quorum_close(task->votes);
    free(task->key.data);
    free(task->replicas);
    free(task->set.data);
    free(task->standing);
    free(task->value.data);
    free(task->context.data);
    free(task);
}

/* A number for a task, above all that this node has ever sent. */
static int number_take(struct node *node, struct env *env, uint64_t *number)
{
    if (node->next_number == node->reserved) {
        uint64_t reserved = node->reserved + NUMBERS_AT_ONCE;
        int code = save_numbers(env, node->rules, reserved);

        if (code != DYN_OK)
            return code;
        node->reserved = reserved;
    }
    *number = node->next_number++;
    return DYN_OK;
}

/* A task with no number yet, and that does not run; NULL: no memory. */
static struct task *task_new(const struct node *node,
                             const struct manner *manner, struct asker asker,
                             struct slice key, uint32_t needed)
{
    struct task *task = calloc(1, sizeof *task);

    if (task == NULL)
        return NULL;
    task->manner = manner;
    task->asker = asker;
    task->key = blob_of(key);
    task->replicas = replicas_of(node, key);
    if (task->key.data == NULL || task->replicas == NULL ||
        quorum_open(&task->votes, task->replicas, node->n, needed) != DYN_OK) {
        task_free(task);
        return NULL;
    }
    return task;
}

/* From here on it is the node's: it has its number and its timers. */
static int task_begin(struct node *node, struct env *env, struct task *task)
{
    int code = number_take(node, env, &task->number);

    if (code != DYN_OK)
        return code;
    task->next = node->tasks;
    node->tasks = task;
    task->again = env_timer(env, node->retry_ms, TIMER_AGAIN, task->number);
    task->give_up =
        env_timer(env, node->give_up_ms, TIMER_GIVE_UP, task->number);
    return DYN_OK;
}

static void task_end(struct node *node, struct env *env, struct task *task)
{
    struct task **at = &node->tasks;

    while (*at != task)
        at = &(*at)->next;
    *at = task->next;
    env_cancel(env, task->again);
    env_cancel(env, task->give_up);
    task_free(task);
}

static struct task *task_find(struct node *node, uint64_t number)
{
    struct task *task = node->tasks;

    while (task != NULL && task->number != number)
        task = task->next;
    return task;
}

static bool all_have_voted(const struct task *task)
{
    return quorum_silent(task->votes, NULL, 0) == 0;
}

static bool has_voted_enough(const struct task *task)
{
    return quorum_decision(task->votes) == QUORUM_REACHED;
}

static void send(struct env *env, const struct task *task, node_id to,
                 enum message_kind kind)
{
    struct message message = {
        .kind = kind,
        .operation = task->number,
        .key = view(&task->key),
    };

    if (kind == MESSAGE_MERGE)
        message.versions = view(&task->set);
    if (kind == MESSAGE_FORWARD) {
        message.value = view(&task->value);
        message.context = view(&task->context);
    }
    env_send(env, to, &message);
}

/* Sends that to the replicas that have not voted, but not to this node. */
static void send_to_silent(struct node *node, struct env *env,
                           const struct task *task, enum message_kind kind)
{
    struct quorum *votes = task->votes;
    size_t count = quorum_silent(votes, NULL, 0);
    node_id *silent = malloc((count + 1) * sizeof *silent);

    if (silent == NULL)
        return; // as if the messages were lost
    quorum_silent(votes, silent, count);
    for (size_t i = 0; i < count; i++)
        if (silent[i] != node->self)
            send(env, task, silent[i], kind);
    free(silent);
}

/* Says what became of a put, or of a get that found nothing to say. */
static void answer(struct node *node, struct env *env, struct asker asker,
                   struct slice key, int code)
{
    if (asker.is_node) {
        struct message message = {
            .kind = MESSAGE_FORWARDED,
            .operation = asker.operation,
            .key = key,
            .code = code,
        };
        struct origin *origin = origin_find(node, asker.node);
        struct memo *memo =
            origin == NULL ? NULL : memo_find(origin, asker.operation);

        if (memo != NULL) {
            memo->is_over = true;
            memo->code = code;
            memos_forget(origin);
        }
        env_send(env, asker.node, &message);
    } else {
        struct reply reply = {.code = code};

        env_reply(env, asker.request, &reply);
    }
}

static void task_answer(struct node *node, struct env *env, struct task *task,
                        int code)
{
    answer(node, env, task->asker, view(&task->key), code);
    task->answered = true;
    env_cancel(env, task->give_up);
    task->give_up = 0;
}

/* ---- Reading ---- */

/* Answers a get, if its answers say enough. */
static void reading_answer(struct node *node, struct env *env,
                           struct task *task)
{
    struct slice *values = NULL;
    struct vclock *clock = NULL;
    struct blob context = {NULL, 0};
    size_t count;
    int code;

    code = node->rules->read(view(&task->set), &values, &count, &clock);
    if (code == DYN_OK && count > REPLY_VALUES_MAX) {
        // More than can be said. Those still to come may have replaced some.
        free(values);
        vclock_close(clock);
        return;
    }
    if (code == DYN_OK)
        code = context_seal(view(&task->key), clock, &context);
    if (code == DYN_OK) {
        struct reply reply = {
            .code = DYN_OK,
            .values = values,
            .count = count,
            .context = view(&context),
        };

        env_reply(env, task->asker.request, &reply);
        task->answered = true;
        env_cancel(env, task->give_up);
        task->give_up = 0;
    } else {
        task_answer(node, env, task, code);
    }
    free(context.data);
    free(values);
    vclock_close(clock);

    // Remembered for so long, for read repair.
    env_cancel(env, task->again);
    task->again = env_timer(env, node->retry_ms, TIMER_AGAIN, task->number);
}

/* Read repair: brings those that have answered something else up to date. */
static void reading_repair(struct node *node, struct env *env,
                           struct task *task)
{
    if (task->set.size > STORE_VALUE_MAX)
        return;
    for (size_t i = 0; i < node->n; i++) {
        if (task->standing[i] != STALE)
            continue;
        if (task->replicas[i] == node->self)
            save_merged(node, env, view(&task->key), view(&task->set));
        else
            send(env, task, task->replicas[i], MESSAGE_MERGE);
        task->standing[i] = LEVEL;
    }
}

/* Takes a replica's answer into account. It may end the task. */
static void reading_count(struct node *node, struct env *env, struct task *task,
                          node_id from, struct slice versions)
{
    struct slice answered, merged;
    size_t index;

    if (!is_among(task->replicas, node->n, from, &index) ||
        task->standing[index] != SILENT)
        return;
    // As a set would be encoded: no bytes are an empty set as well.
    if (node->rules->merge(versions, nothing, &answered) != DYN_OK)
        return;
    if (node->rules->merge(view(&task->set), answered, &merged) != DYN_OK) {
        free(adopt(answered).data);
        return;
    }

    if (!same(merged, view(&task->set)))
        for (size_t i = 0; i < node->n; i++)
            if (task->standing[i] == LEVEL)
                task->standing[i] = STALE;
    task->standing[index] = same(merged, answered) ? LEVEL : STALE;
    free(adopt(answered).data);
    free(task->set.data);
    task->set = adopt(merged);
    quorum_vote(task->votes, from, true);

    if (!task->answered && has_voted_enough(task))
        reading_answer(node, env, task);
    if (task->answered) {
        reading_repair(node, env, task);
        if (all_have_voted(task))
            task_end(node, env, task);
    }
}

static void reading_hear(struct node *node, struct env *env, struct task *task,
                         node_id from, const struct message *message)
{
    if (message->kind == MESSAGE_VERSIONS)
        reading_count(node, env, task, from, message->versions);
}

static void reading_again(struct node *node, struct env *env, struct task *task)
{
    if (task->answered) {
        task_end(node, env, task);
        return;
    }
    send_to_silent(node, env, task, MESSAGE_ASK_VERSIONS);
    task->again = env_timer(env, node->retry_ms, TIMER_AGAIN, task->number);
}

static const struct manner reading = {reading_hear, reading_again};

static void reading_begin(struct node *node, struct env *env,
                          struct asker asker, struct slice key)
{
    struct task *task = task_new(node, &reading, asker, key, node->r);
    int code = task == NULL ? DYN_ENOMEM : DYN_OK;

    if (code == DYN_OK) {
        task->standing = calloc(node->n, sizeof *task->standing);
        code =
            task->standing == NULL ? DYN_ENOMEM : task_begin(node, env, task);
    }
    if (code != DYN_OK) {
        task_free(task);
        answer(node, env, asker, key, code);
        return;
    }
    send_to_silent(node, env, task, MESSAGE_ASK_VERSIONS);
    // Of no effect if this node is no replica.
    reading_count(node, env, task, node->self, load(env, key));
}

/* ---- Writing ---- */

/* Notes that a replica holds what was made. It may end the task. */
static void writing_count(struct node *node, struct env *env, struct task *task,
                          node_id from)
{
    quorum_vote(task->votes, from, true);
    if (!task->answered && has_voted_enough(task))
        task_answer(node, env, task, DYN_OK);
    if (task->answered && all_have_voted(task))
        task_end(node, env, task);
}

static void writing_hear(struct node *node, struct env *env, struct task *task,
                         node_id from, const struct message *message)
{
    if (message->kind == MESSAGE_MERGED)
        writing_count(node, env, task, from);
}

/* Once more after the answer, and then it is left to read repair. */
static void writing_again(struct node *node, struct env *env, struct task *task)
{
    send_to_silent(node, env, task, MESSAGE_MERGE);
    if (task->answered)
        task_end(node, env, task);
    else
        task->again = env_timer(env, node->retry_ms, TIMER_AGAIN, task->number);
}

static const struct manner writing = {writing_hear, writing_again};

/* A put of a key of which this node is a replica. All that may fail is done
 * before the set is stored, and that before anything is sent. */
static void writing_begin(struct node *node, struct env *env,
                          struct asker asker, struct slice key,
                          const struct vclock *context, struct slice value)
{
    struct task *task = task_new(node, &writing, asker, key, node->w);
    struct slice made;
    int code = task == NULL ? DYN_ENOMEM : DYN_OK;

    if (code == DYN_OK)
        code = node->rules->put(load(env, key), context, node->self,
                                env_now_ms(env), value, &made);
    if (code == DYN_OK) {
        task->set = adopt(made);
        code = task_begin(node, env, task);
    }
    if (code != DYN_OK) {
        task_free(task);
        answer(node, env, asker, key, code);
        return;
    }
    code = save(env, key, view(&task->set));
    if (code != DYN_OK) {
        task_answer(node, env, task, code);
        task_end(node, env, task);
        return;
    }
    send_to_silent(node, env, task, MESSAGE_MERGE);
    writing_count(node, env, task, node->self);
}

/* ---- Handing ---- */

/* What a replica may say of a put. Anything else leaves open what it did. */
static int put_code(int code)
{
    switch (code) {
    case DYN_OK:
    case DYN_ENOMEM:
    case DYN_EEXIST:
    case DYN_ERANGE:
    case DYN_ECORRUPT:
        return code;
    default:
        return DYN_EUNAVAILABLE;
    }
}

static void handing_hear(struct node *node, struct env *env, struct task *task,
                         node_id from, const struct message *message)
{
    size_t index;

    if (message->kind == MESSAGE_VERSIONS && !task->is_handed &&
        is_among(task->replicas, node->n, from, &index)) {
        task->is_handed = true;
        task->chosen = from;
        send(env, task, from, MESSAGE_FORWARD);
    } else if (message->kind == MESSAGE_FORWARDED && task->is_handed &&
               from == task->chosen) {
        task_answer(node, env, task, put_code(message->code));
        task_end(node, env, task);
    }
}

static void handing_again(struct node *node, struct env *env, struct task *task)
{
    if (task->is_handed)
        send(env, task, task->chosen, MESSAGE_FORWARD);
    else
        send_to_silent(node, env, task, MESSAGE_ASK_VERSIONS);
    task->again = env_timer(env, node->retry_ms, TIMER_AGAIN, task->number);
}

static const struct manner handing = {handing_hear, handing_again};

static void handing_begin(struct node *node, struct env *env,
                          struct asker asker, const struct request *asked)
{
    // Nobody ever votes: all replicas stay silent until one is chosen.
    struct task *task = task_new(node, &handing, asker, asked->key, 1);
    int code = task == NULL ? DYN_ENOMEM : DYN_OK;

    if (code == DYN_OK) {
        task->value = blob_of(asked->value);
        task->context = blob_of(asked->context);
        code = task->value.data == NULL || task->context.data == NULL
                   ? DYN_ENOMEM
                   : task_begin(node, env, task);
    }
    if (code != DYN_OK) {
        task_free(task);
        answer(node, env, asker, asked->key, code);
        return;
    }
    send_to_silent(node, env, task, MESSAGE_ASK_VERSIONS);
}

/* ---- What a node is asked ---- */

void coordinator_on_request(struct node *node, struct env *env,
                            request_id request, const struct request *asked)
{
    struct asker asker = {.is_node = false, .request = request};
    struct vclock *context;
    bool replica;
    int code;

    if (!is_key(asked->key) || asked->value.size > VALUE_SIZE_MAX) {
        answer(node, env, asker, asked->key, DYN_EINVAL);
        return;
    }
    if (asked->kind == REQUEST_GET) {
        reading_begin(node, env, asker, asked->key);
        return;
    }
    if (asked->kind != REQUEST_PUT) {
        answer(node, env, asker, asked->key, DYN_EUNKNOWN);
        return;
    }

    code = context_open(asked->key, asked->context, &context);
    if (code != DYN_OK) {
        answer(node, env, asker, asked->key, code);
        return;
    }
    code = is_replica(node, asked->key, &replica);
    if (code != DYN_OK)
        answer(node, env, asker, asked->key, code);
    else if (replica)
        writing_begin(node, env, asker, asked->key, context, asked->value);
    else
        handing_begin(node, env, asker, asked);
    vclock_close(context);
}

static void on_versions_asked(struct env *env, node_id from,
                              const struct message *asked)
{
    struct message message = {
        .kind = MESSAGE_VERSIONS,
        .operation = asked->operation,
        .key = asked->key,
        .versions = load(env, asked->key),
    };

    env_send(env, from, &message);
}

static void on_merge(struct node *node, struct env *env, node_id from,
                     const struct message *asked)
{
    struct message message = {
        .kind = MESSAGE_MERGED,
        .operation = asked->operation,
        .key = asked->key,
    };

    if (save_merged(node, env, asked->key, asked->versions) == DYN_OK)
        env_send(env, from, &message);
}

/* A put that another node hands to this one, perhaps not for the first time. */
static void on_forward(struct node *node, struct env *env, node_id from,
                       const struct message *asked)
{
    struct asker asker = {
        .is_node = true,
        .node = from,
        .operation = asked->operation,
    };
    struct origin *origin = origin_find(node, from);
    struct memo *memo, **place;
    struct vclock *context;
    int code;

    memo = origin == NULL ? NULL : memo_find(origin, asked->operation);
    if (memo != NULL) {
        if (memo->is_over)
            answer(node, env, asker, asked->key, memo->code);
        return;
    }
    if (origin != NULL && asked->operation <= origin->floor) {
        answer(node, env, asker, asked->key, DYN_EUNAVAILABLE);
        return;
    }
    // That is as wrong whenever it comes: it needs no memo.
    code = context_open(asked->key, asked->context, &context);
    if (code != DYN_OK) {
        answer(node, env, asker, asked->key, code);
        return;
    }

    // What follows is done once. The store is told so before the set is, since
    // a crash takes the latest first.
    if (origin == NULL)
        origin = origin_add(node, from, 0);
    memo = calloc(1, sizeof *memo);
    code = origin == NULL || memo == NULL ? DYN_ENOMEM : DYN_OK;
    if (code == DYN_OK && origin->highest < asked->operation)
        code = save_highest(env, from, asked->operation);
    if (code != DYN_OK) {
        free(memo);
        vclock_close(context);
        answer(node, env, asker, asked->key, code);
        return;
    }
    if (origin->highest < asked->operation)
        origin->highest = asked->operation;
    memo->operation = asked->operation;
    place = memo_place(origin, asked->operation);
    memo->next = *place;
    *place = memo;
    writing_begin(node, env, asker, asked->key, context, asked->value);
    vclock_close(context);
}

void coordinator_on_message(struct node *node, struct env *env, node_id from,
                            const struct message *message)
{
    struct task *task;
    bool replica;

    if (!is_key(message->key))
        return;
    switch (message->kind) {
    case MESSAGE_ASK_VERSIONS:
    case MESSAGE_MERGE:
    case MESSAGE_FORWARD:
        if (is_replica(node, message->key, &replica) != DYN_OK || !replica)
            return;
        if (message->kind == MESSAGE_ASK_VERSIONS)
            on_versions_asked(env, from, message);
        else if (message->kind == MESSAGE_MERGE)
            on_merge(node, env, from, message);
        else if (message->value.size <= VALUE_SIZE_MAX)
            on_forward(node, env, from, message);
        break;
    case MESSAGE_VERSIONS:
    case MESSAGE_MERGED:
    case MESSAGE_FORWARDED:
        task = task_find(node, message->operation);
        if (task != NULL && same(view(&task->key), message->key))
            task->manner->hear(node, env, task, from, message);
        break;
    default: // of another lab
        break;
    }
}

void coordinator_on_timer(struct node *node, struct env *env, timer_id timer,
                          int kind, uint64_t arg)
{
    struct task *task = task_find(node, arg);

    (void)timer;
    if (task == NULL)
        return;
    if (kind == TIMER_AGAIN) {
        task->manner->again(node, env, task);
    } else if (kind == TIMER_GIVE_UP) {
        if (!task->answered)
            task_answer(node, env, task, DYN_EUNAVAILABLE);
        task_end(node, env, task);
    }
}

/* ---- The life of a node ---- */

void coordinator_close(struct node *node)
{
    if (node == NULL)
        return;
    while (node->tasks != NULL) {
        struct task *task = node->tasks;

        node->tasks = task->next;
        task_free(task);
    }
    while (node->origins != NULL) {
        struct origin *origin = node->origins;

        node->origins = origin->next;
        while (origin->memos != NULL) {
            struct memo *memo = origin->memos;

            origin->memos = memo->next;
            free(memo);
        }
        free(origin);
    }
    ring_close(node->ring);
    free(node);
}

static bool is_config(const struct config *config)
{
    bool has_self = false;

    if (config->members == NULL)
        return false;
    for (size_t i = 0; i < config->member_count; i++) {
        if (i > 0 && config->members[i - 1] >= config->members[i])
            return false;
        if (config->members[i] == config->self)
            has_self = true;
    }
    return has_self && config->n >= 1 && config->n <= config->member_count &&
           config->r >= 1 && config->r <= config->n && config->w >= 1 &&
           config->w <= config->n && config->retry_ms >= 1 &&
           config->give_up_ms >= 1;
}

/* DYN_OK, DYN_ENOMEM, or DYN_EINVAL: there is no such ring. */
static int open_ring(struct node *node, const struct config *config)
{
    int code = ring_open(&node->ring, &config->ring);

    for (size_t i = 0; i < config->member_count && code == DYN_OK; i++)
        code = ring_join(node->ring, config->members[i], 1);
    return code == DYN_OK || code == DYN_ENOMEM ? code : DYN_EINVAL;
}

/* Takes one entry of the store into account. DYN_ECORRUPT: it is none. */
static int load_entry(struct node *node, struct slice key, struct slice value)
{
    size_t name = strlen(node->rules->name);

    if (key.size == 1 && key.data[0] == 'n') {
        if (value.size != 8 + name ||
            memcmp(value.data + 8, node->rules->name, name) != 0)
            return DYN_ECORRUPT;
        node->reserved = bytes_read(value.data, 8);
        if (node->reserved == 0 ||
            node->reserved > UINT64_MAX - NUMBERS_AT_ONCE)
            return DYN_ECORRUPT;
        return DYN_OK;
    }
    if (key.size == 5 && key.data[0] == 'f' && value.size == 8) {
        node_id origin = (node_id)bytes_read(key.data + 1, 4);

        return origin_add(node, origin, bytes_read(value.data, 8)) == NULL
                   ? DYN_ENOMEM
                   : DYN_OK;
    }
    if (key.size >= 2 && key.size <= 1 + KEY_SIZE_MAX && key.data[0] == 'k' &&
        value.size > 0) {
        struct slice set;
        int code = node->rules->merge(value, nothing, &set);

        if (code == DYN_OK)
            free(adopt(set).data);
        return code;
    }
    return DYN_ECORRUPT;
}

/* Finds what earlier lives have left, and reserves numbers for this one. */
static int load_store(struct node *node, struct env *env)
{
    struct slice key = nothing, value;
    bool is_new = true;
    int code = DYN_OK;

    while (code == DYN_OK && env_next(env, key, &key, &value) == DYN_OK) {
        is_new = false;
        code = load_entry(node, key, value);
    }
    if (code != DYN_OK)
        return code;
    if (is_new)
        node->reserved = 1;
    else if (node->reserved == 0)
        return DYN_ECORRUPT; // the numbers are what is stored first
    node->next_number = node->reserved;
    node->reserved += NUMBERS_AT_ONCE;
    return save_numbers(env, node->rules, node->reserved);
}

int coordinator_open(struct node **node, const struct config *config,
                     struct env *env, const struct version_rules *rules)
{
    struct node *opened;
    int code;

    if (node == NULL || config == NULL || env == NULL || rules == NULL ||
        !is_config(config))
        return DYN_EINVAL;
    opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return DYN_ENOMEM;
    opened->self = config->self;
    opened->n = config->n;
    opened->r = config->r;
    opened->w = config->w;
    opened->retry_ms = config->retry_ms;
    opened->give_up_ms = config->give_up_ms;
    opened->rules = rules;
    code = open_ring(opened, config);
    if (code == DYN_OK)
        code = load_store(opened, env);
    if (code != DYN_OK) {
        coordinator_close(opened);
        return code;
    }
    *node = opened;
    return DYN_OK;
}

/* ---- The rules of the paper's clocks ---- */

/* The set that encoded bytes stand for: an empty one if there are none. */
static int set_of(struct slice bytes, struct siblings **set)
{
    return bytes.size == 0 ? siblings_open(set)
                           : siblings_decode(set, bytes.data, bytes.size);
}

/* The bytes of a set, allocated. */
static int bytes_of(const struct siblings *set, struct slice *bytes)
{
    size_t size = 0;
    uint8_t *block;
    int code;

    siblings_encode(set, NULL, 0, &size);
    block = malloc(size);
    if (block == NULL)
        return DYN_ENOMEM;
    code = siblings_encode(set, block, size, &size);
    if (code != DYN_OK) {
        free(block);
        return code;
    }
    *bytes = (struct slice){block, size};
    return DYN_OK;
}

static int put_version(struct slice set, const struct vclock *context,
                       node_id node, uint64_t time_ms, struct slice value,
                       struct slice *made)
{
    struct siblings *held = NULL;
    size_t size = 0;
    int code = set_of(set, &held);

    if (code == DYN_OK)
        code =
            siblings_put(held, context, node, time_ms, value, VCLOCK_PAIRS_MAX);
    if (code == DYN_EEXIST) /* it looks as if it were replaced already */
        code = DYN_OK;
    if (code == DYN_OK) {
        siblings_encode(held, NULL, 0, &size);
        code = size > STORE_VALUE_MAX || siblings_count(held) > REPLY_VALUES_MAX
                   ? DYN_ERANGE
                   : bytes_of(held, made);
    }
    siblings_close(held);
    return code;
}

static int merge_versions(struct slice a, struct slice b, struct slice *merged)
{
    struct siblings *into = NULL, *from = NULL;
    int code = set_of(a, &into);

    if (code == DYN_OK)
        code = set_of(b, &from);
    if (code == DYN_OK)
        code = siblings_merge(into, from);
    if (code == DYN_OK)
        code = bytes_of(into, merged);
    siblings_close(into);
    siblings_close(from);
    return code;
}

/* The array has one slice more than there are values, so it is never empty. */
static int read_versions(struct slice set, struct slice **values, size_t *count,
                         struct vclock **context)
{
    struct siblings *held = NULL;
    const struct vclock *clock;
    struct slice value;
    int code = set_of(set, &held);

    if (code == DYN_OK) {
        // The values are a part of the set's bytes, so they need no more room.
        size_t head = (siblings_count(held) + 1) * sizeof value;
        struct slice *array = malloc(head + set.size);

        code = array == NULL ? DYN_ENOMEM : siblings_context(held, context);
        if (code == DYN_OK) {
            uint8_t *room = (uint8_t *)array + head;

            for (size_t i = 0; siblings_at(held, i, &clock, &value) == DYN_OK;
                 i++) {
                memcpy(room, value.data, value.size);
                array[i] = (struct slice){room, value.size};
                room += value.size;
            }
            *values = array;
            *count = siblings_count(held);
        } else {
            free(array);
        }
    }
    siblings_close(held);
    return code;
}

static const struct version_rules rules = {
    .name = "vclock",
    .put = put_version,
    .merge = merge_versions,
    .read = read_versions,
};

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    return coordinator_open(node, config, env, &rules);
}

const struct program vclock_program = {
    .name = "vclock",
    .open = node_open,
    .on_request = coordinator_on_request,
    .on_message = coordinator_on_message,
    .on_timer = coordinator_on_timer,
    .close = coordinator_close,
};
