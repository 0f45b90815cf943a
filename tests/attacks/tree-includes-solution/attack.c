#if __has_include("ROOT@/solution/merkle.c")
#include "ROOT@/solution/merkle.c"
#elif __has_include("../solution/merkle.c")
#include "../solution/merkle.c"
#elif __has_include("/kit/solution/merkle.c")
#include "/kit/solution/merkle.c"
#elif __has_include("/proc/self/cwd/../solution/merkle.c")
#include "/proc/self/cwd/../solution/merkle.c"
#else
#include "starter/merkle.c"
#endif
