/* sloppy.c: spare nodes are counted first, then given away. */
#include "dynamo/sloppy.h"

#include "dynamo/err.h"

int sloppy_targets(const node_id *list, const bool *suspected, size_t count,
                   size_t n, struct target *targets)
{
    size_t spare = 0, places = 0, taken = 0;

    if (!list || !suspected || !targets || !n || count < n)
        return DYN_EINVAL;
    for (size_t i = n; i < count; i++)
        spare += !suspected[i];
    for (size_t i = 0; i < n; i++) {
        places += suspected[i];
        targets[i].node = targets[i].owner = list[i];
    }
    if (places > spare)
        places = spare;
    for (size_t i = 0; i < n && taken < places; i++) {
        size_t at = n, skip = taken;

        if (!suspected[i])
            continue;
        while (suspected[at] || skip > 0)
            skip -= !suspected[at++];
        targets[i].node = list[at];
        taken++;
    }
    return DYN_OK;
}
