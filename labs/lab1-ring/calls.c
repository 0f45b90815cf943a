/* calls.c: the calls of ring.h that a host of lab 1 can be told.
 *
 * Rings are named by numbers that the caller chooses, below RINGS; nil stands
 * for a NULL pointer. */
#include "calls.h"
#include "dynamo/err.h"
#include "dynamo/ring.h"
#include "events.h"

#include <stdlib.h>
#include <string.h>

enum { RINGS = 64 };

static struct ring *rings[RINGS];

static struct ring **read_slot(struct reader *in)
{
    uint64_t slot = read_uint(in);

    if (slot >= RINGS)
        host_fail("malformed call: no such ring");
    return &rings[slot];
}

static struct ring *read_ring(struct reader *in)
{
    return read_nil(in) ? NULL : *read_slot(in);
}

static struct position read_position(struct reader *in)
{
    uint64_t hi = read_uint(in);

    return (struct position){hi, read_uint(in)};
}

/* An array of positions, borrowed bytes turned into a block of exactly their
 * size; the caller frees it. nil: NULL. */
static struct position *read_positions(struct reader *in, size_t *count)
{
    struct position *positions;

    *count = 0;
    if (read_nil(in))
        return NULL;
    *count = read_array(in) / 2;
    positions = marked_room(*count * sizeof *positions);
    for (size_t i = 0; i < *count; i++)
        positions[i] = read_position(in);
    return positions;
}

static void write_position(struct writer *out, struct position position)
{
    write_uint(out, position.hi);
    write_uint(out, position.lo);
}

static void write_nodes(struct writer *out, const node_id *nodes, size_t count)
{
    write_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        write_uint(out, nodes[i]);
}

/* ring_position(key) -> [hi, lo] */
static void call_position(struct reader *in, struct writer *out)
{
    struct slice key = read_bytes(in);
    uint8_t *copy = marked_room(key.size);

    if (key.size > 0)
        memcpy(copy, key.data, key.size);
    write_array(out, 2);
    write_position(out, ring_position((struct slice){copy, key.size}));
    free(copy);
}

/* ring_token(seed, node, index) -> [hi, lo] */
static void call_token(struct reader *in, struct writer *out)
{
    uint64_t seed = read_uint(in);
    node_id node = (node_id)read_uint(in);

    write_array(out, 2);
    write_position(out, ring_token(seed, node, (uint32_t)read_uint(in)));
}

static int answer_new_ring(struct ring **slot, struct ring *made, int code,
                           struct writer *out)
{
    write_array(out, 2);
    write_int(out, code);
    write_bool(out, made != NULL);
    if (code == DYN_OK && slot != NULL)
        *slot = made;
    return code;
}

/* ring_open(ring, strategy, tokens, partitions, seed) -> [code, made]
 * A strategy of nil: the configuration is NULL. A ring of nil: the place for
 * the result is NULL. */
static void call_open(struct reader *in, struct writer *out)
{
    bool nowhere = read_nil(in), nothing;
    struct ring **slot = nowhere ? NULL : read_slot(in), *made = NULL;
    struct ring_config config;
    int code;

    memset(&config, 0, sizeof config);
    nothing = read_nil(in);
    if (!nothing)
        config.strategy = (enum ring_strategy)read_uint(in);
    config.tokens = (uint32_t)read_uint(in);
    config.partitions = (uint32_t)read_uint(in);
    config.seed = read_uint(in);
    code = ring_open(nowhere ? NULL : &made, nothing ? NULL : &config);
    answer_new_ring(slot, made, code, out);
}

/* ring_close(ring) -> [] */
static void call_close(struct reader *in, struct writer *out)
{
    if (read_nil(in)) {
        ring_close(NULL);
    } else {
        struct ring **slot = read_slot(in);

        ring_close(*slot);
        *slot = NULL;
    }
    write_array(out, 0);
}

/* ring_join(ring, node, weight) -> [code] */
static void call_join(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    node_id node = (node_id)read_uint(in);

    write_array(out, 1);
    write_int(out, ring_join(ring, node, (uint32_t)read_uint(in)));
}

/* ring_join_at(ring, node, [hi, lo, ...], count) -> [code] */
static void call_join_at(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    node_id node = (node_id)read_uint(in);
    size_t given;
    struct position *tokens = read_positions(in, &given);
    uint64_t count = read_uint(in);

    write_array(out, 1);
    write_int(out, ring_join_at(ring, node, tokens, count));
    free(tokens);
}

/* ring_leave(ring, node) -> [code] */
static void call_leave(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);

    write_array(out, 1);
    write_int(out, ring_leave(ring, (node_id)read_uint(in)));
}

/* ring_members(ring, capacity) -> [count, [node, ...]]; capacity 0 passes a
 * NULL array */
static void call_members(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    size_t capacity = read_uint(in), count, listed;
    node_id *nodes =
        capacity == 0 ? NULL : marked_room(capacity * sizeof *nodes);

    count = ring_members(ring, nodes, capacity);
    listed = count < capacity ? count : capacity;
    write_array(out, 2);
    write_uint(out, count);
    write_nodes(out, nodes, listed);
    free(nodes);
}

/* ring_lookup(ring, hi, lo) -> [code, node, untouched] */
static void call_lookup(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    node_id *node = marked_room(sizeof *node);
    int code = ring_lookup(ring, read_position(in), node);

    write_array(out, 3);
    write_int(out, code);
    write_uint(out, *node);
    write_bool(out, room_is_marked(node, sizeof *node));
    free(node);
}

/* ring_preference_list(ring, hi, lo, n) -> [code, [node, ...], untouched] */
static void call_preference_list(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    struct position position = read_position(in);
    size_t n = read_uint(in);
    node_id *list = marked_room(n * sizeof *list);
    int code = ring_preference_list(ring, position, n, list);

    write_array(out, 3);
    write_int(out, code);
    write_nodes(out, list, code == DYN_OK ? n : 0);
    write_bool(out, room_is_marked(list, n * sizeof *list));
    free(list);
}

/* ring_successors(ring, hi, lo, skip, capacity) -> [code, count, [node, ...]] */
static void call_successors(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    struct position position = read_position(in);
    size_t skip = read_uint(in), capacity = read_uint(in);
    size_t *count = marked_room(sizeof *count), listed;
    node_id *list = marked_room(capacity * sizeof *list);
    int code = ring_successors(ring, position, skip, capacity, list, count);

    listed = code != DYN_OK ? 0 : *count < capacity ? *count : capacity;
    write_array(out, 3);
    write_int(out, code);
    write_uint(out, code == DYN_OK ? *count : 0);
    write_nodes(out, list, listed);
    free(list);
    free(count);
}

/* ring_partition(ring, hi, lo) -> [code, partition, untouched] */
static void call_partition(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    uint32_t *partition = marked_room(sizeof *partition);
    int code = ring_partition(ring, read_position(in), partition);

    write_array(out, 3);
    write_int(out, code);
    write_uint(out, *partition);
    write_bool(out, room_is_marked(partition, sizeof *partition));
    free(partition);
}

/* ring_owner(ring, partition) -> [code, node, untouched] */
static void call_owner(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    node_id *node = marked_room(sizeof *node);
    int code = ring_owner(ring, (uint32_t)read_uint(in), node);

    write_array(out, 3);
    write_int(out, code);
    write_uint(out, *node);
    write_bool(out, room_is_marked(node, sizeof *node));
    free(node);
}

/* ring_owner for the partitions 0 .. count-1, as far as it succeeds:
 * ring_owners(ring, count) -> [code of the last call, [node, ...]] */
static void call_owners(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    uint32_t count = (uint32_t)read_uint(in), p = 0;
    node_id *nodes = marked_room(count * sizeof *nodes);
    int code = DYN_OK;

    while (p < count && code == DYN_OK) {
        code = ring_owner(ring, p, &nodes[p]);
        p += code == DYN_OK;
    }
    write_array(out, 2);
    write_int(out, code);
    write_nodes(out, nodes, p);
    free(nodes);
}

/* ring_encode(ring, capacity) -> [code, length, bytes, untouched] */
static void call_encode(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    size_t capacity = read_uint(in), *length = marked_room(sizeof *length);
    uint8_t *bytes = capacity == 0 ? NULL : marked_room(capacity);
    int code = ring_encode(ring, bytes, capacity, length);
    bool whole = code == DYN_OK && *length <= capacity;

    write_array(out, 4);
    write_int(out, code);
    write_uint(out, *length);
    write_bytes(out, bytes, whole ? *length : 0);
    write_bool(out, room_is_marked(bytes, capacity));
    free(bytes);
    free(length);
}

/* ring_decode(ring, bytes) -> [code, made]; a ring of nil as for ring_open */
static void call_decode(struct reader *in, struct writer *out)
{
    bool nowhere = read_nil(in);
    struct ring **slot = nowhere ? NULL : read_slot(in), *made = NULL;
    struct slice bytes = read_bytes(in);
    uint8_t *copy = marked_room(bytes.size);
    int code;

    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    code = ring_decode(nowhere ? NULL : &made, copy, bytes.size);
    answer_new_ring(slot, made, code, out);
    free(copy);
}

/* ring_shares(ring, n, capacity) -> [code, [share of member 0, ...], untouched]
 * with as many shares as ring_members counts */
static void call_shares(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);
    size_t n = read_uint(in), capacity = read_uint(in), count;
    double *shares = marked_room(capacity * sizeof *shares);
    int code = ring_shares(ring, n, shares, capacity);

    count = code == DYN_OK ? ring_members(ring, NULL, 0) : 0;
    if (count > capacity)
        count = capacity;
    write_array(out, 3);
    write_int(out, code);
    write_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        write_double(out, shares[i]);
    write_bool(out, room_is_marked(shares, capacity * sizeof *shares));
    free(shares);
}

/* ring_metadata(ring) -> [entries] */
static void call_metadata(struct reader *in, struct writer *out)
{
    struct ring *ring = read_ring(in);

    write_array(out, 1);
    write_uint(out, ring_metadata(ring));
}

/* ring_moved(before, after, n, [hi, lo, ...]) -> [code, keys, copies, untouched]
 */
static void call_moved(struct reader *in, struct writer *out)
{
    struct ring *before = read_ring(in), *after = read_ring(in);
    size_t n = read_uint(in), count;
    struct position *keys = read_positions(in, &count);
    struct ring_moved *moved = marked_room(sizeof *moved);
    int code = ring_moved(before, after, n, keys, count, moved);

    write_array(out, 4);
    write_int(out, code);
    write_uint(out, moved->keys);
    write_uint(out, moved->copies);
    write_bool(out, room_is_marked(moved, sizeof *moved));
    free(moved);
    free(keys);
}

static double *read_loads(struct reader *in, size_t *count)
{
    double *loads;

    *count = read_array(in);
    loads = marked_room(*count * sizeof *loads);
    for (size_t i = 0; i < *count; i++)
        loads[i] = read_double(in);
    return loads;
}

/* load_efficiency([load, ...]) -> [efficiency] */
static void call_efficiency(struct reader *in, struct writer *out)
{
    size_t count;
    double *loads = read_loads(in, &count);

    write_array(out, 1);
    write_double(out, load_efficiency(loads, count));
    free(loads);
}

/* load_imbalance([load, ...], threshold) -> [fraction] */
static void call_imbalance(struct reader *in, struct writer *out)
{
    size_t count;
    double *loads = read_loads(in, &count);

    write_array(out, 1);
    write_double(out, load_imbalance(loads, count, read_double(in)));
    free(loads);
}

/* Rings need no node to live in. */
const struct program *const lab_programs[] = {NULL};

const struct call lab_calls[] = {
    {"ring_position", 1, call_position},
    {"ring_token", 3, call_token},
    {"ring_open", 5, call_open},
    {"ring_close", 1, call_close},
    {"ring_join", 3, call_join},
    {"ring_join_at", 4, call_join_at},
    {"ring_leave", 2, call_leave},
    {"ring_members", 2, call_members},
    {"ring_lookup", 3, call_lookup},
    {"ring_preference_list", 4, call_preference_list},
    {"ring_successors", 5, call_successors},
    {"ring_partition", 3, call_partition},
    {"ring_owner", 2, call_owner},
    {"ring_owners", 2, call_owners},
    {"ring_encode", 2, call_encode},
    {"ring_decode", 2, call_decode},
    {"ring_shares", 3, call_shares},
    {"ring_metadata", 1, call_metadata},
    {"ring_moved", 4, call_moved},
    {"load_efficiency", 1, call_efficiency},
    {"load_imbalance", 2, call_imbalance},
    {NULL, 0, NULL},
};
