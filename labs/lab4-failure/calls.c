/* calls.c: the calls of detector.h, sloppy.h, merkle.h and view.h that a host of
 * lab 4 can be told. */
#include "calls.h"
#include "arguments.h"
#include "dynamo/detector.h"
#include "dynamo/err.h"
#include "dynamo/merkle.h"
#include "dynamo/sloppy.h"
#include "dynamo/view.h"
#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct detector *detectors[SLOTS];
static struct merkle *trees[SLOTS];
static struct view *views[SLOTS];

static struct detector *read_detector(struct reader *in)
{
    return read_nil(in) ? NULL : detectors[read_slot(in)];
}

static struct merkle *read_tree(struct reader *in)
{
    return read_nil(in) ? NULL : trees[read_slot(in)];
}

static struct view *read_view(struct reader *in)
{
    return read_nil(in) ? NULL : views[read_slot(in)];
}

static node_id read_node(struct reader *in)
{
    return (node_id)read_uint(in);
}

/* ---- detector.h ---- */

/* detector_open(detector, nil or 0, patience, probe, most) -> [code, made] */
static void call_detector_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct detector_config config;
    struct detector *made = NULL;
    bool none = read_nil(in);
    int code;

    if (!none)
        (void)read_uint(in);
    config.patience_ms = (uint32_t)read_uint(in);
    config.probe_ms = (uint32_t)read_uint(in);
    config.probe_most_ms = (uint32_t)read_uint(in);
    code = detector_open(place.nowhere ? NULL : &made, none ? NULL : &config);
    if (answer_made(out, place, code, made))
        detectors[place.slot] = made;
}

/* detector_close(detector) -> [] */
static void call_detector_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    detector_close(place.nowhere ? NULL : detectors[place.slot]);
    if (!place.nowhere)
        detectors[place.slot] = NULL;
    write_array(out, 0);
}

/* detector_asked(detector, node, now) -> [code] */
static void call_detector_asked(struct reader *in, struct writer *out)
{
    struct detector *detector = read_detector(in);
    node_id node = read_node(in);

    answer_code(out, detector_asked(detector, node, read_uint(in)));
}

/* detector_heard(detector, node, now) -> [code] */
static void call_detector_heard(struct reader *in, struct writer *out)
{
    struct detector *detector = read_detector(in);
    node_id node = read_node(in);

    answer_code(out, detector_heard(detector, node, read_uint(in)));
}

/* detector_suspects(detector, node, now) -> [suspected] */
static void call_detector_suspects(struct reader *in, struct writer *out)
{
    struct detector *detector = read_detector(in);
    node_id node = read_node(in);

    write_array(out, 1);
    write_bool(out, detector_suspects(detector, node, read_uint(in)));
}

/* detector_due(detector, now, capacity, what is NULL: 0 nothing, 1 nodes, 2 count)
 *     -> [code, count, [node, ...], untouched] */
static void call_detector_due(struct reader *in, struct writer *out)
{
    struct detector *detector = read_detector(in);
    uint64_t now = read_uint(in);
    size_t capacity = read_uint(in), listed = 0;
    uint64_t null = read_uint(in);
    node_id *nodes = marked_room(capacity * sizeof *nodes);
    size_t *count = marked_room(sizeof *count);
    int code = detector_due(detector, now, null == 1 ? NULL : nodes, capacity,
                            null == 2 ? NULL : count);
    bool counted = !room_is_marked(count, sizeof *count);

    if (code == DYN_OK && counted)
        listed = *count < capacity ? *count : capacity;
    write_array(out, 4);
    write_int(out, code);
    write_uint(out, counted ? *count : 0);
    write_array(out, (uint32_t)listed);
    for (size_t i = 0; i < listed; i++)
        write_uint(out, nodes[i]);
    write_bool(out, counted == (code == DYN_OK) &&
                        room_is_marked(nodes + listed,
                                       (capacity - listed) * sizeof *nodes));
    free(count);
    free(nodes);
}

/* detector_next(detector, nil or 0) -> [code, time, untouched] */
static void call_detector_next(struct reader *in, struct writer *out)
{
    struct detector *detector = read_detector(in);
    uint64_t *at_ms = marked_room(sizeof *at_ms);
    bool null = read_nil(in), untouched;
    int code;

    if (!null)
        (void)read_uint(in);
    code = detector_next(detector, null ? NULL : at_ms);
    untouched = room_is_marked(at_ms, sizeof *at_ms);
    write_array(out, 3);
    write_int(out, code);
    write_uint(out, untouched ? 0 : *at_ms);
    write_bool(out, untouched);
    free(at_ms);
}

/* ---- merkle.h ---- */

/* merkle_open(tree) -> [code, made] */
static void call_merkle_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct merkle *made = NULL;
    int code = merkle_open(place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        trees[place.slot] = made;
}

/* merkle_close(tree) -> [] */
static void call_merkle_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    merkle_close(place.nowhere ? NULL : trees[place.slot]);
    if (!place.nowhere)
        trees[place.slot] = NULL;
    write_array(out, 0);
}

/* merkle_put(tree, key, stored) -> [code] */
static void call_merkle_put(struct reader *in, struct writer *out)
{
    struct merkle *tree = read_tree(in);
    struct slice key = read_copy(in), stored = read_copy(in);

    answer_code(out, merkle_put(tree, key, stored));
    free_copy(key);
    free_copy(stored);
}

/* What merkle_put_many puts: key-17 and, say, 17.3 under it. */
enum { NAME_ROOM = 64 };

static struct slice name(uint8_t *room, const char *format, uint64_t a,
                         uint64_t b)
{
    int size = snprintf((char *)room, NAME_ROOM, format, (unsigned long long)a,
                        (unsigned long long)b);

    return (struct slice){room, (size_t)size};
}

/* merkle_put_many(tree, first, count, edition): keys key-FIRST and those after it
 *     -> [code of the last, calls made]; it ends with the first that fails. */
static void call_merkle_put_many(struct reader *in, struct writer *out)
{
    struct merkle *tree = read_tree(in);
    uint64_t first = read_uint(in), count = read_uint(in);
    uint64_t edition = read_uint(in), made = 0;
    uint8_t key[NAME_ROOM], stored[NAME_ROOM];
    int code = DYN_OK;

    while (made < count && code == DYN_OK) {
        code = merkle_put(tree, name(key, "key-%llu", first + made, 0),
                          name(stored, "%llu.%llu", first + made, edition));
        made++;
    }
    write_array(out, 2);
    write_int(out, code);
    write_uint(out, made);
}

/* merkle_remove(tree, key) -> [code] */
static void call_merkle_remove(struct reader *in, struct writer *out)
{
    struct merkle *tree = read_tree(in);
    struct slice key = read_copy(in);

    answer_code(out, merkle_remove(tree, key));
    free_copy(key);
}

/* merkle_count(tree) -> [count] */
static void call_merkle_count(struct reader *in, struct writer *out)
{
    write_array(out, 1);
    write_uint(out, merkle_count(read_tree(in)));
}

/* A node as (depth, path); NULL if the depth is nil. */
static struct merkle_node *read_merkle_node(struct reader *in,
                                            struct merkle_node *room)
{
    struct merkle_node *node = read_nil(in) ? NULL : room;
    struct slice path;

    if (node != NULL)
        node->depth = (uint32_t)read_uint(in);
    path = read_bytes(in);
    if (path.size != sizeof room->path.byte)
        host_fail("malformed call: a path has 16 bytes");
    memcpy(room->path.byte, path.data, path.size);
    return node;
}

/* merkle_hash(tree, depth, path, nil or 0) -> [code, hash, untouched] */
static void call_merkle_hash(struct reader *in, struct writer *out)
{
    struct merkle *tree = read_tree(in);
    struct merkle_node room, *node = read_merkle_node(in, &room);
    struct digest *hash = marked_room(sizeof *hash);
    bool null = read_nil(in);
    int code;

    if (!null)
        (void)read_uint(in);
    code = merkle_hash(tree, node, null ? NULL : hash);
    write_array(out, 3);
    write_int(out, code);
    write_slice(out, hash->byte, sizeof hash->byte);
    write_bool(out, room_is_marked(hash, sizeof *hash));
    free(hash);
}

/* merkle_describe(tree, depth, path, capacity or nil, whether length is NULL)
 *     -> as answer_room does */
static void call_merkle_describe(struct reader *in, struct writer *out)
{
    struct merkle *tree = read_tree(in);
    struct merkle_node at, *node = read_merkle_node(in, &at);
    struct room room = read_room(in);

    answer_room(out, room,
                merkle_describe(tree, node, room.bytes, room.capacity,
                                room.no_length ? NULL : &room.length));
}

/* merkle_compare(tree, depth, path, bytes, nil or 0)
 *     -> [code, untouched, nodes, [depth, path, ...], keys, [key, ...]] */
static void call_merkle_compare(struct reader *in, struct writer *out)
{
    struct merkle *tree = read_tree(in);
    struct merkle_node at, *node = read_merkle_node(in, &at);
    struct slice bytes = read_copy(in);
    struct merkle_difference *difference = marked_room(sizeof *difference);
    size_t nodes = 0, keys = 0;
    bool null = read_nil(in), untouched;
    int code;

    if (!null)
        (void)read_uint(in);
    code = merkle_compare(tree, node, bytes.data, bytes.size,
                          null ? NULL : difference);
    untouched = room_is_marked(difference, sizeof *difference);
    if (code == DYN_OK && !untouched) {
        nodes = difference->node_count < 16 ? difference->node_count : 16;
        keys = difference->key_count < 2 * MERKLE_LEAF_MAX
                   ? difference->key_count
                   : 2 * MERKLE_LEAF_MAX;
    }
    write_array(out, 6);
    write_int(out, code);
    write_bool(out, untouched);
    write_uint(out, untouched ? 0 : difference->node_count);
    write_array(out, (uint32_t)(2 * nodes));
    for (size_t i = 0; i < nodes; i++) {
        write_uint(out, difference->nodes[i].depth);
        write_slice(out, difference->nodes[i].path.byte,
                    sizeof difference->nodes[i].path.byte);
    }
    write_uint(out, untouched ? 0 : difference->key_count);
    write_array(out, (uint32_t)keys);
    for (size_t i = 0; i < keys; i++)
        write_slice(out, difference->keys[i].data, difference->keys[i].size);
    free(difference);
    free_copy(bytes);
}

/* ---- sloppy.h ---- */

/* sloppy_targets([node, ...], [suspected: 0 or 1, ...], count, n, what is NULL: 0
 *     nothing, 1 list, 2 suspected, 3 targets)
 *     -> [code, [node, owner, ...], untouched] */
static void call_sloppy_targets(struct reader *in, struct writer *out)
{
    uint32_t listed = read_array(in), told, written = 0;
    node_id *list = marked_room(listed * sizeof *list);
    bool *suspected = marked_room(listed * sizeof *suspected);
    struct target *targets;
    uint64_t count, n, null;
    int code;

    for (uint32_t i = 0; i < listed; i++)
        list[i] = read_node(in);
    told = read_array(in);
    if (told != listed)
        host_fail("malformed call: as many suspicions as nodes are needed");
    for (uint32_t i = 0; i < told; i++)
        suspected[i] = read_uint(in) != 0;
    count = read_uint(in);
    n = read_uint(in);
    null = read_uint(in);
    if (count > listed)
        host_fail("malformed call: there are not so many nodes");
    targets = marked_room((n <= count ? n : count) * sizeof *targets);
    code = sloppy_targets(null == 1 ? NULL : list, null == 2 ? NULL : suspected,
                          count, n, null == 3 ? NULL : targets);
    if (code == DYN_OK && null == 0 && n <= count)
        written = (uint32_t)n;
    write_array(out, 3);
    write_int(out, code);
    write_array(out, 2 * written);
    for (uint32_t i = 0; i < written; i++) {
        write_uint(out, targets[i].node);
        write_uint(out, targets[i].owner);
    }
    write_bool(out,
               written > 0 || room_is_marked(targets, (n <= count ? n : count) *
                                                          sizeof *targets));
    free(list);
    free(suspected);
    free(targets);
}

/* ---- view.h ---- */

/* view_open(view) -> [code, made] */
static void call_view_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct view *made = NULL;
    int code = view_open(place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        views[place.slot] = made;
}

/* view_decode(view, bytes) -> [code, made] */
static void call_view_decode(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct slice bytes = read_copy(in);
    struct view *made = NULL;
    int code =
        view_decode(place.nowhere ? NULL : &made, bytes.data, bytes.size);

    if (answer_made(out, place, code, made))
        views[place.slot] = made;
    free_copy(bytes);
}

/* view_close(view) -> [] */
static void call_view_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    view_close(place.nowhere ? NULL : views[place.slot]);
    if (!place.nowhere)
        views[place.slot] = NULL;
    write_array(out, 0);
}

/* view_join(view, by, node, weight) -> [code] */
static void call_view_join(struct reader *in, struct writer *out)
{
    struct view *view = read_view(in);
    node_id by = read_node(in), node = read_node(in);

    answer_code(out, view_join(view, by, node, (uint32_t)read_uint(in)));
}

/* view_leave(view, by, node) -> [code] */
static void call_view_leave(struct reader *in, struct writer *out)
{
    struct view *view = read_view(in);
    node_id by = read_node(in);

    answer_code(out, view_leave(view, by, read_node(in)));
}

/* view_merge(into, from) -> [code] */
static void call_view_merge(struct reader *in, struct writer *out)
{
    struct view *into = read_view(in);

    answer_code(out, view_merge(into, read_view(in)));
}

/* Room for so many results of one size; nil: NULL, and a capacity of 1. */
static void *read_results(struct reader *in, size_t size, size_t *capacity)
{
    *capacity = 1;
    if (read_nil(in))
        return NULL;
    *capacity = read_uint(in);
    return *capacity > 0 ? marked_room(*capacity * size) : NULL;
}

/* view_changes(view, capacity)
 *     -> [count, [stamp, by, node, kind, weight, ...], nothing after them] */
static void call_view_changes(struct reader *in, struct writer *out)
{
    struct view *view = read_view(in);
    size_t capacity, count, listed = 0;
    struct view_change *changes = read_results(in, sizeof *changes, &capacity);

    count = view_changes(view, changes, capacity);
    if (changes != NULL)
        listed = count < capacity ? count : capacity;
    write_array(out, 3);
    write_uint(out, count);
    write_array(out, (uint32_t)(5 * listed));
    for (size_t i = 0; i < listed; i++) {
        write_uint(out, changes[i].stamp);
        write_uint(out, changes[i].by);
        write_uint(out, changes[i].node);
        write_uint(out, changes[i].kind);
        write_uint(out, changes[i].weight);
    }
    write_bool(out, changes == NULL ||
                        room_is_marked(changes + listed,
                                       (capacity - listed) * sizeof *changes));
    free(changes);
}

static void write_nodes(struct writer *out, const node_id *nodes, size_t count)
{
    write_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        write_uint(out, nodes[i]);
}

/* view_members(view, capacity) -> [count, [node, ...], nothing after them] */
static void call_view_members(struct reader *in, struct writer *out)
{
    struct view *view = read_view(in);
    size_t capacity, count, listed = 0;
    node_id *members = read_results(in, sizeof *members, &capacity);

    count = view_members(view, members, capacity);
    if (members != NULL)
        listed = count < capacity ? count : capacity;
    write_array(out, 3);
    write_uint(out, count);
    write_nodes(out, members, listed);
    write_bool(out, members == NULL ||
                        room_is_marked(members + listed,
                                       (capacity - listed) * sizeof *members));
    free(members);
}

/* view_encode(view, capacity or nil, whether length is NULL)
 *     -> as answer_room does */
static void call_view_encode(struct reader *in, struct writer *out)
{
    struct view *view = read_view(in);
    struct room room = read_room(in);

    answer_room(out, room,
                view_encode(view, room.bytes, room.capacity,
                            room.no_length ? NULL : &room.length));
}

/* view_hash(view, nil or 0) -> [code, hash, untouched] */
static void call_view_hash(struct reader *in, struct writer *out)
{
    struct view *view = read_view(in);
    struct digest *hash = marked_room(sizeof *hash);
    bool null = read_nil(in);
    int code;

    if (!null)
        (void)read_uint(in);
    code = view_hash(view, null ? NULL : hash);
    write_array(out, 3);
    write_int(out, code);
    write_slice(out, hash->byte, sizeof hash->byte);
    write_bool(out, room_is_marked(hash, sizeof *hash));
    free(hash);
}

/* ---- Rings: the one that a view makes, and one to compare it with ---- */

enum {
    MEMBERS_LISTED = 4096,
    PLACES = 64, /* spread evenly over the circle */
    ENCODING_ROOM = 1 << 16,
};

/* strategy or nil, T, Q, seed. nil: NULL. */
static struct ring_config *read_config(struct reader *in,
                                       struct ring_config *room)
{
    bool none = read_nil(in);

    memset(room, 0, sizeof *room);
    if (!none)
        room->strategy = (enum ring_strategy)read_uint(in);
    room->tokens = (uint32_t)read_uint(in);
    room->partitions = (uint32_t)read_uint(in);
    room->seed = read_uint(in);
    return none ? NULL : room;
}

/* What a ring says of itself: [member, ...], [first node at place 0, ...] as far as
 * that can be told, its encoding if it has one. */
static void write_ring(struct writer *out, struct ring *ring)
{
    node_id *members = marked_room(MEMBERS_LISTED * sizeof *members);
    uint8_t *bytes = marked_room(ENCODING_ROOM);
    size_t count = 0, places = 0, length = 0;
    node_id owners[PLACES];

    if (ring != NULL) {
        count = ring_members(ring, members, MEMBERS_LISTED);
        while (places < PLACES &&
               ring_lookup(ring, (struct position){(uint64_t)places << 58, 0},
                           &owners[places]) == DYN_OK)
            places++;
        if (ring_encode(ring, bytes, ENCODING_ROOM, &length) != DYN_OK ||
            length > ENCODING_ROOM)
            length = 0;
    }
    write_nodes(out, members,
                count < MEMBERS_LISTED ? count : (size_t)MEMBERS_LISTED);
    write_nodes(out, owners, places);
    write_slice(out, bytes, length);
    free(bytes);
    free(members);
}

/* view_ring(view, nil or 0, strategy, T, Q, seed)
 *     -> [code, made, and what write_ring writes] */
static void call_view_ring(struct reader *in, struct writer *out)
{
    struct view *view = read_view(in);
    struct ring_config room, *config;
    struct ring *made = NULL;
    bool nowhere = read_nil(in);
    int code;

    if (!nowhere)
        (void)read_uint(in);
    config = read_config(in, &room);
    code = view_ring(view, config, nowhere ? NULL : &made);
    write_array(out, 5);
    write_int(out, code);
    write_bool(out, made != NULL);
    write_ring(out, code == DYN_OK ? made : NULL);
    if (code == DYN_OK)
        ring_close(made);
}

/* ring_told(strategy, T, Q, seed, [kind, node, weight, ...]): a ring that is told
 * these joins and leaves -> as view_ring; the code is that of ring_open */
static void call_ring_told(struct reader *in, struct writer *out)
{
    struct ring_config room, *config = read_config(in, &room);
    struct ring *made = NULL;
    int code = ring_open(&made, config);

    for (uint32_t told = read_array(in) / 3; told > 0; told--) {
        uint64_t kind = read_uint(in);
        node_id node = read_node(in);
        uint32_t weight = (uint32_t)read_uint(in);

        if (code == DYN_OK && kind == VIEW_JOIN)
            (void)ring_join(made, node, weight);
        else if (code == DYN_OK)
            (void)ring_leave(made, node);
    }
    write_array(out, 5);
    write_int(out, code);
    write_bool(out, made != NULL);
    write_ring(out, code == DYN_OK ? made : NULL);
    if (code == DYN_OK)
        ring_close(made);
}

const struct call lab_calls[] = {
    {"detector_open", 5, call_detector_open},
    {"detector_close", 1, call_detector_close},
    {"detector_asked", 3, call_detector_asked},
    {"detector_heard", 3, call_detector_heard},
    {"detector_suspects", 3, call_detector_suspects},
    {"detector_due", 4, call_detector_due},
    {"detector_next", 2, call_detector_next},
    {"sloppy_targets", 5, call_sloppy_targets},
    {"merkle_open", 1, call_merkle_open},
    {"merkle_close", 1, call_merkle_close},
    {"merkle_put", 3, call_merkle_put},
    {"merkle_put_many", 4, call_merkle_put_many},
    {"merkle_remove", 2, call_merkle_remove},
    {"merkle_count", 1, call_merkle_count},
    {"merkle_hash", 4, call_merkle_hash},
    {"merkle_describe", 5, call_merkle_describe},
    {"merkle_compare", 5, call_merkle_compare},
    {"view_open", 1, call_view_open},
    {"view_close", 1, call_view_close},
    {"view_join", 4, call_view_join},
    {"view_leave", 3, call_view_leave},
    {"view_merge", 2, call_view_merge},
    {"view_changes", 2, call_view_changes},
    {"view_members", 2, call_view_members},
    {"view_encode", 3, call_view_encode},
    {"view_hash", 2, call_view_hash},
    {"view_decode", 2, call_view_decode},
    {"view_ring", 6, call_view_ring},
    {"ring_told", 5, call_ring_told},
    {NULL, 0, NULL},
};
