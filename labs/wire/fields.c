/* fields.c: see fields.h. */
#include "wire/fields.h"

#include <limits.h>
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

static uint32_t bounded_size(struct slice bytes, size_t most)
{
    return (uint32_t)(bytes.size <= most ? bytes.size : most + 1);
}

size_t packed_size(struct slice bytes, size_t most)
{
    return mp_sizeof_bin(bounded_size(bytes, most));
}

char *pack_bytes(char *at, struct slice bytes, size_t most)
{
    uint32_t size = bounded_size(bytes, most);

    /* memcpy must not be given a NULL pointer, even for no bytes. */
    return mp_encode_bin(at, size > 0 ? (const char *)bytes.data : "", size);
}

size_t int_size(int value)
{
    return value < 0 ? mp_sizeof_int(value) : mp_sizeof_uint((unsigned)value);
}

char *int_write(char *at, int value)
{
    return value < 0 ? mp_encode_int(at, value)
                     : mp_encode_uint(at, (unsigned)value);
}

bool int_read(struct cursor *in, int *value)
{
    int64_t number;

    if (!cursor_int(in, &number) || number < INT_MIN || number > INT_MAX)
        return false;
    *value = (int)number;
    return true;
}
