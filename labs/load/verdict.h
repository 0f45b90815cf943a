/* verdict.h: what an answer is worth. */
#ifndef LOAD_VERDICT_H
#define LOAD_VERDICT_H

#include "load/answer.h"
#include "load/connection.h"
#include "load/tally.h"
#include "load/value.h"

#include <stdint.h>

/* Counts the answer to a request of the writer's, which came at that time of
 * uv_hrtime. */
void verdict_count(struct tally *tally, const struct writer *writer,
                   const struct flight *flight, const struct answer *answer,
                   uint64_t now_ns);

#endif
