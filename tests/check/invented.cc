#include "check/invented.h"

#include "check/key_history.h"

namespace judge
{
namespace
{

const char kRule[] = "a get returns only what some put of that key wrote";

// Where else the value comes from: often the clue to the mistake.
std::string Elsewhere(const std::map<std::string, KeyHistory> &keys,
                      const std::string &value)
{
    for (const auto &[name, key] : keys)
        for (const Operation *put : key.PutsOf(value))
            return ", but " + Name(*put) + " did under key " + Quoted(name);
    return "";
}

} // namespace

Finding NothingInvented(const History &history)
{
    const auto keys = SplitByKey(history);
    Finding first = {Finding::Verdict::Holds, kRule, "", {}, {}, ""};

    for (const auto &[name, key] : keys)
        for (const Operation *get : key.Gets()) {
            if (!Succeeded(*get))
                continue;
            for (const std::string &value : get->values) {
                auto finding = Invented(kRule, key, *get, value);

                if (!finding || (first.at && *first.at <= *finding->at))
                    continue;
                if (finding->pattern == "invented value")
                    finding->text += Elsewhere(keys, value);
                first = *finding;
            }
        }
    return first;
}

} // namespace judge
