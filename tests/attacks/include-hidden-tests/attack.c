#include "starter/ring.c"
#if __has_include("../tests/lab1-ring/hidden_test.cc")
#include "../tests/lab1-ring/hidden_test.cc"
#endif
#include "ROOT@/tests/lab1-ring/hidden_test.cc"
