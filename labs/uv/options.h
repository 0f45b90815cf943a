/* options.h: dynamo-node's command line. */
#ifndef UV_OPTIONS_H
#define UV_OPTIONS_H

#include "dynamo/program.h"

#include <stddef.h>
#include <stdint.h>

enum { MEMBERS_MAX = 1024 };

struct node_options {
    const char *program;
    struct config config; /* its members lie in `members` */
    node_id members[MEMBERS_MAX];
    const char *store_folder; /* NULL: the store is in memory */
    size_t store_bytes;
    uint16_t port, client_port; /* 0: a free one */
    const char *trace;          /* NULL: none */
    uint64_t random_seed;       /* 0: one that nobody knows */
    int control_fd;             /* read from and written to; -1: 0 and 1 */
};

/* Fills in `options`, whose strings are argv's. Says on standard error what is
 * wrong with the command line, and then exits with status 64. */
void options_read(struct node_options *options, int argc, char **argv);

#endif
