#include "check/history.h"

#include "harness/contract.h"
#include "harness/diagnosis.h"

#include <algorithm>

namespace judge
{
namespace
{

constexpr size_t kShown = 60; // bytes of a key or a value, as in traces

// As in the story of a trace: bare where that cannot be misread.
std::string BareKey(const std::string &key)
{
    const std::string quoted = Quoted(key);
    const bool bare = !key.empty() && quoted.size() == key.size() + 2 &&
                      key.find_first_of(" \",:;()[]") == std::string::npos;

    return bare ? key : quoted;
}

} // namespace

Finding Broken(const std::string &rule, const std::string &text)
{
    return {Finding::Verdict::Broken, rule, text, {}, {}, ""};
}

bool Succeeded(const Operation &operation)
{
    return operation.returned != kNever && operation.code == DYN_OK;
}

bool Precedes(const Operation &first, const Operation &second)
{
    return Succeeded(first) && first.returned < second.invoked;
}

std::string Quoted(const std::string &bytes)
{
    std::string text = "\"";

    for (const char c : Printable(bytes.substr(0, kShown)))
        text += c == '\n' ? "\\x0a" : c == '\t' ? "\\x09" : std::string(1, c);
    if (bytes.size() > kShown)
        text += "...(" + std::to_string(bytes.size()) + " bytes)";
    return text + "\"";
}

std::string At(uint64_t event)
{
    return "#" + std::to_string(event);
}

std::string Numbered(const Operation &operation)
{
    return "op " + std::to_string(operation.id);
}

std::string Name(const Operation &operation)
{
    return Numbered(operation) + " (" + (operation.is_put ? "put " : "get ") +
           BareKey(operation.key) +
           (operation.is_put ? " " + Quoted(operation.value) : "") + ")";
}

std::string Told(const Operation &operation)
{
    return Name(operation) +
           (operation.client < 0
                ? " by the test"
                : " by client " + std::to_string(operation.client)) +
           " at n" + std::to_string(operation.node);
}

std::string Outcome(const Operation &get)
{
    std::vector<std::string> words;

    for (const std::string &value : get.values)
        words.push_back(Quoted(value));
    return words.empty() ? "nothing (never written)" : Listed(words);
}

std::string Count(size_t number, const char *noun)
{
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string Listed(const std::vector<std::string> &words, size_t most)
{
    const size_t shown = std::min(words.size(), most);
    const size_t more = words.size() - shown;
    std::string text;

    for (size_t i = 0; i < shown; i++) {
        if (i > 0)
            text += more == 0 && i + 1 == shown ? " and " : ", ";
        text += words[i];
    }
    if (more > 0)
        text += " and " + std::to_string(more) + " more";
    return text;
}

} // namespace judge
