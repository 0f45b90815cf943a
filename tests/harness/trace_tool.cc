// trace_tool.cc: a trace as a page, a story, or a log for ShiViz.
//
//     trace-tool page [--template=labs/trace] [--root=../] IN.jsonl OUT.html
//     trace-tool narrative [--most=60] [--key=x] IN.jsonl OUT.txt
//     trace-tool shiviz IN.jsonl OUT.log
//
// IN and OUT may be -, for standard input and output. Exit status: 0, 1 if the
// input is no trace or a file cannot be read or written, 2 for a wrong command.
#include "harness/narrative.h"
#include "harness/shiviz.h"
#include "harness/trace_page.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace judge
{
namespace
{

struct Usage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Command {
    std::string what, in, out;
    std::string folder = "labs/trace", root;
    NarrativeOptions narrative;
};

bool Flag(const std::string &argument, const std::string &name,
          std::string *value)
{
    const std::string begin = "--" + name + "=";

    if (argument.compare(0, begin.size(), begin) != 0)
        return false;
    *value = argument.substr(begin.size());
    return true;
}

size_t Count(const std::string &text)
{
    if (text.empty() || text.size() > 9 ||
        text.find_first_not_of("0123456789") != std::string::npos)
        throw Usage("--most needs a whole number below a thousand million, "
                    "not '" +
                    text + "'");
    return std::stoul(text);
}

Command Parse(const std::vector<std::string> &arguments)
{
    Command command;
    std::vector<std::string> names;
    std::string value;

    for (const std::string &argument : arguments)
        if (Flag(argument, "template", &value))
            command.folder = value;
        else if (Flag(argument, "root", &value))
            command.root = value;
        else if (Flag(argument, "most", &value))
            command.narrative.events_most = Count(value);
        else if (Flag(argument, "key", &value))
            command.narrative.key = value;
        else if (argument.compare(0, 2, "--") == 0)
            throw Usage("there is no option " + argument);
        else
            names.push_back(argument);
    if (names.size() != 3)
        throw Usage("three names are needed: what to make, the trace, and the "
                    "file to write");
    command.what = names[0];
    command.in = names[1];
    command.out = names[2];
    if (command.what != "page" && command.what != "narrative" &&
        command.what != "shiviz")
        throw Usage("'" + command.what +
                    "' cannot be made; choose page, narrative or shiviz");
    return command;
}

std::string Read(const std::string &path)
{
    std::ostringstream text;

    if (path == "-") {
        text << std::cin.rdbuf();
        return text.str();
    }
    std::ifstream file(path, std::ios::binary);
    if (!file || !(text << file.rdbuf()))
        throw std::runtime_error(
            path + " cannot be read, or is empty" +
            (errno != 0 ? std::string(": ") + std::strerror(errno) : ""));
    return text.str();
}

void Write(const std::string &path, const std::string &text)
{
    if (path == "-") {
        std::cout << text << std::flush;
        if (!std::cout)
            throw std::runtime_error("standard output cannot be written");
        return;
    }
    std::ofstream file(path, std::ios::binary);
    file << text << std::flush;
    if (!file)
        throw std::runtime_error(path +
                                 " cannot be written: " + std::strerror(errno));
}

std::string Make(const Command &command)
{
    const std::string jsonl = Read(command.in);

    try {
        if (command.what == "page")
            return TracePage(jsonl, command.folder, command.root);
        if (command.what == "narrative")
            return Narrative(jsonl, command.narrative);
        return ShiViz(jsonl);
    } catch (const std::runtime_error &error) {
        throw std::runtime_error(command.in + ": " + error.what());
    }
}

int Main(const std::vector<std::string> &arguments)
{
    try {
        const Command command = Parse(arguments);

        Write(command.out, Make(command));
        return 0;
    } catch (const Usage &error) {
        std::cerr << "trace-tool: " << error.what()
                  << "\n"
                     "usage: trace-tool page [--template=FOLDER] [--root=PATH] "
                     "IN.jsonl OUT.html\n"
                     "       trace-tool narrative [--most=EVENTS] [--key=KEY] "
                     "IN.jsonl OUT.txt\n"
                     "       trace-tool shiviz IN.jsonl OUT.log\n";
        return 2;
    } catch (const std::exception &error) {
        std::cerr << "trace-tool: " << error.what() << "\n";
        return 1;
    }
}

} // namespace
} // namespace judge

int main(int argc, char **argv)
{
    return judge::Main({argv + 1, argv + argc});
}
