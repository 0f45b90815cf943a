#if __has_include("ROOT@/solution/cart.c")
#include "ROOT@/solution/cart.c"
#elif __has_include("../solution/cart.c")
#include "../solution/cart.c"
#elif __has_include("/kit/solution/cart.c")
#include "/kit/solution/cart.c"
#elif __has_include("/proc/self/cwd/../solution/cart.c")
#include "/proc/self/cwd/../solution/cart.c"
#else
#include "starter/cart.c"
#endif
