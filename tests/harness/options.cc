#include "harness/options.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

namespace judge
{
namespace
{

Options options;

[[noreturn]] void Refuse(const std::string &sentence)
{
    std::fprintf(stderr, "judge: %s\n", sentence.c_str());
    std::exit(3);
}

uint64_t Number(const std::string &flag, const std::string &text)
{
    char *end = nullptr;

    errno = 0;
    const uint64_t value = std::strtoull(text.c_str(), &end, 0);
    if (text.empty() || text[0] < '0' || text[0] > '9' || *end != '\0' ||
        errno != 0)
        Refuse(flag + " takes a number such as 42 or 0x2a, not '" + text + "'");
    return value;
}

} // namespace

const Options &TheOptions()
{
    return options;
}

void ParseOptions(int *argc, char **argv)
{
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        const std::string argument = argv[i];
        const size_t equals = argument.find('=');
        const std::string flag = argument.substr(0, equals);
        const std::string value =
            equals == std::string::npos ? "" : argument.substr(equals + 1);

        if (flag == "--host")
            options.host = value;
        else if (flag == "--wrap")
            options.wrap.push_back(value);
        else if (flag == "--symbolizer")
            options.symbolizer.push_back(value);
        else if (flag == "--lab")
            options.lab = value;
        else if (flag == "--results")
            options.results = value;
        else if (flag == "--steps")
            options.steps = value;
        else if (flag == "--source")
            options.source = value;
        else if (flag == "--seed") {
            options.seed = Number(flag, value);
            options.seed_given = true;
        } else if (flag == "--case")
            options.only_case = Number(flag, value);
        else if (flag == "--direct")
            options.direct = value;
        else if (flag == "--peers")
            options.peers = value;
        else if (flag == "--trace")
            options.trace = value;
        else if (flag == "--nemesis")
            options.nemesis = value;
        else if (flag == "--explore")
            options.explore = true;
        else if (flag == "--first")
            options.first = Number(flag, value);
        else if (flag == "--cases")
            options.cases = Number(flag, value);
        else if (flag == "--shrink-s")
            options.shrink_s = Number(flag, value);
        else if (flag == "--quiet")
            options.quiet = true;
        else
            argv[kept++] = argv[i];
    }
    for (int i = 1; i < kept; i++)
        if (std::strncmp(argv[i], "--gtest_", 8) != 0)
            Refuse(std::string("no flag '") + argv[i] + "' is known");
    *argc = kept;
    argv[kept] = nullptr;
    if (!options.seed_given) {
        std::random_device device;
        options.seed = (uint64_t{device()} << 32 | device()) & 0xffffffffffff;
    }
    if (options.symbolizer.empty())
        options.symbolizer = {"addr2line", "-f", "-p", "-e", options.host};
}

} // namespace judge
