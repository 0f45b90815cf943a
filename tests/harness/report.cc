#include "harness/report.h"

#include "harness/options.h"
#include "harness/trial.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace judge
{
namespace
{

LabFile lab;
std::FILE *results = nullptr;
std::map<std::string, std::pair<double, double>> points; // part: got, of
int passed = 0, failed = 0, broken = 0, hunts = 0;
int stories = 0;            // told so far
constexpr int kStories = 5; // told in full

bool Colour()
{
    static const bool terminal = isatty(STDOUT_FILENO) != 0;

    return terminal;
}

// Of a story: what was seen, and where the picture is.
void PrintInShort(const std::string &story)
{
    std::istringstream in(story);
    bool telling = false;

    for (std::string line; std::getline(in, line);) {
        const bool goes_on = line.rfind("            ", 0) == 0;

        telling = goes_on ? telling
                          : line.rfind("  Seen", 0) == 0 ||
                                line.rfind("  Picture", 0) == 0;
        if (telling)
            std::printf("      %s\n", line.c_str());
    }
}

// What a story says in its line of that name, or nothing.
std::string LineOf(const std::string &story, const std::string &name)
{
    const std::string head = "\n  " + name;
    const size_t at = story.find(head);
    const size_t begin = at == std::string::npos
                             ? at
                             : story.find_first_not_of(' ', at + head.size());

    return begin == std::string::npos
               ? ""
               : story.substr(begin, story.find('\n', begin) - begin);
}

// A function, or a program's open, says that it is not written yet.
bool SeesTodo(const std::string &story)
{
    return LineOf(story, "Seen").find("DYN_ETODO") != std::string::npos;
}

// Which one, where the story tells: "  (merkle_open)".
std::string TodoOf(const std::string &story)
{
    static const std::regex fails("(\\w+) fails$"),
        gives("^(\\w+_\\w+) gives ");
    const std::string seen = LineOf(story, "Seen"),
                      expected = LineOf(story, "Expected");
    std::smatch match;

    return std::regex_search(seen, match, fails) ||
                   std::regex_search(expected, match, gives)
               ? "  (" + match.str(1) + ")"
               : "";
}

bool WentWell(const Verdict &v)
{
    return v.verdict == "passed" || v.verdict == "found";
}

void PrintLine(const Verdict &v, const GradedTest &test)
{
    const bool todo = SeesTodo(v.message);
    const char *mark = v.verdict == "passed"   ? "ok"
                       : v.verdict == "found"  ? "found"
                       : todo                  ? "todo"
                       : v.kind == "not found" ? "none"
                       : v.verdict == "failed" ? "FAIL"
                                               : "????";
    const char *colour = WentWell(v) ? "\033[32m" : "\033[31m";

    std::printf("  %s%-4s%s  ", Colour() ? colour : "", mark,
                Colour() ? "\033[0m" : "");
    if (!v.hunt)
        std::printf("%s  %4g p  ", test.part.c_str(), test.points);
    std::printf("%s%s\n", v.test.c_str(),
                todo ? TodoOf(v.message).c_str() : "");
    if (!v.remark.empty())
        std::printf("        %s\n", v.remark.c_str());
    // Who has much to do reads the first few; the others are one command away.
    if (todo)
        return; // a function is not written yet: no story
    if (!v.message.empty() && stories++ < kStories)
        std::printf("\n%s\n", v.message.c_str());
    else
        PrintInShort(v.message);
    if (std::fflush(stdout) == 0)
        return;
    if (errno != EPIPE) // else whoever read this has seen enough
        std::fprintf(stderr, "judge: what it prints cannot be written: %s\n",
                     std::strerror(errno));
    EndProcesses();
    std::_Exit(3);
}

void WriteResult(const Verdict &v)
{
    char seed[24];

    std::snprintf(seed, sizeof seed, "0x%" PRIx64, v.seed);
    const nlohmann::json line = {{"test", v.test},    {"verdict", v.verdict},
                                 {"kind", v.kind},    {"message", v.message},
                                 {"seed", seed},      {"ms", v.ms},
                                 {"events", v.events}};
    const std::string text =
        line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
        "\n";

    if (std::fwrite(text.data(), 1, text.size(), results) != text.size() ||
        std::fflush(results) != 0) {
        std::fprintf(stderr, "judge: %s cannot be written; is the disk full?\n",
                     TheOptions().results.c_str());
        EndProcesses();
        _exit(3);
    }
}

void PrintPoints()
{
    double hidden = 0;

    std::printf("\n");
    for (const Part &part : lab.parts) {
        hidden += part.hidden_points;
        if (points.count(part.id))
            std::printf("  Part %s  %-44s %4g of %g points\n", part.id.c_str(),
                        part.title.c_str(), points[part.id].first,
                        points[part.id].second);
    }
    if (hidden > 0)
        std::printf("  Tests that are not handed out will count for %g "
                    "points more.\n",
                    hidden);
    std::printf("%d passed, %d failed\n", passed, failed + broken);
}

} // namespace

void OpenReport()
{
    lab = LoadLab(TheOptions().lab);
    if (!TheOptions().results.empty()) {
        results = std::fopen(TheOptions().results.c_str(), "ae");
        if (results == nullptr)
            throw std::runtime_error(TheOptions().results +
                                     " cannot be opened for writing");
    }
}

const LabFile &TheLab()
{
    return lab;
}

void Record(const Verdict &v)
{
    const auto found = lab.tests.find(v.test);
    const GradedTest test =
        found == lab.tests.end() ? GradedTest{"-", "", 0} : found->second;

    (WentWell(v) ? passed : v.verdict == "failed" ? failed : broken)++;
    hunts += v.hunt;
    auto &part = points[test.part];
    part.second += test.points;
    if (v.verdict == "passed")
        part.first += test.points;
    if (results != nullptr)
        WriteResult(v);
    if (!TheOptions().quiet)
        PrintLine(v, test);
}

int CloseReport()
{
    if (!TheOptions().quiet && stories > kStories)
        std::printf("\n  Only the first %d failures are told in full. For "
                    "another: make test-%s T=Suite.Test\n",
                    kStories, lab.id.c_str());
    if (!TheOptions().quiet && hunts > 0)
        std::printf("\n%d found, %d not found\n", passed, failed + broken);
    else if (!TheOptions().quiet)
        PrintPoints();
    if (results != nullptr)
        std::fclose(results);
    return broken > 0 ? 2 : failed > 0 ? 1 : 0;
}

} // namespace judge
