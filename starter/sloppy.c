/* sloppy.c: who holds the replicas of a key while owners do not answer.
 *
 * Interface: dynamo/sloppy.h.
 */
#include "dynamo/sloppy.h"

#include "dynamo/err.h"

int sloppy_targets(const node_id *list, const bool *suspected, size_t count,
                   size_t n, struct target *targets)
{
    (void)list;
    (void)suspected;
    (void)count;
    (void)n;
    (void)targets;
    return DYN_ETODO;
}
