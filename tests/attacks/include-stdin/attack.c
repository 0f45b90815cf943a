#include "/dev/stdin"
#include "starter/ring.c"
