/* nursery.c: see nursery.h. */
#define _GNU_SOURCE
#include "nursery.h"

#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANNEL = 4, LIFTED = 10 };

/* Hosts that ended before the judge asked how. It asks for few: the oldest give way. */
enum { ENDED_MOST = 64 };

static struct {
    pid_t pid[ENDED_MOST];
    int status[ENDED_MOST];
    unsigned count;
} ended;

struct request {
    char kind;
    int pid;          /* of 'W' */
    int fds[CHANNEL]; /* of 'F', ours to close */
};

/* Memory that was shared before the fork would let hosts, which are the nodes of a
 * cluster, speak past the network. (Without stdio: see make_filter in lockdown.c.) */
static void refuse_shared_memory(void)
{
    const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    char text[8192];
    size_t kept = 0; /* of the last line, whose end is still to come */
    ssize_t got;

    if (maps < 0)
        host_fail("what is mapped cannot be told");
    while ((got = read(maps, text + kept, sizeof text - 1 - kept)) > 0) {
        char *line = text, *end;

        text[kept + (size_t)got] = '\0';
        while ((end = strchr(line, '\n')) != NULL) {
            const char *rights = strchr(line, ' ');

            /* Whatever its rights are now: mprotect could give it others. */
            if (rights != NULL && rights + 4 < end && rights[4] == 's')
                host_fail("memory is shared before the first host");
            line = end + 1;
        }
        kept = strlen(line);
        if (kept == sizeof text - 1)
            host_fail("what is mapped cannot be told");
        memmove(text, line, kept);
    }
    if (got < 0)
        host_fail("what is mapped cannot be told");
    close(maps);
}

/* False: the judge has closed its end. */
static bool next_request(int control, struct request *request)
{
    char bytes[1 + sizeof(int)];
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof request->fds)];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room,
                             .msg_controllen = sizeof room};
    ssize_t got;

    do
        got = recvmsg(control, &message, 0);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return false;
    if (got < 0)
        host_fail("the nursery's socket cannot be read");
    request->kind = bytes[0];
    if (request->kind == 'W' && got == sizeof bytes) {
        memcpy(&request->pid, bytes + 1, sizeof request->pid);
        return true;
    }
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (request->kind != 'F' || head == NULL || head->cmsg_type != SCM_RIGHTS ||
        head->cmsg_len != CMSG_LEN(sizeof request->fds))
        host_fail("malformed request to the nursery");
    memcpy(request->fds, CMSG_DATA(head), sizeof request->fds);
    return true;
}

static void answer(int control, int value)
{
    ssize_t put;

    do
        put = send(control, &value, sizeof value, MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    if (put != sizeof value)
        _exit(0); /* the judge is gone */
}

static void close_from(unsigned first)
{
    if (close_range(first, ~0U, 0) == 0)
        return;
    /* A kernel before 5.9. */
    for (long fd = first; fd < sysconf(_SC_OPEN_MAX); fd++)
        close((int)fd);
}

/* Puts the channel where a host expects it. */
static void take_places(const int *fds)
{
    static const int places[CHANNEL] = {HOST_CALLS, HOST_ANSWERS, STDOUT_FILENO,
                                        STDERR_FILENO};
    int lifted[CHANNEL];

    /* They may lie in each other's places. */
    for (int i = 0; i < CHANNEL; i++)
        lifted[i] = fcntl(fds[i], F_DUPFD, LIFTED);
    for (int i = 0; i < CHANNEL; i++)
        if (lifted[i] < 0 || dup2(lifted[i], places[i]) < 0)
            host_fail("the channel does not come to its place");
    close_from(HOST_ANSWERS + 1);
}

static void collect_ended(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        ended.pid[ended.count % ENDED_MOST] = pid;
        ended.status[ended.count % ENDED_MOST] = status;
        ended.count++;
    }
}

static int end_of(pid_t pid)
{
    int status;

    for (unsigned i = 0; i < ENDED_MOST && i < ended.count; i++)
        if (ended.pid[i] == pid) {
            ended.pid[i] = 0; /* the number may be given again */
            return ended.status[i];
        }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return status;
}

void nursery_serve(int control)
{
    const pid_t nursery = getpid();
    struct request request;

    refuse_shared_memory();
    close_from((unsigned)control + 1);
    while (next_request(control, &request)) {
        if (request.kind == 'W') {
            answer(control, end_of(request.pid));
            continue;
        }
        collect_ended();
        pid_t pid = fork();
        if (pid == 0) {
            if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != nursery)
                _exit(1);
            take_places(request.fds);
            return;
        }
        answer(control, pid < 0 ? -errno : pid);
        for (int i = 0; i < CHANNEL; i++)
            close(request.fds[i]);
    }
    _exit(0);
}
