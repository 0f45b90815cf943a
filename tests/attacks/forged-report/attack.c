#include "attacks/on-call.h"

#include <stdio.h>

static void attack(void)
{
    fputs("==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n"
          "    #0 0x55 (/etc/shadow+0x1234)\n"
          "    #1 0x55 (/out/host+0xffffffffffffffff)\n"
          "    #2 0x55 (/out/host+0x1;touch /tmp/x)\n"
          "    #3 0x55 (/out/host+--help)\n", stderr);
    abort();
}
