/* nursery.h: one process that hosts are forked from.
 *
 * To begin a process under the address sanitizer and within a sandbox takes far
 * longer than most tests. So the judge begins one, the nursery, which runs none of the
 * student's functions; each host is a fork of it, made as the nursery was at its
 * beginning, and all hosts of a nursery share nothing that one of them could write.
 *
 * The judge and the nursery talk over a pair of SOCK_SEQPACKET sockets, a packet a
 * request. Answers come in the order of the requests, 4 bytes each (an int):
 *
 *     'F' and four descriptors    forks a host with these: the calls to it, its
 *                                 answers, its output, its complaints. The answer is
 *                                 the host's process number as the nursery sees it,
 *                                 or a negative errno
 *     'W' and a process number    waits for the end of that host, and answers with
 *                                 its status as waitpid tells it, or -ECHILD */
#ifndef HOST_NURSERY_H
#define HOST_NURSERY_H

/* Where a host finds its channel. */
enum { HOST_CALLS = 3, HOST_ANSWERS = 4 };

/* Serves requests on the socket `control`. Returns in each host that is forked, with
 * the channel at the descriptors above, its output at 1 and its complaints at 2, and
 * no other descriptor but 0 open. In the nursery itself it never returns: the process
 * ends, and every host with it, when the judge closes its end. */
void nursery_serve(int control);

#endif
