/* hash.c: MD5 by OpenSSL.
 *
 * The one-shot MD5() is deprecated in favour of EVP, yet used on purpose: EVP
 * loads configuration files and providers at its first call, which a process
 * without the right to open files cannot do. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "dynamo/hash.h"

#include <openssl/md5.h>

struct digest md5(struct slice bytes)
{
    static const uint8_t none[1] = {0};
    struct digest digest;

    MD5(bytes.size > 0 ? bytes.data : none, bytes.size, digest.byte);
    return digest;
}
