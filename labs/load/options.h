/* options.h: dynamo-load's command line. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include "load/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TARGETS_MAX = 64, HOST_MAX = 256, PORT_TEXT_MAX = 6 };

struct target {
    char name[HOST_MAX + PORT_TEXT_MAX + 4]; /* as it was given */
    char host[HOST_MAX], port[PORT_TEXT_MAX];
};

struct load_options {
    struct target targets[TARGETS_MAX];
    size_t target_count;
    struct workload workload; /* its prefix is argv's */
    double rate;              /* requests a second; 0: a closed loop */
    bool poisson;
    size_t connections, pipeline;
    double warmup_s, seconds; /* seconds 0: without such an end */
    uint64_t requests;        /* 0: without such an end */
    double timeout_s;
    const char *json, *histogram; /* files, or NULL; "-" is standard output */
    bool progress;                /* wanted even if nobody looks */
    bool dry_run;
};

/* Fills in `options`. Says on standard error what is wrong with the command
 * line, and then exits with status 1. */
void load_options_read(struct load_options *options, int argc, char **argv);

#endif
