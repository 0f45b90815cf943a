/* work.h: what student code has asked of the kit.
 *
 * In a student's object md5 is renamed to host_md5 (heap.syms), which counts: so a
 * test sees whether work grows with the keys, and needs no clock. */
#ifndef HOST_WORK_H
#define HOST_WORK_H

#include <stdint.h>

/* How often md5 was called since the host began. */
uint64_t work_md5_calls(void);

#endif
