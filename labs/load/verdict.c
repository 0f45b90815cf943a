/* verdict.c: see verdict.h. */
#define _GNU_SOURCE
#include "load/verdict.h"

#include <stdbool.h>
#include <string.h>

enum { NS_IN_US = 1000 };

static void check_value(struct tally *tally, const struct writer *writer,
                        const struct flight *flight, struct slice value)
{
    char why[VALUE_WHY_MAX], key[KEY_TEXT_MAX];

    switch (value_check(writer, flight->op.key, value, why)) {
    case VALUE_OURS:
        break;
    case VALUE_OLD:
        tally->old += flight->counted;
        break;
    case VALUE_WRONG:
        /* Also in the warm-up: it must not go unseen. */
        stream_key(&writer->stream, flight->op.key, key);
        tally_wrong(tally, key, why);
        break;
    }
}

/* What is wrong with that kind of answer; NULL: nothing. */
static const char *mismatch(const struct flight *flight,
                            const struct answer *answer)
{
    bool is_put = flight->op.kind == OP_PUT;

    if (is_put && answer->kind != ANSWER_STATUS)
        return "SET was not answered by OK";
    if (!is_put && answer->kind != ANSWER_VALUE && answer->kind != ANSWER_NIL)
        return "GET was not answered by a string or nil";
    return NULL;
}

void verdict_count(struct tally *tally, const struct writer *writer,
                   const struct flight *flight, const struct answer *answer,
                   uint64_t now_ns)
{
    const char *wrong = mismatch(flight, answer);

    if (answer->kind == ANSWER_VALUE && wrong == NULL)
        check_value(tally, writer, flight, answer->bytes);
    if (!flight->counted)
        return;
    if (answer->kind == ANSWER_ERROR) {
        tally_error(tally, NULL, (const char *)answer->bytes.data,
                    answer->bytes.size);
    } else if (wrong != NULL) {
        tally_error(tally, "unexpected", wrong, strlen(wrong));
    } else {
        tally->misses += answer->kind == ANSWER_NIL;
        tally_answer(tally, flight->op.kind,
                     (now_ns - flight->due_ns) / NS_IN_US,
                     (now_ns - flight->sent_ns) / NS_IN_US);
    }
}
