/* filter.c: which system calls can be made, by seccomp.
 *
 * Interface: install_filter (confine.h).
 * "build" is a list of what a compiler never needs; a denied call fails with
 * EPERM, so that a tool that merely asks goes on without it.
 * "host" is a list of what a host needs to be loaded, to run constructors, to
 * start the sanitizers and to fork hosts (labs/host/nursery.h); any other call
 * is not made and raises SIGSYS, which kills. (A trap rather than a kill at
 * once, so that the host, which narrows the filter further before it takes the
 * first call, can catch the signal and tell the student which call it was.) */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void add(scmp_filter_ctx ctx, uint32_t action, int call, unsigned count,
                const struct scmp_arg_cmp *args)
{
    int rv = seccomp_rule_add_array(ctx, action, call, count, args);
    /* A call that this machine's processor does not have needs no rule. */
    if (rv < 0 && rv != -EDOM && rv != -EOPNOTSUPP)
        give_up(-rv, "cannot add a rule for system call %d", call);
}

/* Allows `call` when the bits `mask` of argument `arg` are `value`. */
static void allow_if(scmp_filter_ctx ctx, int call, unsigned arg, uint64_t mask,
                     uint64_t value)
{
    struct scmp_arg_cmp match = SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value);
    add(ctx, SCMP_ACT_ALLOW, call, 1, &match);
}

#define WHOLE UINT64_C(0xffffffffffffffff)
#define INT UINT64_C(0xffffffff) /* the kernel ignores the upper half */

static const int build_denied[] = {
    /* other processes */
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(kcmp),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(tgkill),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(setpriority),
    SCMP_SYS(sched_setscheduler),
    SCMP_SYS(sched_setattr),
    /* the network, and what passes between processes without a descriptor */
    SCMP_SYS(socket),
    SCMP_SYS(socketcall),
    SCMP_SYS(shmget),
    SCMP_SYS(shmat),
    SCMP_SYS(msgget),
    SCMP_SYS(semget),
    SCMP_SYS(mq_open),
    /* the tree of files and the namespaces */
    SCMP_SYS(mount),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(quotactl),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    /* the kernel */
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(io_setup),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(create_module),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(vmsplice),
    SCMP_SYS(acct),
    SCMP_SYS(syslog),
    SCMP_SYS(reboot),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(stime),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(personality),
};

static void build_rules(scmp_filter_ctx ctx)
{
    for (size_t i = 0; i < COUNT(build_denied); i++)
        add(ctx, SCMP_ACT_ERRNO(EPERM), build_denied[i], 0, NULL);
    /* clone3 hides its flags in memory; the C library falls back to clone. */
    add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);
    static const uint64_t namespaces[] = {
        CLONE_NEWNS,  CLONE_NEWUSER, CLONE_NEWPID,   CLONE_NEWNET,
        CLONE_NEWIPC, CLONE_NEWUTS,  CLONE_NEWCGROUP};
    for (size_t i = 0; i < COUNT(namespaces); i++) {
        struct scmp_arg_cmp match =
            SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]);
        add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &match);
    }
    struct scmp_arg_cmp inject = SCMP_A1(SCMP_CMP_MASKED_EQ, INT, TIOCSTI);
    add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1, &inject);
}

static const int host_allowed[] = {
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(mmap2),
    SCMP_SYS(munmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mincore),
    SCMP_SYS(msync),
    /* open descriptors */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(fstat),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(fadvise64),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    /* looking at files */
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    /* the process itself */
    SCMP_SYS(arch_prctl),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_thread_area),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
    SCMP_SYS(getrlimit),
    SCMP_SYS(setrlimit),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
    SCMP_SYS(membarrier),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(seccomp),
    SCMP_SYS(wait4),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    /* signals to itself, and time */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(pause),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    SCMP_SYS(getitimer),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
};

static void host_rules(scmp_filter_ctx ctx, const char *program)
{
    for (size_t i = 0; i < COUNT(host_allowed); i++)
        add(ctx, SCMP_ACT_ALLOW, host_allowed[i], 0, NULL);

    /* Only the exec that starts the host: its path lies at this address. */
    allow_if(ctx, SCMP_SYS(execve), 0, WHOLE, (uint64_t)(uintptr_t)program);

    /* Files are opened for reading only. */
    uint64_t writing =
        O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
    allow_if(ctx, SCMP_SYS(open), 1, writing, O_RDONLY);
    allow_if(ctx, SCMP_SYS(openat), 2, writing, O_RDONLY);

    /* Signals go to this process alone; exec keeps its number. */
    uint64_t self = (uint64_t)getpid();
    allow_if(ctx, SCMP_SYS(kill), 0, INT, self);
    allow_if(ctx, SCMP_SYS(tkill), 0, INT, self);
    allow_if(ctx, SCMP_SYS(tgkill), 0, INT, self);
    allow_if(ctx, SCMP_SYS(prlimit64), 0, INT, 0);
    allow_if(ctx, SCMP_SYS(prlimit64), 0, INT, self);

    /* F_SETOWN and F_SETSIG would send signals to others. */
    static const uint64_t fcntl_commands[] = {
        F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};
    for (size_t i = 0; i < COUNT(fcntl_commands); i++) {
        allow_if(ctx, SCMP_SYS(fcntl), 1, INT, fcntl_commands[i]);
        allow_if(ctx, SCMP_SYS(fcntl64), 1, INT, fcntl_commands[i]);
    }
    allow_if(ctx, SCMP_SYS(ioctl), 1, INT, TCGETS); /* isatty */

    /* A plain fork: no threads, no namespaces. The limit on processes bounds
     * how many, and the hosts themselves may not (labs/host/lockdown.c). */
    allow_if(ctx, SCMP_SYS(clone), 0, WHOLE,
             SIGCHLD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);

    /* Nothing that would outlive the launcher: to die with one's parent can be
     * asked for, and not be taken back. */
    struct scmp_arg_cmp dies[] = {
        SCMP_A0(SCMP_CMP_MASKED_EQ, INT, PR_SET_PDEATHSIG),
        SCMP_A1(SCMP_CMP_EQ, SIGKILL)};
    add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 2, dies);
    static const uint64_t prctl_options[] = {
        PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_SET_SECCOMP,
        PR_GET_SECCOMP,      PR_GET_DUMPABLE,     PR_SET_NAME,
        PR_GET_NAME,         PR_CAPBSET_READ,     PR_SET_VMA};
    for (size_t i = 0; i < COUNT(prctl_options); i++)
        allow_if(ctx, SCMP_SYS(prctl), 0, INT, prctl_options[i]);
}

void install_filter(const char *name, const char *program)
{
    bool host = strcmp(name, "host") == 0;
    if (!host && strcmp(name, "build") != 0)
        give_up(0, "there is no filter '%s'; use build or host", name);
    scmp_filter_ctx ctx = seccomp_init(host ? SCMP_ACT_TRAP : SCMP_ACT_ALLOW);
    if (ctx == NULL)
        give_up(ENOMEM, "cannot make a filter");
    /* A tree of comparisons instead of a chain: start-up makes many calls. */
    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (host)
        host_rules(ctx, program);
    else
        build_rules(ctx);
    int rv = seccomp_load(ctx);
    if (rv < 0)
        give_up(-rv, "cannot load the filter '%s'", name);
    seccomp_release(ctx);
}
