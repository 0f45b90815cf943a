/* targets.c: see targets.h. */
#define _GNU_SOURCE
#include "load/targets.h"

#include <stdio.h>
#include <string.h>

/* Of a name with several, as localhost, IPv4's: dynamo-node listens there. */
static const struct addrinfo *choose_address(const struct addrinfo *list)
{
    for (const struct addrinfo *info = list; info != NULL; info = info->ai_next)
        if (info->ai_family == AF_INET)
            return info;
    return list;
}

static int resolve(const struct target *target, uv_loop_t *loop,
                   struct sockaddr_storage *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct addrinfo *chosen;
    uv_getaddrinfo_t request;
    int rv = uv_getaddrinfo(loop, &request, NULL, target->host, target->port,
                            &hints);

    if (rv != 0) {
        fprintf(stderr, "dynamo-load: %s cannot be found: %s\n", target->name,
                uv_strerror(rv));
        return -1;
    }
    chosen = choose_address(request.addrinfo);
    memcpy(address, chosen->ai_addr, chosen->ai_addrlen);
    uv_freeaddrinfo(request.addrinfo);
    return 0;
}

int targets_resolve(const struct load_options *options, uv_loop_t *loop,
                    struct sockaddr_storage addresses[TARGETS_MAX])
{
    for (size_t i = 0; i < options->target_count; i++)
        if (resolve(&options->targets[i], loop, &addresses[i]) != 0)
            return -1;
    return 0;
}
