// history.h: what the clients of a run asked and what they were told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

constexpr uint64_t kNever = UINT64_MAX;

// One operation. Positions in the run are unique over all invocations and
// returns: an operation that returned before another was invoked precedes it,
// and two of which neither precedes the other are concurrent.
struct Operation {
    int id = 0;
    int client = 0; // negative: the test itself
    bool is_put = false;
    std::string key;
    std::string value;               // what a put puts
    std::vector<std::string> values; // what a get returned; none: never written
    uint64_t invoked = 0;
    uint64_t returned = kNever; // kNever: no answer
    // DYN_OK or an error. A put without an answer or with an error may have
    // taken effect, may do so at any later time, or never.
    int code = 0;
    uint32_t node = 0; // the coordinator
    // Of a put: the get whose context it carried, by its id. None: it carried
    // no context, as if its client had read nothing.
    std::optional<int> context_of;
    // Of a simulated run, in virtual time: for measuring, no checker looks.
    uint64_t invoked_us = 0, returned_us = 0;
};

using History = std::vector<Operation>;

// What a checker found. Where several keys or operations break the rule, it
// tells of the one that shows first.
struct Finding {
    enum class Verdict { Holds, Broken, Undecided };

    Verdict verdict = Verdict::Holds;
    std::string rule; // what must hold, a sentence
    std::string text; // what breaks it, or why that is unknown; else empty
    std::vector<int> operations; // ids, the one that shows it first
    std::optional<uint64_t> at;  // the position where it shows
    std::string
        pattern; // the name of a well-known case ("stale read"), or empty
};

// That the rule is broken, by what `text` tells.
Finding Broken(const std::string &rule, const std::string &text);

// Whether it was answered DYN_OK.
bool Succeeded(const Operation &operation);

// Whether `first` is known to have been over when `second` was invoked. A put
// whose outcome is unknown never is.
bool Precedes(const Operation &first, const Operation &second);

// ---- Words for texts ----

// "a": one line, harmless on a terminal, cut where it is long.
std::string Quoted(const std::string &bytes);
std::string At(uint64_t event);                   // #12
std::string Numbered(const Operation &operation); // op 3
std::string Name(const Operation &operation);     // op 3 (put x "b")
// op 3 (put x "b") by client 1 at n2; op 5 (get x) by client 2 at n1
std::string Told(const Operation &operation);
std::string Outcome(const Operation &get); // "a"; nothing (never written)
std::string Count(size_t number, const char *noun); // 1 get; 3 gets

// "put 1, get 2 and put 3"; beyond `most` the rest is counted.
std::string Listed(const std::vector<std::string> &words, size_t most = 8);

} // namespace judge
