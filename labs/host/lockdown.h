/* lockdown.h: what a process that runs student code may still do. */
#ifndef HOST_LOCKDOWN_H
#define HOST_LOCKDOWN_H

#include <stddef.h>

/* Makes ready what lockdown does in each host, in the process that they are forked from.
 * Memory that a host maps besides what is mapped now will be limited to `memory_bytes`.
 * Returns 0, or a negative errno when a filter cannot be made. */
int lockdown_prepare(size_t memory_bytes);

/* From now on this process, for good: computes, manages its memory, reads and
 * writes descriptors that are open, and exits. It starts no process or thread,
 * opens no file, talks to no network. A forbidden system call ends it with
 * status 98 and a line on standard error that names the call.
 * Returns 0, or a negative errno when the kernel has no seccomp, or nothing was made
 * ready. */
int lockdown(void);

#endif
