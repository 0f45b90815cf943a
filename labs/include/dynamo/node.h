/* node.h: the name of a node. */
#ifndef DYNAMO_NODE_H
#define DYNAMO_NODE_H

#include <stdint.h>

/* Every physical node of a store has a number of its own, for ever.
 * All 2^32 values are legal. */
typedef uint32_t node_id;

#endif
