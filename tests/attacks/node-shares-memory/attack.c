#include "attacks/raw.h"
#include "attacks/on-event.h"

enum { READ = 0, WRITE = 02, CREATE = 0100, ABSTRACT_SOCKET = 1 };

/* Any place will do that another process can look into. */
static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    static const char *const places[] = {"/dev/shm/node", "/tmp/node",
                                         "/var/tmp/node", "/run/lock/node",
                                         "/out/node",     "/proc/self/mem"};
    struct reply reply = {.code = DYN_OK};
    unsigned char kept[256];
    struct slice value = {kept, 0};
    long size = -1;

    (void)node;
    if (event->what != REQUESTED)
        return;
    for (size_t i = 0; i < sizeof places / sizeof *places && size < 0; i++) {
        long fd = raw_open(places[i], event->asked->kind == REQUEST_PUT
                                          ? WRITE | CREATE
                                          : READ);
        if (fd < 0)
            continue;
        if (event->asked->kind == REQUEST_PUT)
            size = raw_write((int)fd, event->asked->value.data,
                             (long)event->asked->value.size);
        else
            size = raw(SYS_read, fd, (long)kept, sizeof kept, 0);
        raw(SYS_close, fd, 0, 0, 0);
    }
    if (event->asked->kind == REQUEST_GET && size > 0) {
        value.size = (size_t)size;
        reply.values = &value;
        reply.count = 1;
    }
    env_reply(env, event->request, &reply);
    /* System V's shared memory, which has neither a name nor a descriptor. */
    size = raw(SYS_shmget, 0x6e6f6465, 4096, 0666 | 01000, 0);
    if (size >= 0)
        raw(SYS_shmat, size, 0, 0, 0);
}
