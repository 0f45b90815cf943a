/* handoff.c: hints, of which those that are on their way are noted by their places. */
#include "dynamo/handoff.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"
#include "dynamo/hash.h"

#include <stdlib.h>
#include <string.h>

/* A hint that was sent since the last look, or lay where it is now when it was. */
struct sent {
    struct sent *next;
    bool open; /* not answered yet */
    size_t size;
    uint8_t place[];
};

struct handoff {
    struct handoff_config config;
    node_id name;
    struct sent *sent;
    struct slice last; /* of all places, that which was sent last */
    uint8_t room[1 + 4 + KEY_SIZE_MAX];
};

static struct slice at_name(void)
{
    static const uint8_t key[1] = {NAME_KEY};

    return (struct slice){key, sizeof key};
}

static bool same(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void drop(struct slice bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static void forget_sent(struct handoff *handoff)
{
    while (handoff->sent != NULL) {
        struct sent *first = handoff->sent;

        handoff->sent = first->next;
        free(first);
    }
}

int handoff_open(struct handoff **handoff, const struct handoff_config *config,
                 struct env *env)
{
    struct handoff *made;
    struct slice stored;
    uint64_t forgotten = 0;

    if (config->disk == 0 || config->disk > HANDOFF_DISKS ||
        config->self >= HANDOFF_NODES)
        return DYN_EINVAL;
    if (env_get(env, at_name(), &stored) == DYN_OK) {
        if (stored.size != 4)
            return DYN_ECORRUPT;
        forgotten = bytes_read(stored.data, 4);
    }
    made = malloc(sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    made->name = (config->disk - 1) * (HANDOFF_NAMES * HANDOFF_NODES) +
                 (node_id)forgotten * HANDOFF_NODES + config->self;
    made->sent = NULL;
    made->last = (struct slice){made->room, 0};
    *handoff = made;
    return DYN_OK;
}

void handoff_close(struct handoff *handoff)
{
    if (handoff == NULL)
        return;
    forget_sent(handoff);
    free(handoff);
}

node_id handoff_name(const struct handoff *handoff)
{
    return handoff->name;
}

/* ---- Hints ---- */

enum { HEAD = 5, PLACE_MAX = HEAD + KEY_SIZE_MAX };

static struct slice write_place(uint8_t *room, node_id owner, struct slice key)
{
    bytes_write(room, 1, HINT_PREFIX);
    bytes_write(room + 1, 4, owner);
    memcpy(room + HEAD, key.data, key.size);
    return (struct slice){room, key.size + HEAD};
}

static bool is_hint(struct slice place)
{
    return place.size > HEAD && place.data[0] == HINT_PREFIX;
}

static node_id owner_of(struct slice place)
{
    return (node_id)bytes_read(place.data + 1, 4);
}

int handoff_keep(struct handoff *handoff, struct env *env, node_id owner,
                 struct slice key, struct slice set)
{
    uint8_t room[PLACE_MAX];
    struct slice place = write_place(room, owner, key), before, all;
    int rv;

    if (env_get(env, place, &before) != DYN_OK)
        return env_put(env, place, set);
    rv = handoff->config.rules->merge(set, before, &all);
    if (rv != DYN_OK)
        return rv;
    rv = env_put(env, place, all);
    drop(all);
    return rv;
}

int handoff_held(struct handoff *handoff, struct env *env, struct slice key,
                 const node_id *owners, size_t count, struct slice *set)
{
    struct slice all = {NULL, 0};

    while (count-- > 0) {
        uint8_t room[PLACE_MAX];
        struct slice hint, more;
        int rv;

        if (env_get(env, write_place(room, owners[count], key), &hint) !=
            DYN_OK)
            continue;
        rv = handoff->config.rules->merge(hint, all, &more);
        drop(all);
        if (rv != DYN_OK)
            return rv;
        all = more;
    }
    *set = all;
    return DYN_OK;
}

bool handoff_any(struct env *env)
{
    const uint8_t first[HEAD] = {HINT_PREFIX};
    struct slice place, set;

    return env_next(env, (struct slice){first, 1}, &place, &set) == DYN_OK &&
           is_hint(place);
}

/* ---- Handing off ---- */

static struct sent *find_sent(struct handoff *handoff, struct slice place)
{
    struct sent *at = handoff->sent;

    while (at != NULL && !same((struct slice){at->place, at->size}, place))
        at = at->next;
    return at;
}

static size_t count_open(const struct handoff *handoff)
{
    size_t count = 0;

    for (const struct sent *at = handoff->sent; at != NULL; at = at->next)
        count += at->open;
    return count;
}

static uint64_t number_of(struct slice set)
{
    const struct digest hash = md5(set);

    return bytes_read(hash.byte, 8) | (uint64_t)1 << 63;
}

static bool send(struct handoff *handoff, struct env *env, struct slice place,
                 struct slice set)
{
    struct sent *sent = malloc(sizeof *sent + place.size);
    struct message message = {.kind = MESSAGE_MERGE};

    if (sent == NULL)
        return false;
    sent->open = true;
    sent->size = place.size;
    memcpy(sent->place, place.data, place.size);
    sent->next = handoff->sent;
    handoff->sent = sent;
    memcpy(handoff->room, place.data, place.size);
    handoff->last.size = place.size;
    message.key = (struct slice){place.data + HEAD, place.size - HEAD};
    message.versions = set;
    message.operation = number_of(set);
    env_send(env, owner_of(place), &message);
    (void)detector_asked(handoff->config.detector, owner_of(place),
                         env_now_ms(env));
    return true;
}

/* All hints after the last one are gone through, one by one: slow, but simple. */
static void fill(struct handoff *handoff, struct env *env)
{
    const uint8_t first[1] = {HINT_PREFIX};
    struct slice place, set, after = handoff->last;
    uint8_t room[PLACE_MAX];
    size_t open = count_open(handoff);

    if (after.size == 0)
        after = (struct slice){first, 1};

    while (open < HANDOFF_MOST &&
           env_next(env, after, &place, &set) == DYN_OK && is_hint(place)) {
        if (find_sent(handoff, place) == NULL &&
            !detector_suspects(handoff->config.detector, owner_of(place),
                               env_now_ms(env)) &&
            send(handoff, env, place, set))
            open++;
        memcpy(room, place.data, place.size);
        after = (struct slice){room, place.size};
    }
}

void handoff_look(struct handoff *handoff, struct env *env)
{
    forget_sent(handoff);
    fill(handoff, env);
    if (count_open(handoff) > 0)
        return;
    handoff->last.size = 0;
    fill(handoff, env);
}

/* Whether the set's clock counts under this node's name. */
static int counts(const struct handoff *handoff, struct slice set, bool *ours)
{
    struct vclock *clock;
    struct slice *values;
    size_t count;
    int rv = handoff->config.rules->read(set, &values, &count, &clock);

    if (rv != DYN_OK)
        return rv;
    *ours = vclock_counter(clock, handoff->name) > 0;
    free(values);
    vclock_close(clock);
    return DYN_OK;
}

static int rename_node(struct handoff *handoff, struct env *env)
{
    uint8_t bytes[4];
    node_id forgotten = handoff->name / HANDOFF_NODES % HANDOFF_NAMES + 1;
    int rv;

    if (forgotten == HANDOFF_NAMES)
        return DYN_ERANGE;
    bytes_write(bytes, 4, forgotten);
    rv = env_put(env, at_name(), (struct slice){bytes, 4});
    if (rv == DYN_OK)
        handoff->name += HANDOFF_NODES;
    return rv;
}

bool handoff_take(struct handoff *handoff, struct env *env, node_id from,
                  const struct message *message)
{
    uint8_t room[PLACE_MAX];
    struct slice place, set;
    struct sent *sent;
    bool ours;
    int rv = DYN_OK;

    if (message->kind != MESSAGE_MERGED || !(message->operation >> 63))
        return false;
    place = write_place(room, from, message->key);
    sent = find_sent(handoff, place);
    if (sent != NULL)
        sent->open = false;
    if (env_get(env, place, &set) == DYN_OK &&
        number_of(set) == message->operation) {
        rv = counts(handoff, set, &ours);
        if (rv == DYN_OK && ours)
            rv = rename_node(handoff, env);
        if (rv == DYN_OK)
            (void)env_delete(env, place);
    }
    fill(handoff, env);
    return true;
}
