// bytes.h: bytes as contracts lay them down, and in words.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace judge
{

std::string ShowBytes(const std::string &bytes); // "4 bytes 00000000"
// 'tea', or how many bytes if it is long, or their digits if they are no text.
std::string ShowValue(const std::string &value);
// The lowest bytes of a number, the most significant first.
std::string BigEndian(uint64_t number, int size);

using Digest = std::array<unsigned char, 16>; // ordered as numbers are

Digest Md5(const std::string &bytes);

} // namespace judge
