/* targets.h: where the targets are. */
#ifndef LOAD_TARGETS_H
#define LOAD_TARGETS_H

#include "load/options.h"

#include <sys/socket.h>
#include <uv.h>

/* Looks up all targets' addresses. 0; or -1 when one has none, and standard
 * error says which. */
int targets_resolve(const struct load_options *options, uv_loop_t *loop,
                    struct sockaddr_storage addresses[TARGETS_MAX]);

#endif
