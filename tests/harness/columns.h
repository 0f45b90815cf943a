// columns.h: text for a terminal, 100 columns wide.
#pragma once

#include <cstddef>
#include <string>

namespace judge
{

constexpr size_t kColumns = 100;

// Columns that a text takes: its characters.
size_t Width(const std::string &text);

// Filled up with spaces to `width` columns; what is wider stays as it is.
std::string Right(const std::string &text, size_t width);
std::string Left(const std::string &text, size_t width);

// One paragraph, its later lines indented as far as the end of `first`.
std::string Paragraph(const std::string &first, std::string text,
                      size_t columns = kColumns);

} // namespace judge
