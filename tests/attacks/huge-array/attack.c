#include "starter/ring.c"

const char large[1u << 30] = {1};
