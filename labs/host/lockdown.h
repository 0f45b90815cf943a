/* lockdown.h: what a process that runs student code may still do. */
#ifndef HOST_LOCKDOWN_H
#define HOST_LOCKDOWN_H

#include <stddef.h>

/* From now on this process, for good: computes, manages its memory, reads and
 * writes descriptors that are open, and exits. It starts no process or thread,
 * opens no file, talks to no network. A forbidden system call ends it with
 * status 98 and a line on standard error that names the call. Memory that is
 * mapped besides what is mapped now is limited to `memory_bytes`.
 * Returns 0, or a negative errno when the kernel has no seccomp. */
int lockdown(size_t memory_bytes);

#endif
