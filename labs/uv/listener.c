/* listener.c: see listener.h. */
#define _GNU_SOURCE
#include "uv/listener.h"

#include <netinet/in.h>

enum { BACKLOG = 128 };

int listener_open(uv_tcp_t *listener, uv_loop_t *loop, uint16_t *port,
                  uv_connection_cb connected)
{
    struct sockaddr_in address;
    int size = sizeof address;
    int rv = uv_tcp_init(loop, listener);

    if (rv == 0)
        rv = uv_ip4_addr("127.0.0.1", *port, &address);
    if (rv == 0)
        rv = uv_tcp_bind(listener, (const struct sockaddr *)&address, 0);
    if (rv == 0)
        rv = uv_listen((uv_stream_t *)listener, BACKLOG, connected);
    if (rv == 0)
        rv = uv_tcp_getsockname(listener, (struct sockaddr *)&address, &size);
    if (rv == 0)
        *port = ntohs(address.sin_port);
    return rv;
}
