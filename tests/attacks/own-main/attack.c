#include "starter/ring.c"

int main(void)
{
    return 0;
}
