/* sloppy.c: who holds the replicas of a key while owners do not answer.
 *
 * Interface: dynamo/sloppy.h.
 */
#include "dynamo/sloppy.h"

#include "dynamo/err.h"

int sloppy_targets(const node_id *list, const bool *suspected, size_t count,
                   size_t n, struct target *targets)
{
    /* @solution */
    size_t next = n; /* who may stand in */

    if (list == NULL || suspected == NULL || targets == NULL || n == 0 ||
        n > count)
        return DYN_EINVAL;
    for (size_t i = 0; i < n; i++) {
        targets[i] = (struct target){list[i], list[i]};
        if (!suspected[i])
            continue;
        while (next < count && suspected[next])
            next++;
        if (next < count)
            targets[i].node = list[next++];
    }
    return DYN_OK;
    /* @starter
    (void)list;
    (void)suspected;
    (void)count;
    (void)n;
    (void)targets;
    return DYN_ETODO;
    @end */
}
