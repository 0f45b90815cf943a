#include "harness/columns.h"

#include <algorithm>

namespace judge
{
namespace
{

// Where a text that is too long for `room` columns is best broken: after the
// last space that leaves most of the line filled, else where the line is full.
size_t BreakAt(const std::string &text, size_t room)
{
    size_t at = 0, columns = 0, space = 0;

    for (; at < text.size(); at++) {
        if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80 &&
            columns++ == room)
            break;
        if (text[at] == ' ' && columns > room / 2)
            space = at + 1;
    }
    return at == text.size() || space == 0 ? at : space;
}

} // namespace

size_t Width(const std::string &text)
{
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        }));
}

std::string Right(const std::string &text, size_t width)
{
    return std::string(width - std::min(width, Width(text)), ' ') + text;
}

std::string Left(const std::string &text, size_t width)
{
    return text + std::string(width - std::min(width, Width(text)), ' ');
}

std::string Paragraph(const std::string &first, std::string text,
                      size_t columns)
{
    const size_t indent = Width(first);
    const size_t room = columns - std::min(indent, columns - 20);
    std::string out = first;

    while (Width(text) > room) {
        const size_t at = BreakAt(text, room);
        std::string line = text.substr(0, at);

        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n" + std::string(indent, ' ');
        text.erase(0, at);
    }
    out += text;
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
}

} // namespace judge
