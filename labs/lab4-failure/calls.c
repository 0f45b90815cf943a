/* calls.c: the calls of detector.h and merkle.h that a host of lab 4 can be told. */
#include "calls.h"
#include "arguments.h"
#include "dynamo/detector.h"
#include "dynamo/err.h"
#include "dynamo/merkle.h"
#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct detector *detectors[SLOTS];
static struct merkle *trees[SLOTS];

static struct detector *read_detector(struct reader *in)
{
    return read_nil(in) ? NULL : detectors[read_slot(in)];
}

static struct merkle *read_tree(struct reader *in)
{
    return read_nil(in) ? NULL : trees[read_slot(in)];
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

const struct call lab_calls[] = {
    {"detector_open", 5, call_detector_open},
    {"detector_close", 1, call_detector_close},
    {"detector_asked", 3, call_detector_asked},
    {"detector_heard", 3, call_detector_heard},
    {"detector_suspects", 3, call_detector_suspects},
    {"detector_due", 4, call_detector_due},
    {"detector_next", 2, call_detector_next},
    {"merkle_open", 1, call_merkle_open},
    {"merkle_close", 1, call_merkle_close},
    {"merkle_put", 3, call_merkle_put},
    {"merkle_put_many", 4, call_merkle_put_many},
    {"merkle_remove", 2, call_merkle_remove},
    {"merkle_count", 1, call_merkle_count},
    {"merkle_hash", 4, call_merkle_hash},
    {"merkle_describe", 5, call_merkle_describe},
    {"merkle_compare", 5, call_merkle_compare},
    {NULL, 0, NULL},
};

/* What this lab asks for so far is functions: no node runs a program. */
const struct program *const lab_programs[] = {NULL};
