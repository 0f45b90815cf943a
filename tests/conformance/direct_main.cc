// direct_main.cc: the program conformance-direct, which holds simulator and
// nodes together, plays a script and prints what clients were told.
//
//     conformance-direct SCRIPT SEED
#include "conformance/scripts.h"
#include "conformance/simulated_stage.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: conformance-direct SCRIPT SEED\n");
        return 3;
    }
    std::vector<judge::Script> scripts = judge::Scripts();
    for (const auto &more : {judge::VersionScripts(), judge::FailureScripts()})
        scripts.insert(scripts.end(), more.begin(), more.end());
    for (const judge::Script &script : scripts)
        if (script.Name() == argv[1]) {
            const uint64_t seed = std::strtoull(argv[2], nullptr, 0);

            std::fputs(
                judge::Encode(judge::PlaySimulated(script, seed)).c_str(),
                stdout);
            return 0;
        }
    std::fprintf(stderr,
                 "conformance-direct: no script '%s'; build it and "
                 "conformance-test from the same files\n",
                 argv[1]);
    return 3;
}
