/* register.h: a value for each key, on N replicas: the lecture's versioned
 * register, on the contract of program.h. You write register_program in
 * register.c (lab 2, part B).
 *
 * The node that gets a client's request coordinates it, whether it is a replica
 * of the key or not.
 *     put: ask R replicas which version they hold; choose a higher one; send it
 *          with the value to all N; answer when W hold it.
 *     get: ask for version and value; of R answers take the highest; see to it
 *          that enough replicas hold it; answer. */
#ifndef DYNAMO_REGISTER_H
#define DYNAMO_REGISTER_H

#include "dynamo/env.h"
#include "dynamo/message.h"
#include "dynamo/node.h"
#include "dynamo/program.h"
#include "dynamo/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- What the register promises ----
 *
 * Answers. To a put: DYN_OK, no values. To a get: DYN_OK and the one value, or
 * no values if the key was never written (a value of 0 bytes is a value).
 * DYN_EUNAVAILABLE when give_up_ms have passed since the request; DYN_ENOMEM.
 * Every request is answered once, unless its coordinator crashes.
 *
 * Outcome. A put that was answered DYN_OK has happened. One that was answered
 * with an error, or never, may have happened, may happen later, or never.
 *
 * Whatever N, R and W are, a get returns only what some put of that key wrote.
 * If R + W > N, the register is linearizable: there is one order of all puts
 * that happened and all gets that were answered DYN_OK, in which each get
 * returns the value of the last put before it, and in which an operation that
 * was answered before another was asked comes before it. (It is not needed that
 * two writes meet, 2W > N. Why not?)
 * If R + W <= N a get may miss puts that were answered DYN_OK.
 *
 * This holds while messages are lost, delayed, doubled and overtaken, while
 * nodes crash at any point and begin again with nothing but their stores, and
 * while no two clocks agree.
 *
 * Liveness. If from some moment on all messages between the coordinator and
 * max(R, W) replicas or more arrive, its operations come to an end, answered
 * DYN_OK: each of their two phases soon after the next time it asks, see
 * retry_ms. */

/* ---- What is laid down ----
 *
 * Configuration: the ranges are those of program.h; besides, retry_ms and
 * give_up_ms are at least 1. `f` is ignored. open returns DYN_EINVAL if one is
 * broken, if `members` does not ascend or lacks `self`, or if a ring of such
 * members cannot be had.
 *
 * Placement: the replicas of a key are the first n nodes of its preference list,
 * ring_preference_list(ring, ring_position(key), n), in a ring of config.ring
 * that all members joined in their order with weight 1.
 *
 * Messages: message.def says what a replica answers to each question. A replica
 * answers whoever asks, at once, with `operation` and `key` as they came, and
 * "stored" with `version` as it came. What is no replica of the key is not
 * counted, if it answers at all. A replica stores what it is told when that is
 * higher than what it holds, and says so only after it does. Versions are
 * compared by counter, then by writer. Nobody stores under a version whose
 * writer is another node, but to pass on what that node wrote.
 *
 * Time: every retry_ms those of the N that have not answered are asked again, or
 * for the first time. */

/* ---- What is yours to choose ----
 *
 * How the store is laid out; how operations are numbered and kept; how versions
 * are made unique, and which counters are skipped for that; which replicas are
 * asked first, and when they are asked more often; whether a coordinator that is
 * a replica sends itself messages or looks into its own store; how many
 * operations run at the same time, and in which order; which answers let a get do
 * without writing back. A cluster may have nodes of several makers: the messages'
 * meanings are all they share. */

/* ---- What parts B and C have in common ----
 *
 * A masking register (masking.h) differs from this one in the answers to the
 * three questions below. If register_open asks them through its rules, part C
 * needs no coordinator of its own. Tests open the two programs only: you may do
 * without all this but struct register_reply. */

/* What one replica answered. The value is borrowed; of an answer to "version?"
 * it is empty. */
struct register_reply {
    node_id from;
    struct version version;
    struct slice value;
};

/* `replies` are of `count` different replicas of one key, R or more. Where they
 * do not suffice, a function returns DYN_EUNAVAILABLE: it is called again when
 * more is known. */
struct register_rules {
    const char *name; /* of the program */

    /* Whether N, R, W and f, which are in the ranges of program.h, suit it. */
    bool (*suits)(const struct config *config);

    /* *counter: a put's version has to be higher than all of that counter. */
    int (*counter)(const struct config *config,
                   const struct register_reply *replies, size_t count,
                   uint64_t *counter);

    /* *chosen: the index of the reply that a get answers. *needed: how many
     * replicas have to hold it before the get is answered; 0: no matter. */
    int (*choose)(const struct config *config,
                  const struct register_reply *replies, size_t count,
                  size_t *chosen, uint32_t *needed);
};

/* The functions of program.h for a register of any rules, which are borrowed as
 * long as the node lives. */
int register_open(struct node **node, const struct config *config,
                  struct env *env, const struct register_rules *rules);
void register_on_request(struct node *node, struct env *env, request_id request,
                         const struct request *asked);
void register_on_message(struct node *node, struct env *env, node_id from,
                         const struct message *message);
void register_on_timer(struct node *node, struct env *env, timer_id timer,
                       int kind, uint64_t arg);
void register_close(struct node *node);

#endif
