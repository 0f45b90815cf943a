// options.h: what the judge's command line says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

struct Options {
    std::string host; // the program that holds student code
    std::string
        peers; // the host of every second node of a world; empty: the same
    std::vector<std::string> wrap;        // argv put before it (a sandbox)
    std::vector<std::string> symbolizer;  // argv that addresses are appended to
    std::string lab;                      // path of lab.toml
    std::string results;                  // JSON Lines, one a test; empty: none
    std::string steps = "build/failures"; // where scripts of failures go
    std::string source;                   // SRC, for the commands we print
    std::string trace;  // with --case: the run's trace goes to this file
    std::string direct; // the program that explores; empty: none
    // In that program (explore.h): which cases.
    bool explore = false;
    uint64_t first = 0;
    std::string nemesis; // a script that worlds follow (nemesis.h); empty: none
    uint64_t cases = 0;  // elsewhere: instead of the number that a test has
    uint64_t seed = 0;
    bool seed_given = false;
    std::optional<uint64_t> only_case;
    // The first failure may be made simpler for so long, the second for half of that,
    // the third for a third: nobody waits for the tenth.
    uint64_t shrink_s = 20;
    bool quiet = false;
};

const Options &TheOptions();

// Takes our flags out of argv, as GoogleTest does with its own. On a wrong one
// prints a sentence and exits with status 3.
void ParseOptions(int *argc, char **argv);

} // namespace judge
