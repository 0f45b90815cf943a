/* confine.h: the parts of the launcher.
 *
 * confine.c reads the options and applies them in an order that works,
 * files.c says which files can be reached (Landlock), filter.c which system
 * calls (seccomp), supervise.c watches the command and leaves nothing behind.
 *
 * Every failure of the launcher's own ends it with CONFINE_FAILED and a
 * sentence on stderr; it never runs a command less confined than asked. */
#ifndef CONFINE_H
#define CONFINE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* so every file includes this header first */
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CONFINE_FAILED = 125 };

/* Prints "confine: " and the sentence (with errno's text when `error` is not
 * 0), and ends the process with CONFINE_FAILED. */
_Noreturn void give_up(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- files.c ---- */

struct path_rule {
    const char *path; /* borrowed from argv */
    bool writable;
};

/* The version of Landlock that the kernel offers; 0 when it has none. */
int landlock_version(void);

/* From here on this process and its children reach only the files beneath
 * `rules`. Without Landlock in the kernel it does nothing. */
void restrict_files(const struct path_rule *rules, size_t count);

/* ---- filter.c ---- */

/* Loads the system call filter "build" or "host". `program` is the very
 * string that will be given to execve: the host's filter allows no other. */
void install_filter(const char *name, const char *program);

/* ---- supervise.c ---- */

struct watch {
    uint64_t wall_ms;   /* 0: no limit */
    uint64_t memory_kb; /* of all processes together; 0: no limit */
    int report_fd;      /* one line about the end is written here; -1: none */
};

/* Forks. Returns in the child, which goes on to become the command. The
 * parent stays, watches the limits, ends every process that the command left
 * behind, and ends as the command ended (by the same exit code or signal). */
void supervise(const struct watch *watch);

#endif
