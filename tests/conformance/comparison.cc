#include "conformance/comparison.h"

#include <algorithm>
#include <cstdio>

namespace judge
{
namespace
{

constexpr int kActionWidth = 40, kWorldWidth = 10;

std::string Padded(const std::string &text, int width)
{
    const size_t wanted = static_cast<size_t>(width);

    return text.size() >= wanted
               ? text
               : text + std::string(wanted - text.size(), ' ');
}

// What a world told as its nth answer.
Result Nth(const Transcript &transcript, size_t nth)
{
    return nth < transcript.told.size() ? transcript.told[nth] : "-";
}

bool Agree(const Action &action, const Transcripts &worlds, size_t nth)
{
    return std::all_of(worlds.begin(), worlds.end(), [&](const auto &world) {
        return nth >= world.second.told.size() ||
               world.second.told[nth] == action.expected;
    });
}

// "  ! 12  get "x" at node 1                     expected   "a""
std::string Line(const char *mark, size_t number, const Action &action)
{
    char head[32];

    std::snprintf(head, sizeof head, "%3s %3zu  ", mark, number);
    return head + action.Show();
}

std::string Disagreement(size_t number, const Action &action,
                         const Transcripts &worlds, size_t nth)
{
    const std::string indent(9, ' ');
    std::string text = Line("!", number, action) + "\n";

    text += indent + Padded("expected", kWorldWidth) + action.expected + "\n";
    for (const auto &[name, transcript] : worlds)
        text +=
            indent + Padded(name, kWorldWidth) + Nth(transcript, nth) + "\n";
    return text;
}

} // namespace

std::string Differences(const Script &script, const Transcripts &worlds)
{
    std::string text;
    size_t number = 0, nth = 0;
    bool differ = false;

    for (const Action &action : script.Actions()) {
        number++;
        if (!action.HasAnswer()) {
            text += Line("", number, action) + "\n";
        } else if (Agree(action, worlds, nth++)) {
            text += Padded(Line("", number, action), kActionWidth + 9) +
                    action.expected + "\n";
        } else {
            text += Disagreement(number, action, worlds, nth - 1);
            differ = true;
        }
    }
    for (const auto &[name, transcript] : worlds) {
        if (!transcript.broke.empty())
            text +=
                "The " + name + " world broke down: " + transcript.broke + "\n";
        else if (transcript.told.size() != nth)
            text += "The " + name + " world told " +
                    std::to_string(transcript.told.size()) +
                    " answers; the script asks for " + std::to_string(nth) +
                    "\n";
        else
            continue;
        differ = true;
    }
    return differ ? script.Name() + ": clients are not told the same:\n" + text
                  : "";
}

} // namespace judge
