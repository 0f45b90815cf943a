/* pipeline.c: see pipeline.h. */
#define _GNU_SOURCE
#include "uv/pipeline.h"

#include <stdlib.h>

struct answer *pipeline_add(struct pipeline *pipeline)
{
    struct answer *answer = calloc(1, sizeof *answer);

    if (answer == NULL)
        return NULL;
    answer->pipeline = pipeline;
    if (pipeline->last != NULL)
        pipeline->last->next = answer;
    else
        pipeline->answers = answer;
    pipeline->last = answer;
    pipeline->under_way++;
    return answer;
}

void pipeline_finish(struct answer *answer)
{
    answer->done = true;
    answer->pipeline->held += answer->bytes.size;
}

static void end_first(struct pipeline *pipeline)
{
    struct answer *first = pipeline->answers;

    if (first->done)
        pipeline->held -= first->bytes.size;
    pipeline->under_way--;
    pipeline->answers = first->next;
    if (pipeline->answers == NULL)
        pipeline->last = NULL;
    buffer_free(&first->bytes);
    buffer_free(&first->key);
    buffer_free(&first->value);
    buffer_free(&first->context);
    free(first);
}

bool pipeline_take(struct pipeline *pipeline, struct buffer *queue, size_t most)
{
    bool whole = true;

    while (pipeline->answers != NULL && pipeline->answers->done &&
           queue->size < most) {
        const struct answer *first = pipeline->answers;

        whole = whole && !first->bytes.failed &&
                buffer_add(queue, first->bytes.data, first->bytes.size);
        end_first(pipeline);
    }
    return whole;
}

void pipeline_close(struct pipeline *pipeline)
{
    while (pipeline->answers != NULL)
        end_first(pipeline);
}
