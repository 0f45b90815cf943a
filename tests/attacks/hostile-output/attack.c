#include "attacks/on-call.h"

#include <stdio.h>

static void attack(void)
{
    puts("\033[2J\033[H\033]0;owned\007\033[31m"
         "</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>\n"
         "=HYPERLINK(\"http://example.invalid\",\"click\")\n@SUM(1+1)*cmd|' /C'!A0\n"
         "\xff\xfe\xc0\x80\xed\xa0\x80 \xe2\x80\xae txet ]]> &quot; {{7*7}}");
    fputs("=1+1\n\033[1A\033[2K[  PASSED  ]\n", stderr);
    abort();
}
