/* stream.c: see stream.h. */
#include "load/stream.h"

#include "load/unit.h"

#include <inttypes.h>
#include <stdio.h>

struct stream stream_open(const struct workload *workload)
{
    struct prng prng = prng_seeded(workload->seed);

    /* From seeds that follow each other come bases far apart. */
    return (struct stream){
        .workload = *workload,
        .base = prng_next(&prng),
        .zipf = zipf_open(workload->keys, workload->theta),
    };
}

struct op stream_op(const struct stream *stream, uint64_t number)
{
    const struct workload *workload = &stream->workload;
    struct prng seeds = prng_seeded(stream->base + number);
    struct prng prng = prng_seeded(prng_next(&seeds));
    struct op op;

    op.kind = unit_draw(&prng) < workload->reads ? OP_GET : OP_PUT;
    op.size = workload->size_least +
              prng_below(&prng, workload->size_most - workload->size_least + 1);
    op.key = workload->zipf ? zipf_draw(&stream->zipf, &prng)
                            : prng_below(&prng, workload->keys);
    return op;
}

size_t stream_key(const struct stream *stream, uint64_t key,
                  char text[KEY_TEXT_MAX])
{
    return (size_t)snprintf(text, KEY_TEXT_MAX, "%s%" PRIu64,
                            stream->workload.prefix, key);
}
