/* masking.h: masking quorums: a register of which f replicas may lie (Malkhi
 * and Reiter, 1998). You write these functions and masking_program in masking.c
 * (lab 2, part C).
 *
 * A liar answers what it likes, when it likes, or not at all; several may have
 * agreed on what to say. It cannot speak in another node's name. The node that
 * coordinates a request does not lie, and liars send no "store" of their own.
 *
 * Ownership and NULL pointers: as in quorum.h. Whoever asks for memory may return
 * DYN_ENOMEM. */
#ifndef DYNAMO_MASKING_H
#define DYNAMO_MASKING_H

#include "dynamo/register.h"

#include <stddef.h>
#include <stdint.h>

/* ---- Choosing among answers ----
 *
 * Some of the nodes below may be liars, at most f, and nobody knows which. What
 * f + 1 different nodes say, one correct node says. */

/* A pair of a version and a value is vouched for when f + 1 or more different
 * nodes answered exactly that version and that value. Stores in *chosen the
 * index of a reply, whichever, that has the vouched pair of the highest version.
 * Replies are in any order. If a node occurs more than once, only the first of
 * its replies counts. (Two vouched pairs of one version would mean that f was
 * too small; then either may be chosen.)
 * DYN_EUNAVAILABLE: no pair is vouched for. */
int masking_choose(const struct register_reply *replies, size_t count,
                   uint32_t f, size_t *chosen);

/* Stores in *counter the highest counter that f + 1 or more different nodes
 * have reached: each of them answered that counter or a higher one. Of a node
 * that occurs more than once, only the first reply counts.
 * DYN_EUNAVAILABLE: fewer than f + 1 different nodes answered. */
int masking_counter(const struct register_reply *replies, size_t count,
                    uint32_t f, uint64_t *counter);

/* Stores in *size the smallest number that is both safe and live (quorum.h) as
 * R and as W at once.
 * DYN_EINVAL: there is none, because n < 4f + 1 (so also if n is 0). */
int masking_size(uint32_t n, uint32_t f, uint32_t *size);

/* ---- The program ----
 *
 * masking_program is register_program (register.h: its messages, its placement,
 * what is laid down and what is yours to choose) with these differences.
 *
 * open returns DYN_EINVAL unless N, R, W and f are masking_safe and
 * masking_live (quorum.h).
 *
 * A get answers the value of a pair that is vouched for, the highest, once R
 * replicas have answered. Where none is vouched for it asks all N again, also
 * those that have answered, every retry_ms until give_up_ms; of each replica one
 * answer counts, the latest or that of the highest version.
 *
 * A put chooses a version that is higher than that of every put that was
 * answered DYN_OK before it was asked, whatever liars say; and liars cannot
 * make counters grow faster than puts do.
 *
 * It is a *safe* register: a get that no put of that key overlaps returns the
 * value of the last put that was answered DYN_OK, or no values if there was
 * none. A get that a put overlaps may return that put's value, an older one, or
 * DYN_EUNAVAILABLE, but never a value that was not put. A put that was answered
 * with an error, or never, overlaps all that comes after it.
 *
 * Liveness: as the register's, if max(R, W) correct replicas or more are among
 * those that are reached. A put ends then, whatever other puts do. A get does
 * when it asks while no put of its key is under way; until then it may find
 * nothing vouched for. A put that was answered with an error, or never, stays
 * under way. */

#endif
