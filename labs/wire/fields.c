/* fields.c: see fields.h. */
#include "wire/fields.h"

#include "dynamo/message.h"

#include <msgpuck.h>

bool fields_begin(struct fields *fields, struct slice bytes)
{
    uint32_t pairs;

    *fields = (struct fields){.in = cursor_begin(bytes)};
    fields->damaged = !cursor_map(&fields->in, &pairs) || pairs == 0 ||
                      !cursor_uint(&fields->in, &fields->number) ||
                      fields->number != 0;
    if (!fields->damaged)
        fields->left = pairs - 1;
    return !fields->damaged;
}

bool fields_next(struct fields *fields)
{
    uint64_t last = fields->number;

    if (fields->damaged || fields->left == 0)
        return false;
    fields->left--;
    fields->damaged =
        !cursor_uint(&fields->in, &fields->number) || fields->number <= last;
    return !fields->damaged;
}

bool fields_whole(const struct fields *fields)
{
    return !fields->damaged && fields->left == 0 && cursor_at_end(&fields->in);
}

static uint32_t bounded_size(struct slice bytes)
{
    return bytes.size <= VALUE_SIZE_MAX ? (uint32_t)bytes.size
                                        : VALUE_SIZE_MAX + 1;
}

size_t packed_size(struct slice bytes)
{
    return mp_sizeof_bin(bounded_size(bytes));
}

char *pack_bytes(char *at, struct slice bytes)
{
    uint32_t size = bounded_size(bytes);

    /* memcpy must not be given a NULL pointer, even for no bytes. */
    return mp_encode_bin(at, size > 0 ? (const char *)bytes.data : "", size);
}
