/* listener.h: a TCP port of this machine's own that others connect to. */
#ifndef UV_LISTENER_H
#define UV_LISTENER_H

#include <stdint.h>
#include <uv.h>

/* Listens on 127.0.0.1 and `*port`; 0 takes a free one, which *port becomes.
 * `listener` is then the caller's to uv_close, also after an error. 0, or
 * libuv's error. */
int listener_open(uv_tcp_t *listener, uv_loop_t *loop, uint16_t *port,
                  uv_connection_cb connected);

#endif
