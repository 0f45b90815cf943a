#include "harness/bytes.h"

#include "harness/violation.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <openssl/evp.h>

namespace judge
{

std::string ShowBytes(const std::string &bytes)
{
    std::string text = std::to_string(bytes.size()) + " bytes";
    char hex[4];

    for (size_t i = 0; i < bytes.size() && i < 64; i++) {
        std::snprintf(hex, sizeof hex, "%02x",
                      static_cast<unsigned char>(bytes[i]));
        text += (i % 4 == 0 ? " " : "") + std::string(hex);
    }
    return text + (bytes.size() > 64 ? " ..." : "");
}

std::string ShowValue(const std::string &value)
{
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
        return std::isprint(static_cast<unsigned char>(c)) && c != '\'';
    });

    if (value.size() > 16)
        return std::to_string(value.size()) + " bytes";
    return plain ? "'" + value + "'" : ShowBytes(value);
}

std::string BigEndian(uint64_t number, int size)
{
    std::string bytes;

    for (int i = size - 1; i >= 0; i--)
        bytes += static_cast<char>(number >> (8 * i));
    return bytes;
}

Digest Md5(const std::string &bytes)
{
    // Looked up once: that takes longer than a digest.
    static const EVP_MD *const method = EVP_MD_fetch(nullptr, "MD5", nullptr);
    Digest digest = {};
    unsigned size = 0;

    if (method == nullptr ||
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, method,
                   nullptr) != 1 ||
        size != digest.size())
        throw InfraError("OpenSSL offers no MD5 here");
    return digest;
}

} // namespace judge
