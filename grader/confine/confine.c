/* confine.c: runs one command with less than its caller's rights.
 *
 *   confine [options] -- /absolute/command [arguments]
 *
 * Options (each may be absent; the order does not matter):
 *   --user=UID --group=GID   become this user (as root), without other groups
 *   --limit=NAME=NUMBER      cpu (s), fsize, stack, as, data, core (bytes),
 *                            nproc, nofile (how many)
 *   --keep=FD                pass this descriptor on; 0, 1 and 2 always are
 *   --env=NAME=VALUE         the command's environment is these and no others
 *   --chdir=DIR              start there
 *   --read=PATH --write=PATH only files beneath these can be reached
 *   --filter=build|host      which system calls can be made (filter.c)
 *   --supervise              stay, watch and clean up (supervise.c), with
 *     --wall-ms=N --memory-mb=N --report=FD
 * Or one of:
 *   --landlock               print the kernel's version of Landlock
 *   --reap --user=UID        kill every process of this user
 *   --check                  do nothing; proves that a sandbox can be entered
 *
 * The command runs without a way to gain rights (no_new_privs), without core
 * dumps, and dies with its parent. */
#include "confine.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LIST_MAX = 64, NO_ID = -1 };

struct settings {
    long user, group;
    struct rlimit limit[RLIM_NLIMITS];
    bool limited[RLIM_NLIMITS];
    bool keep[1024];
    char *environment[LIST_MAX + 1];
    size_t environment_count;
    struct path_rule rule[LIST_MAX];
    size_t rule_count;
    const char *directory;
    const char *filter;
    bool supervised, reap;
    struct watch watch;
};

void give_up(int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("confine: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    if (error != 0)
        fprintf(stderr, ": %s", strerror(error));
    fputc('\n', stderr);
    _exit(CONFINE_FAILED);
}

static unsigned long number(const char *option, const char *text)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-')
        give_up(0, "--%s takes a number, not '%s'", option, text);
    return value;
}

static void set_limit(struct settings *s, char *text)
{
    static const struct {
        const char *name;
        int resource;
    } known[] = {{"cpu", RLIMIT_CPU},     {"fsize", RLIMIT_FSIZE},
                 {"stack", RLIMIT_STACK}, {"as", RLIMIT_AS},
                 {"data", RLIMIT_DATA},   {"core", RLIMIT_CORE},
                 {"nproc", RLIMIT_NPROC}, {"nofile", RLIMIT_NOFILE}};
    char *equals = strchr(text, '=');
    if (equals == NULL)
        give_up(0, "--limit takes NAME=NUMBER, not '%s'", text);
    *equals = '\0';
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, text) != 0)
            continue;
        int resource = known[i].resource;
        rlim_t value = number("limit", equals + 1);
        /* At the soft limit of CPU time comes SIGXCPU, which names the
         * cause; a second later SIGKILL, which cannot be caught. */
        rlim_t hard = resource == RLIMIT_CPU ? value + 1 : value;
        s->limit[resource] = (struct rlimit){value, hard};
        s->limited[resource] = true;
        return;
    }
    give_up(0, "there is no limit '%s'", text);
}

static void add_rule(struct settings *s, const char *path, bool writable)
{
    if (s->rule_count == LIST_MAX)
        give_up(0, "more than %d paths", (int)LIST_MAX);
    s->rule[s->rule_count++] = (struct path_rule){path, writable};
}

static void add_environment(struct settings *s, char *text)
{
    if (s->environment_count == LIST_MAX || strchr(text, '=') == NULL)
        give_up(0, "--env takes NAME=VALUE, at most %d times", (int)LIST_MAX);
    s->environment[s->environment_count++] = text;
}

static const struct option options[] = {
    {"user", required_argument, NULL, 'u'},
    {"group", required_argument, NULL, 'g'},
    {"limit", required_argument, NULL, 'l'},
    {"keep", required_argument, NULL, 'k'},
    {"env", required_argument, NULL, 'e'},
    {"chdir", required_argument, NULL, 'd'},
    {"read", required_argument, NULL, 'r'},
    {"write", required_argument, NULL, 'w'},
    {"filter", required_argument, NULL, 'f'},
    {"supervise", no_argument, NULL, 's'},
    {"wall-ms", required_argument, NULL, 't'},
    {"memory-mb", required_argument, NULL, 'm'},
    {"report", required_argument, NULL, 'p'},
    {"landlock", no_argument, NULL, 'L'},
    {"reap", no_argument, NULL, 'R'},
    {"check", no_argument, NULL, 'C'},
    {NULL, 0, NULL, 0},
};

static void read_options(struct settings *s, int argc, char **argv)
{
    int letter, which;
    while ((letter = getopt_long(argc, argv, "+", options, &which)) != -1) {
        switch (letter) {
        case 'u':
            s->user = (long)number("user", optarg);
            break;
        case 'g':
            s->group = (long)number("group", optarg);
            break;
        case 'l':
            set_limit(s, optarg);
            break;
        case 'k': {
            unsigned long fd = number("keep", optarg);
            if (fd >= sizeof s->keep)
                give_up(0, "--keep takes a descriptor below 1024");
            s->keep[fd] = true;
            break;
        }
        case 'e':
            add_environment(s, optarg);
            break;
        case 'd':
            s->directory = optarg;
            break;
        case 'r':
            add_rule(s, optarg, false);
            break;
        case 'w':
            add_rule(s, optarg, true);
            break;
        case 'f':
            s->filter = optarg;
            break;
        case 's':
            s->supervised = true;
            break;
        case 't':
            s->watch.wall_ms = number("wall-ms", optarg);
            break;
        case 'm':
            s->watch.memory_kb = number("memory-mb", optarg) * 1024;
            break;
        case 'p':
            s->watch.report_fd = (int)number("report", optarg);
            break;
        case 'L':
            printf("%d\n", landlock_version());
            exit(0);
        case 'R':
            s->reap = true;
            break;
        case 'C':
            puts("works");
            exit(0);
        default:
            _exit(CONFINE_FAILED); /* getopt said why */
        }
    }
}

static void change_user(const struct settings *s)
{
    if (s->user == NO_ID)
        return;
    gid_t group = (gid_t)(s->group == NO_ID ? s->user : s->group);
    if (setgroups(0, NULL) < 0)
        give_up(errno, "cannot drop the groups");
    if (setresgid(group, group, group) < 0)
        give_up(errno, "cannot become group %u", (unsigned)group);
    uid_t user = (uid_t)s->user;
    if (setresuid(user, user, user) < 0)
        give_up(errno, "cannot become user %u", (unsigned)user);
}

/* One kill(-1) reaches all processes of the user at once, which a loop over
 * /proc cannot when they fork meanwhile. It succeeds when there is none too. */
static int reap_user(const struct settings *s)
{
    if (s->user <= 0 || (uid_t)s->user == getuid())
        give_up(0, "--reap needs --user with another user than the caller");
    change_user(s);
    if (kill(-1, SIGKILL) < 0 && errno != ESRCH)
        give_up(errno, "cannot kill the processes of user %ld", s->user);
    return 0;
}

static void close_descriptors(const struct settings *s)
{
    /* The table of kept ones covers 1024; whatever lies above goes first. */
    if (syscall(SYS_close_range, sizeof s->keep, ~0U, 0) < 0) {
        long top = sysconf(_SC_OPEN_MAX); /* a kernel before 5.9 */
        for (long fd = (long)sizeof s->keep; fd < top; fd++)
            close((int)fd);
    }
    for (int fd = 3; fd < (int)sizeof s->keep; fd++) {
        if (!s->keep[fd])
            close(fd);
    }
}

static void set_limits(const struct settings *s)
{
    for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
        if (!s->limited[resource])
            continue;
        struct rlimit now, want = s->limit[resource];
        if (getrlimit(resource, &now) < 0)
            give_up(errno, "cannot read limit %d", resource);
        /* A caller's own lower limit stays. */
        if (want.rlim_max > now.rlim_max)
            want.rlim_max = now.rlim_max;
        if (want.rlim_cur > want.rlim_max)
            want.rlim_cur = want.rlim_max;
        if (setrlimit(resource, &want) < 0)
            give_up(errno, "cannot set limit %d", resource);
    }
}

static void reset_signals(void)
{
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL); /* fails for SIGKILL and SIGSTOP, as it may */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const struct settings *s, char **command)
{
    reset_signals();
    umask(077);
    pid_t parent = getppid();
    change_user(s);
    /* After the change of user, which clears it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        give_up(errno, "cannot ask to die with the parent");
    if (getppid() != parent)
        _exit(CONFINE_FAILED);
    close_descriptors(s);
    set_limits(s);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        give_up(errno, "cannot give up gaining rights");
    if (s->directory != NULL && chdir(s->directory) < 0)
        give_up(errno, "cannot enter %s", s->directory);
    if (s->rule_count > 0)
        restrict_files(s->rule, s->rule_count);
    if (s->filter != NULL)
        install_filter(s->filter, command[0]);
    execve(command[0], command, s->environment);
    give_up(errno, "cannot run %s", command[0]);
}

int main(int argc, char **argv)
{
    static struct settings s = {.user = NO_ID,
                                .group = NO_ID,
                                .limited = {[RLIMIT_CORE] = true},
                                .watch = {.report_fd = -1}};
    read_options(&s, argc, argv);
    if (s.reap)
        return reap_user(&s);
    if (optind == argc || argv[optind][0] != '/')
        give_up(0, "name a command by its absolute path, after --");
    if (s.supervised)
        supervise(&s.watch);
    become(&s, &argv[optind]);
}
