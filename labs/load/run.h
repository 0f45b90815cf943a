/* run.h: a load from its first connection to its last answer. */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include "load/options.h"
#include "load/tally.h"

#include <stdint.h>
#include <time.h>

enum run_end {
    RUN_TIME,        /* its seconds are over */
    RUN_REQUESTS,    /* its requests are sent */
    RUN_INTERRUPTED, /* somebody did not want to wait */
    RUN_UNREACHABLE, /* no target could be reached any more */
};

struct result {
    struct tally *tally; /* the caller ends it by tally_close */
    uint32_t run;        /* by which its values are told from other runs' */
    time_t began;
    double elapsed_s; /* that are counted */
    enum run_end end;
};

/* 0 and *result; or -1 when it could not begin, and standard error says why. */
int run_load(const struct load_options *options, struct result *result);

#endif
