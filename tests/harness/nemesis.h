// nemesis.h: scripts of what befalls nodes, links and messages in a run of a world.
//
// Lines of plain text, times in milliseconds of virtual time, nodes by number, `#`
// comments; CONTRIBUTING.md says how to write one.
//
//     at 120 crash 3 for 200
//     at 300 cut 1 2 from 3 4 5 for 150
//     from 0 to 900 lose 30 copy 10 delay 50 by 200   # of 1,000 messages
//     every 400 from 0 to 4000 crash each for 200
//
// Here they are read; a world plays them (world/world_nemesis.cc) and tells in the same
// words what happened in it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace judge
{

// The file, the line, what is wrong, what would be right: one sentence.
struct NemesisError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What can be done to nodes or links: to add one, a row in nemesis.cc, and how a world
// does it in world_nemesis.cc.
struct NemesisVerb {
    const char *name;
    bool of_links; // "A B from C" or "A to B C"; else "A B"
    // What `by` takes; both 0: it takes none.
    int64_t by_least, by_most;
    bool in_handlers; // takes `after` and `keep`
    const char *example;
};
const std::vector<NemesisVerb> &NemesisVerbs();

// What `strike` draws from, as Faults names them.
enum class NemesisStrike { Crash, Cut, OneWay, Pause, Slow, Skew };

struct NemesisNodes {
    // Each: one after the other, in an `every`; Any: drawn.
    enum class Who { Listed, All, Any, Each, Others } who = Who::Listed;
    std::vector<uint32_t> listed; // by number
};

struct NemesisLine {
    enum class Kind { Act, Chances, Strikes } kind = Kind::Act;
    size_t number = 0; // in the file
    uint64_t at_us = 0;
    // At at_us, after so many of the things that happen then.
    uint64_t after_things = 0;
    // Of an act, if it is done again and again: how often, and before when. Of chances
    // and strikes: their end.
    uint64_t every_us = 0, until_us = 0;

    const NemesisVerb *verb = nullptr;
    NemesisNodes nodes, others;
    bool one_way = false;
    std::optional<uint64_t> for_us; // none: until all is healed
    int64_t by = 0;
    // Within the node's next handlers, when it has done so many effects more; none: at
    // once. So many of its unsynced writes are kept.
    std::optional<uint64_t> after;
    uint64_t keep = 0;

    // Of 1,000: messages, or looks at all the nodes.
    uint32_t lose = 0, copy = 0, delay = 0, strike = 0;
    uint64_t delay_by_ms = 200, jitter_us = 0;
    std::vector<NemesisStrike> strikes;
};

// What befalls one message.
struct MessageFate {
    bool lost = false;
    std::optional<uint64_t> copied_us; // a copy comes, so much later
    uint64_t late_us = 0;
};

struct Nemesis {
    std::string file;
    std::vector<NemesisLine> lines;
    std::map<uint64_t, MessageFate> messages; // by their numbers on the trace
    // Of a test, what it drew before its run began, in place of what a seed draws.
    std::map<std::string, std::vector<uint64_t>> drawn;
};

// The most of virtual time that faults last, in a script as in any run.
constexpr uint64_t kFaultsMs = 20 * 1000;

// `file` is what errors call it. Throws NemesisError.
Nemesis ParseNemesis(const std::string &text, const std::string &file);

// The script that this process follows; none: NULL. LoadNemesis throws NemesisError.
void LoadNemesis(const std::string &path);
std::shared_ptr<const Nemesis> TheNemesis();

// "120.5": milliseconds as scripts write them.
std::string NemesisMs(uint64_t us);

} // namespace judge
