/* supervise.c: watches a command and leaves no process of it behind.
 *
 * Interface: supervise (confine.h).
 * The supervisor keeps the rights it was started with, so it can end what the
 * command (another user, perhaps) cannot touch. It is the 'subreaper' of all
 * that the command starts: a process that a daemonising child leaves behind
 * becomes the supervisor's own child, and is found and killed. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A tree is looked at every TICK_MS; one that holds less than a quarter of what it
 * may, every CALM_TICK_MS: there may be one supervisor for each of many hosts. */
enum { TICK_MS = 50, CALM_TICK_MS = 200, TREE_MAX = 4096 };

struct tree {
    pid_t pid[TREE_MAX];
    size_t count;
};

static uint64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* The descendants of this process, parents before children. The kernel lists
 * children by the thread that forked them; hosts and compilers have one. */
static void find_tree(struct tree *tree)
{
    tree->count = 0;
    pid_t parent = getpid();
    for (size_t next = 0;; next++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent,
                 (int)parent);
        FILE *file = fopen(path, "re");
        int child;
        while (file != NULL && tree->count < TREE_MAX &&
               fscanf(file, "%d", &child) == 1)
            tree->pid[tree->count++] = child;
        if (file != NULL)
            fclose(file);
        if (next >= tree->count)
            return;
        parent = tree->pid[next];
    }
}

static uint64_t resident_kb(const struct tree *tree)
{
    uint64_t pages = 0;
    for (size_t i = 0; i < tree->count; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/statm", (int)tree->pid[i]);
        FILE *file = fopen(path, "re");
        unsigned long resident;
        if (file != NULL && fscanf(file, "%*u %lu", &resident) == 1)
            pages += resident;
        if (file != NULL)
            fclose(file);
    }
    return pages * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
}

/* Kills and reaps until nothing is left. `status` receives how the command
 * itself ended, unless that is known already. */
static void kill_all(pid_t command, bool *ended, int *status)
{
    static struct tree tree;
    for (;;) {
        find_tree(&tree);
        if (!*ended)
            kill(command, SIGKILL); /* also where /proc is not mounted */
        for (size_t i = 0; i < tree.count; i++)
            kill(tree.pid[i], SIGKILL);
        int how;
        pid_t pid;
        while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
            if (pid == command) {
                *ended = true;
                *status = how;
            }
        }
        if (pid < 0 && errno == ECHILD)
            return;
        struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
    }
}

static void report(const struct watch *watch, int status, const char *stopped)
{
    if (watch->report_fd < 0)
        return;
    struct rusage use;
    getrusage(RUSAGE_CHILDREN, &use);
    long cpu_ms = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
                  (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000;
    dprintf(watch->report_fd, "status=%d cpu_ms=%ld peak_kb=%ld stopped=%s\n",
            status, cpu_ms, use.ru_maxrss, stopped);
}

/* Ends as the command ended. Bubblewrap and the shell tell a death by signal
 * as 128 + its number: that is turned back into the signal. */
static _Noreturn void end_alike(int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : code - 128;
    if (number <= 0 || number >= 32)
        _exit(code);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    sigset_t all;
    sigfillset(&all);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    raise(number);
    _exit(128 + number); /* signals such as SIGCHLD end nobody */
}

/* The judge must see the end of its pipes and channel when the command ends:
 * of all descriptors only stderr stays, for a last sentence. */
static void drop_descriptors(int report_fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    for (int fd = 3; fd < 1024; fd++) {
        if (fd != report_fd)
            close(fd);
    }
}

static const char *too_much(const struct watch *watch, uint64_t start_ms,
                            int *tick_ms)
{
    static struct tree tree;
    if (watch->wall_ms > 0 && now_ms() - start_ms >= watch->wall_ms)
        return "wall";
    if (watch->memory_kb == 0)
        return NULL;
    find_tree(&tree);
    uint64_t held_kb = resident_kb(&tree);
    *tick_ms = held_kb < watch->memory_kb / 4 ? CALM_TICK_MS : TICK_MS;
    return held_kb > watch->memory_kb ? "memory" : NULL;
}

static _Noreturn void watch_over(const struct watch *watch, pid_t command,
                                 const sigset_t *wanted)
{
    uint64_t start_ms = now_ms();
    const char *stopped = NULL;
    bool ended = false;
    int status = 0;
    int tick_ms = TICK_MS;
    while (!ended && stopped == NULL) {
        struct timespec tick = {.tv_nsec = tick_ms * 1000000L};
        int number = sigtimedwait(wanted, NULL, &tick);
        if (number > 0 && number != SIGCHLD)
            stopped = "signal";
        int how;
        pid_t pid;
        while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
            if (pid == command) {
                ended = true;
                status = how;
            }
        }
        if (!ended && stopped == NULL)
            stopped = too_much(watch, start_ms, &tick_ms);
    }
    if (stopped != NULL && strcmp(stopped, "wall") == 0)
        dprintf(STDERR_FILENO, "confine: stopped after %llu ms\n",
                (unsigned long long)watch->wall_ms);
    if (stopped != NULL && strcmp(stopped, "memory") == 0)
        dprintf(STDERR_FILENO, "confine: stopped at more than %llu MB\n",
                (unsigned long long)watch->memory_kb / 1024);
    kill_all(command, &ended, &status);
    report(watch, status, stopped == NULL ? "no" : stopped);
    end_alike(stopped == NULL ? status : SIGKILL);
}

void supervise(const struct watch *watch)
{
    pid_t supervisor = getpid();
    pid_t caller = getppid();
    /* Not SIGKILL: the supervisor must live on to clean up. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != caller)
        _exit(CONFINE_FAILED);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        give_up(errno, "cannot become the reaper of the command's children");
    sigset_t wanted, before;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    sigprocmask(SIG_BLOCK, &wanted, &before);
    pid_t command = fork();
    if (command < 0)
        give_up(errno, "cannot fork");
    if (command > 0) {
        drop_descriptors(watch->report_fd);
        watch_over(watch, command, &wanted);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (watch->report_fd >= 0)
        close(watch->report_fd);
    setsid(); /* no terminal to type into */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor)
        _exit(CONFINE_FAILED);
}
