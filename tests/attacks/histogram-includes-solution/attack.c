#if __has_include("ROOT@/solution/histogram.c")
#include "ROOT@/solution/histogram.c"
#elif __has_include("../solution/histogram.c")
#include "../solution/histogram.c"
#elif __has_include("/kit/solution/histogram.c")
#include "/kit/solution/histogram.c"
#elif __has_include("/proc/self/cwd/../solution/histogram.c")
#include "/proc/self/cwd/../solution/histogram.c"
#else
#include "starter/histogram.c"
#endif
