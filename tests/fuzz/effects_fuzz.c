/* effects_fuzz.c: any bytes, read as the effects that a host process sends.
 *
 * What is read must keep to effects.h and encode to bytes that read as the
 * same. By libFuzzer. */
#include "dynamo/err.h"
#include "env/effects_codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static int same_bytes(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void must_be_same(const struct effect *a, const struct effect *b)
{
    must(a->kind >= EFFECT_SEND && a->kind <= EFFECT_NOTE);
    must(a->kind == b->kind && a->to == b->to && a->id == b->id &&
         a->after_ms == b->after_ms && a->timer_kind == b->timer_kind &&
         a->arg == b->arg && same_bytes(a->key, b->key) &&
         same_bytes(a->bytes, b->bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct effect_list first = {NULL, 0}, second = {NULL, 0};
    size_t count, count_again, length;
    uint8_t *room = NULL;

    if (effects_decode((struct slice){data, size}, &first, &count) != DYN_OK)
        goto out;
    length = effects_encode(first.list, count, NULL, 0);
    room = malloc(length);
    must(room != NULL);
    must(effects_encode(first.list, count, room, length) == length);
    must(effects_decode((struct slice){room, length}, &second, &count_again) ==
         DYN_OK);
    must(count == count_again);
    for (size_t i = 0; i < count; i++)
        must_be_same(&first.list[i], &second.list[i]);

out:
    free(room);
    effect_list_free(&first);
    effect_list_free(&second);
    return 0;
}
