/* sandbox_probe.c: does one thing that a host has no business to do, and says
 * how it went: "done" or the error. Built and run by test_sandbox.py. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int say(long rv)
{
    printf("%s\n", rv >= 0 ? "done" : strerror(errno));
    return rv < 0;
}

static int descriptors(void)
{
    for (int fd = 0; fd < 2000; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            printf("%d ", fd);
    }
    return 0;
}

int main(int argc, char **argv, char **envp)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *path = argc > 2 ? argv[2] : "";
    pid_t pid = argc > 2 ? atoi(argv[2]) : 0;
    char buffer[4096];

    if (strcmp(what, "read") == 0) {
        int fd = open(path, O_RDONLY);
        return say(fd < 0 ? fd : read(fd, buffer, sizeof buffer));
    }
    if (strcmp(what, "write") == 0)
        return say(open(path, O_WRONLY | O_CREAT, 0600));
    if (strcmp(what, "exec") == 0)
        return say(execl("/out/host", "host", "user", (char *)NULL));
    if (strcmp(what, "fork") == 0) {
        int count = 0;
        while ((pid = fork()) > 0)
            count++;
        return pid == 0 ? pause() : printf("%d\n", count) < 0;
    }
    if (strcmp(what, "thread") == 0)
        return say(
            syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0));
    if (strcmp(what, "namespace") == 0)
        return say(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
    if (strcmp(what, "socket") == 0)
        return say(socket(AF_INET, SOCK_STREAM, 0));
    if (strcmp(what, "kill") == 0)
        return say(kill(pid, SIGKILL));
    if (strcmp(what, "kill-self") == 0)
        return raise(SIGUSR1);
    if (strcmp(what, "ptrace") == 0)
        return say(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
    if (strcmp(what, "peek") == 0) {
        struct iovec mine = {buffer, 8}, theirs = {(void *)main, 8};
        return say(process_vm_readv(pid, &mine, 1, &theirs, 1, 0));
    }
    if (strcmp(what, "own-signal") == 0)
        return say(fcntl(0, F_SETSIG, SIGKILL));
    if (strcmp(what, "outlive") == 0)
        return say(prctl(PR_SET_PDEATHSIG, 0));
    if (strcmp(what, "user") == 0)
        return printf("%d\n", (int)getuid()) < 0;
    if (strcmp(what, "environment") == 0)
        return say(envp[0] == NULL ? 0 : -1);
    if (strcmp(what, "descriptors") == 0)
        return descriptors();
    if (strcmp(what, "wait") == 0)
        return say(pause());
    if (strcmp(what, "eat") == 0) {
        for (size_t i = 0; i < 4096; i++)
            memset(malloc(1 << 20), 1, 1 << 20);
        return say(0);
    }
    return 2;
}
