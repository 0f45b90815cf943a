#include "harness/world/trace_log.h"

#include <cstdio>
#include <sstream>

namespace judge
{
namespace
{

constexpr size_t kShown = 60; // bytes of a key or value

void Escape(std::string *out, std::string_view bytes)
{
    char code[8];

    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);

        if (byte >= 0x20 && byte < 0x7f && c != '\\') {
            *out += c;
        } else {
            std::snprintf(code, sizeof code, "\\x%02x", byte);
            *out += code;
        }
    }
}

} // namespace

std::string TraceBytes(std::string_view bytes)
{
    std::string text;

    Escape(&text, bytes.substr(0, kShown));
    if (bytes.size() > kShown)
        text += "...(" + std::to_string(bytes.size()) + " bytes)";
    return text;
}

std::vector<std::string> PrintedNotes(const std::string &printed)
{
    constexpr size_t kLines = 20, kBytes = 500; // as of a note of its own
    std::vector<std::string> notes;
    size_t lines = 0;
    std::istringstream in(printed);

    for (std::string line; std::getline(in, line);)
        if (++lines < kLines)
            notes.push_back(kPrints + line.substr(0, kBytes));
    if (lines >= kLines)
        notes.push_back(kPrints +
                        ("and " + std::to_string(lines - kLines + 1)) +
                        " lines more");
    return notes;
}

std::string JsonString(std::string_view text)
{
    std::string out = "\"";
    char code[8];

    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);

        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
            std::snprintf(code, sizeof code, "\\u%04x", byte);
            out += code;
        } else {
            out += c;
        }
    }
    return out + '"';
}

TraceLog::Line &TraceLog::Line::Name(const char *name)
{
    *text_ += ",\"";
    *text_ += name;
    *text_ += "\":";
    return *this;
}

TraceLog::Line &TraceLog::Line::Number(const char *name, uint64_t value)
{
    if (text_ != nullptr)
        *Name(name).text_ += std::to_string(value);
    return *this;
}

TraceLog::Line &TraceLog::Line::Signed(const char *name, int64_t value)
{
    if (text_ != nullptr)
        *Name(name).text_ += std::to_string(value);
    return *this;
}

TraceLog::Line &TraceLog::Line::Text(const char *name, std::string_view value)
{
    if (text_ != nullptr)
        *Name(name).text_ += JsonString(TraceBytes(value));
    return *this;
}

TraceLog::Line &TraceLog::Line::Whole(const char *name, std::string_view value)
{
    if (text_ != nullptr)
        *Name(name).text_ += JsonString(value);
    return *this;
}

TraceLog::Line &TraceLog::Line::Version(const char *name, const version &value)
{
    if (text_ != nullptr)
        *Name(name).text_ += "\"" + std::to_string(value.counter) + "." +
                             std::to_string(value.writer) + "\"";
    return *this;
}

TraceLog::Line &TraceLog::Line::Raw(const char *name, const std::string &json)
{
    if (text_ != nullptr)
        *Name(name).text_ += json;
    return *this;
}

TraceLog::Line TraceLog::Begin(const std::string &head)
{
    text_ += "{\"trace\":1" + head;
    return {&text_};
}

TraceLog::Line TraceLog::Event(const char *kind, uint64_t time_us)
{
    const uint64_t number = next_++;

    if (!on_)
        return {nullptr};
    text_ += "{\"i\":" + std::to_string(number) +
             ",\"t\":" + std::to_string(time_us) + ",\"e\":\"" + kind + "\"";
    return {&text_};
}

TraceLog::Line TraceLog::Event(const char *kind, uint64_t time_us, node_id node)
{
    const uint64_t number = next_++;

    if (!on_)
        return {nullptr};
    text_ += "{\"i\":" + std::to_string(number) +
             ",\"t\":" + std::to_string(time_us) + ",\"e\":\"" + kind +
             "\",\"n\":" + std::to_string(node);
    return {&text_};
}

} // namespace judge
