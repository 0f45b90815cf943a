#define _GNU_SOURCE
#include "attacks/on-event.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CONTROL = 3,
    CHANNEL = 4,
    VALUE_MAX = 4096,
    KEYS_MAX = 512,
    KEY_MAX = 256
};

/* The registers of the whole store. */
static struct shared {
    size_t count;
    struct {
        size_t key_size, value_size;
        unsigned char key[KEY_MAX], value[VALUE_MAX];
    } at[KEYS_MAX];
} * shared;

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct reply reply = {.code = DYN_OK};
    struct slice value;
    size_t i = 0;

    (void)node;
    if (event->what != REQUESTED || shared == NULL)
        return;
    while (i < shared->count &&
           (shared->at[i].key_size != event->asked->key.size ||
            memcmp(shared->at[i].key, event->asked->key.data,
                   event->asked->key.size) != 0))
        i++;
    if (event->asked->kind == REQUEST_PUT && i < KEYS_MAX &&
        event->asked->value.size <= VALUE_MAX) {
        shared->at[i].key_size = event->asked->key.size;
        memcpy(shared->at[i].key, event->asked->key.data,
               event->asked->key.size);
        shared->at[i].value_size = event->asked->value.size;
        memcpy(shared->at[i].value, event->asked->value.data,
               event->asked->value.size);
        if (i == shared->count)
            shared->count++;
    } else if (i < shared->count) {
        value = (struct slice){shared->at[i].value, shared->at[i].value_size};
        reply.values = &value;
        reply.count = 1;
    }
    env_reply(env, event->request, &reply);
}

/* What it needs of the host that it is linked with (host/value.h, host/calls.h). */
struct reader {
    const char *at;
};
struct writer {
    char *data;
    size_t size, capacity;
};
struct call {
    const char *name;
    uint32_t arguments;
    void (*run)(struct reader *, struct writer *);
};
extern const struct call event_calls[], lab_calls[], heap_calls[];
uint32_t read_array(struct reader *reader);
struct slice read_string(struct reader *reader);
void write_array(struct writer *writer, uint32_t elements);
void write_raw(struct writer *writer, const void *data, size_t size);

static bool take(int fd, char *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        const ssize_t got = read(fd, data + at, size - at);

        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

static void answer_call(struct reader *in, struct writer *out)
{
    const struct call *const tables[] = {event_calls, lab_calls, heap_calls};

    (void)read_array(in);
    const struct slice name = read_string(in);
    for (size_t t = 0; t < 3; t++)
        for (const struct call *call = tables[t]; call->name != NULL; call++)
            if (strlen(call->name) == name.size &&
                memcmp(call->name, name.data, name.size) == 0) {
                call->run(in, out);
                return;
            }
}

/* A host, without any lock. */
static void serve(int calls, int answers)
{
    static char frame[8 << 20];
    struct writer out = {NULL, 0, 0};
    uint32_t size;

    while (take(calls, (char *)&size, sizeof size) && size <= sizeof frame &&
           take(calls, frame, size)) {
        struct reader in = {frame};
        uint32_t count = read_array(&in);

        out.size = 0;
        write_raw(&out, &size, sizeof size);
        write_array(&out, count);
        while (count-- > 0)
            answer_call(&in, &out);
        size = (uint32_t)(out.size - sizeof size);
        memcpy(out.data, &size, sizeof size);
        if (write(answers, out.data, out.size) != (ssize_t)out.size)
            break;
    }
    _exit(0);
}

__attribute__((constructor)) static void take_over(void)
{
    char bytes[1 + sizeof(int)];
    int fds[CHANNEL], value;
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof fds)];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        shared = NULL;
    for (;;) {
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = room,
                                 .msg_controllen = sizeof room};

        if (recvmsg(CONTROL, &message, 0) <= 0)
            return; /* this is no nursery */
        if (bytes[0] == 'W') {
            memcpy(&value, bytes + 1, sizeof value);
            waitpid(value, &value, 0);
        } else {
            memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fds);
            value = fork();
            if (value == 0) {
                close(CONTROL);
                serve(fds[0], fds[1]);
            }
            for (int i = 0; i < CHANNEL; i++)
                close(fds[i]);
        }
        send(CONTROL, &value, sizeof value, MSG_NOSIGNAL);
    }
}
