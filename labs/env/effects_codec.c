/* effects_codec.c: see effects_codec.h. */
#include "env/effects_codec.h"

#include "dynamo/err.h"
#include "wire/cursor.h"

#include <limits.h>
#include <msgpuck.h>
#include <stdlib.h>

enum part {
    TO = 1 << 0,
    ID = 1 << 1,
    AFTER_MS = 1 << 2,
    TIMER_KIND = 1 << 3,
    ARG = 1 << 4,
    KEY = 1 << 5,
    BYTES = 1 << 6,
};

/* What a kind of effect consists of. */
static const uint8_t parts_of[] = {
    [EFFECT_SEND] = TO | BYTES,
    [EFFECT_REPLY] = ID | BYTES,
    [EFFECT_TIMER] = ID | AFTER_MS | TIMER_KIND | ARG,
    [EFFECT_CANCEL] = ID,
    [EFFECT_PUT] = KEY | BYTES,
    [EFFECT_DELETE] = KEY,
    [EFFECT_NOTE] = BYTES,
};

static uint32_t elements_of(unsigned parts)
{
    return 1 + (uint32_t)__builtin_popcount(parts);
}

/* ---- Encoding ---- */

static size_t int_size(int value)
{
    return value < 0 ? mp_sizeof_int(value) : mp_sizeof_uint((unsigned)value);
}

static char *int_write(char *at, int value)
{
    return value < 0 ? mp_encode_int(at, value)
                     : mp_encode_uint(at, (unsigned)value);
}

static char *bytes_write(char *at, struct slice bytes)
{
    return mp_encode_bin(at, bytes.size > 0 ? (const char *)bytes.data : "",
                         (uint32_t)bytes.size);
}

static size_t effect_size(const struct effect *effect)
{
    unsigned parts = parts_of[effect->kind];
    size_t size =
        mp_sizeof_array(elements_of(parts)) + mp_sizeof_uint(effect->kind);

    if (parts & TO)
        size += mp_sizeof_uint(effect->to);
    if (parts & ID)
        size += mp_sizeof_uint(effect->id);
    if (parts & AFTER_MS)
        size += mp_sizeof_uint(effect->after_ms);
    if (parts & TIMER_KIND)
        size += int_size(effect->timer_kind);
    if (parts & ARG)
        size += mp_sizeof_uint(effect->arg);
    if (parts & KEY)
        size += mp_sizeof_bin((uint32_t)effect->key.size);
    if (parts & BYTES)
        size += mp_sizeof_bin((uint32_t)effect->bytes.size);
    return size;
}

static char *effect_write(char *at, const struct effect *effect)
{
    unsigned parts = parts_of[effect->kind];

    at = mp_encode_array(at, elements_of(parts));
    at = mp_encode_uint(at, effect->kind);
    if (parts & TO)
        at = mp_encode_uint(at, effect->to);
    if (parts & ID)
        at = mp_encode_uint(at, effect->id);
    if (parts & AFTER_MS)
        at = mp_encode_uint(at, effect->after_ms);
    if (parts & TIMER_KIND)
        at = int_write(at, effect->timer_kind);
    if (parts & ARG)
        at = mp_encode_uint(at, effect->arg);
    if (parts & KEY)
        at = bytes_write(at, effect->key);
    if (parts & BYTES)
        at = bytes_write(at, effect->bytes);
    return at;
}

size_t effects_encode(const struct effect *effects, size_t count, uint8_t *room,
                      size_t capacity)
{
    size_t size = mp_sizeof_array((uint32_t)count);
    char *at = (char *)room;

    for (size_t i = 0; i < count; i++)
        size += effect_size(&effects[i]);
    if (size > capacity)
        return size;
    at = mp_encode_array(at, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        at = effect_write(at, &effects[i]);
    return size;
}

/* ---- Decoding ---- */

static bool read_node(struct cursor *in, node_id *node)
{
    uint64_t number;

    if (!cursor_uint(in, &number) || number > UINT32_MAX)
        return false;
    *node = (node_id)number;
    return true;
}

static bool read_int(struct cursor *in, int *value)
{
    int64_t number;

    if (!cursor_int(in, &number) || number < INT_MIN || number > INT_MAX)
        return false;
    *value = (int)number;
    return true;
}

static size_t bytes_max(enum effect_kind kind)
{
    if (kind == EFFECT_PUT)
        return STORE_VALUE_MAX;
    return kind == EFFECT_NOTE ? NOTE_SIZE_MAX : EFFECTS_BYTES_MAX;
}

/* What env.c never records. */
static bool is_in_range(const struct effect *effect, unsigned parts)
{
    if ((parts & KEY) &&
        (effect->key.size < 1 || effect->key.size > STORE_KEY_MAX))
        return false;
    if ((effect->kind == EFFECT_TIMER || effect->kind == EFFECT_CANCEL) &&
        effect->id == 0)
        return false;
    return effect->bytes.size <= bytes_max(effect->kind);
}

static bool read_effect(struct cursor *in, struct effect *effect)
{
    uint32_t elements;
    uint64_t kind;
    unsigned parts;

    if (!cursor_array(in, &elements) || !cursor_uint(in, &kind) ||
        kind >= sizeof parts_of || parts_of[kind] == 0)
        return false;
    parts = parts_of[kind];
    *effect = (struct effect){.kind = (enum effect_kind)kind};
    return elements == elements_of(parts) &&
           (!(parts & TO) || read_node(in, &effect->to)) &&
           (!(parts & ID) || cursor_uint(in, &effect->id)) &&
           (!(parts & AFTER_MS) || cursor_uint(in, &effect->after_ms)) &&
           (!(parts & TIMER_KIND) || read_int(in, &effect->timer_kind)) &&
           (!(parts & ARG) || cursor_uint(in, &effect->arg)) &&
           (!(parts & KEY) || cursor_bytes(in, &effect->key)) &&
           (!(parts & BYTES) || cursor_bytes(in, &effect->bytes)) &&
           is_in_range(effect, parts);
}

/* Makes room for `count` effects. */
static bool reserve(struct effect_list *effects, size_t count)
{
    size_t capacity = effects->capacity > 0 ? effects->capacity : 64;
    struct effect *grown;

    if (count <= effects->capacity)
        return true;
    while (capacity < count)
        capacity *= 2;
    grown = realloc(effects->list, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    effects->list = grown;
    effects->capacity = capacity;
    return true;
}

void effect_list_free(struct effect_list *effects)
{
    free(effects->list);
    *effects = (struct effect_list){0};
}

int effects_decode(struct slice bytes, struct effect_list *effects,
                   size_t *count)
{
    struct cursor in = cursor_begin(bytes);
    uint32_t elements;
    size_t total = 0;

    if (!cursor_array(&in, &elements) || elements > EFFECTS_MAX)
        return DYN_ECORRUPT;
    if (!reserve(effects, elements))
        return DYN_ENOMEM;
    for (uint32_t i = 0; i < elements; i++) {
        struct effect *effect = &effects->list[i];

        if (!read_effect(&in, effect))
            return DYN_ECORRUPT;
        total += effect->key.size + effect->bytes.size;
        if (total > EFFECTS_BYTES_MAX)
            return DYN_ECORRUPT;
    }
    if (!cursor_at_end(&in))
        return DYN_ECORRUPT;
    *count = elements;
    return DYN_OK;
}
