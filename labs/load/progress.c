/* progress.c: see progress.h. */
#define _GNU_SOURCE
#include "load/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void progress_show(const struct load_options *options,
                   const struct tally *tally)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    const struct row *row;

    if ((!terminal && !options->progress) || tally->row_count == 0)
        return;
    row = &tally->rows[tally->row_count - 1];
    fprintf(stderr,
            "%s%5zu s  %8" PRIu64 " ops  %6" PRIu64
            " errors  us: p50 %-7" PRIu64 " p99 %-7" PRIu64 " p99.9 %-7" PRIu64
            "%s",
            terminal ? "\r" : "", tally->row_count, row->ops, row->errors,
            row->p50_us, row->p99_us, row->p999_us, terminal ? "" : "\n");
}

void progress_end(void)
{
    if (isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "\n");
}
