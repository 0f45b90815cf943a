#include "harness/diagnosis.h"

#include "harness/options.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <regex>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace judge
{
namespace
{

bool symbolizing = true;

// The length of the well-formed UTF-8 character at `at`, or 0.
size_t Utf8Length(const std::string &text, size_t at)
{
    const auto byte = [&](size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto follows = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const unsigned first = byte(at), second = byte(at + 1);

    if (first >= 0xc2 && first <= 0xdf && follows(at + 1))
        return 2;
    // C1 controls, overlong forms and surrogates are refused.
    if (first >= 0xe0 && first <= 0xef && follows(at + 1) && follows(at + 2) &&
        !(first == 0xe0 && second < 0xa0) && !(first == 0xed && second > 0x9f))
        return 3;
    if (first >= 0xf0 && first <= 0xf4 && follows(at + 1) && follows(at + 2) &&
        follows(at + 3) && !(first == 0xf0 && second < 0x90) &&
        !(first == 0xf4 && second > 0x8f))
        return 4;
    return 0;
}

// Runs a command and returns what it printed, at most 64 KB, for 10 s at most.
std::string Output(const std::vector<std::string> &words)
{
    std::vector<char *> argv;
    std::string text;
    int ends[2];

    for (const std::string &word : words)
        argv.push_back(const_cast<char *>(word.c_str()));
    argv.push_back(nullptr);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return "";
    const pid_t pid = fork();
    if (pid == 0) {
        const int null = open("/dev/null", O_RDWR);

        dup2(null, 0);
        dup2(ends[1], 1);
        dup2(null, 2);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    pollfd fd = {ends[0], POLLIN, 0};
    char buffer[4096];
    ssize_t got = 0;
    while (pid > 0 && text.size() < 65536) {
        const int ready = poll(&fd, 1, 10000);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready != 1 || (got = read(ends[0], buffer, sizeof buffer)) <= 0)
            break;
        text.append(buffer, static_cast<size_t>(got));
    }
    close(ends[0]);
    if (pid > 0) {
        if (got != 0)
            kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    return text;
}

std::string BaseName(const std::string &path)
{
    return path.substr(path.rfind('/') + 1);
}

// Frames of one stack of a sanitizer's report, as far as they lie in the host.
std::vector<std::string> FrameOffsets(const std::vector<std::string> &lines,
                                      size_t from)
{
    static const std::regex frame(
        R"(\s+#\d+ 0x[0-9a-f]+\s+(?:in \S+ )?\(\S*host\+(0x[0-9a-f]+)\).*)");
    std::vector<std::string> offsets;
    std::smatch match;

    for (size_t i = from; i < lines.size(); i++) {
        if (lines[i].find("#") == std::string::npos)
            break;
        if (lines[i].size() < 300 && std::regex_match(lines[i], match, frame) &&
            offsets.size() < 12)
            offsets.push_back(match[1]);
    }
    return offsets;
}

// The frames that are the student's: our own files are of no help to them.
std::string Frames(const std::vector<std::string> &lines, size_t from,
                   const char *first)
{
    std::string text;
    const char *word = first;

    for (const std::string &place : Symbolize(FrameOffsets(lines, from))) {
        if (place.empty())
            continue;
        text += std::string("  ") + word + " " + place + "\n";
        word = "called from";
    }
    return text;
}

std::vector<std::string> Lines(const std::string &text)
{
    std::istringstream in(text);
    std::vector<std::string> lines;
    std::string line;

    while (std::getline(in, line) && lines.size() < 4000)
        lines.push_back(line);
    return lines;
}

const struct {
    const char *name, *meaning;
} kSanitizerWords[] = {
    {"heap-buffer-overflow", "memory before or after a malloc'ed block"},
    {"stack-buffer-overflow", "memory before or after a local array"},
    {"global-buffer-overflow", "memory before or after a constant array"},
    {"heap-use-after-free", "a block that had been freed"},
    {"stack-use-after-scope", "a local variable whose block had ended"},
    {"stack-use-after-return",
     "a local variable of a function that had returned (did you keep a pointer "
     "that was only lent to you?)"},
    {"stack-buffer-underflow", "memory before a local array"},
    {"attempting double-free", "free of a block that had been freed"},
    {"attempting free on address which was not malloc()-ed",
     "free of something that malloc did not return"},
    {"stack-overflow", "the stack is full: recursion that does not end?"},
    {"SEGV", "a pointer that points nowhere (NULL or uninitialised?)"},
    {"FPE", "division by zero"},
    {"memcpy-param-overlap", "memcpy between ranges that overlap"},
    {"negative-size-param", "a negative size"},
    {"out of memory", "more memory was asked for than there is"},
    {"failed to allocate", "more memory was asked for than there is"},
};

// A report of the address sanitizer, told in a few lines.
Violation DiagnoseAddress(const std::vector<std::string> &lines, size_t at)
{
    std::string seen, kind = "sanitizer";
    const std::string &headline = lines[at];
    // Each kind of stack once: a forged report may hold hundreds.
    bool framed = false, freed = false, allocated = false, located = false;

    for (const auto &word : kSanitizerWords)
        if (headline.find(word.name) != std::string::npos) {
            seen = std::string("the code touched what it must not (") +
                   word.name + "): " + word.meaning + "\n";
            if (std::strstr(word.meaning, "more memory") != nullptr) {
                kind = "memory";
                seen = "the code ran out of memory\n";
            }
            break;
        }
    if (seen.empty())
        seen = Printable(headline.substr(0, 300)) + "\n";
    for (size_t i = at + 1; i < lines.size(); i++) {
        const std::string &line = lines[i];

        if (!framed && (line.rfind("READ of size", 0) == 0 ||
                        line.rfind("WRITE of size", 0) == 0)) {
            seen += "  " + Printable(line.substr(0, line.find(" at "))) + "\n";
            seen += Frames(lines, i + 1, "in");
            framed = true;
        } else if (!located && line.find(" is located ") != std::string::npos) {
            located = true;
            // "0x60.. is located 0 bytes to the right of 4-byte region [..)"
            std::string where = line.substr(line.find("located"));
            seen += "  " + Printable(where.substr(0, where.find(" ["))) + "\n";
        } else if (!freed &&
                   line.find("freed by thread") != std::string::npos) {
            freed = true;
            const std::string frames = Frames(lines, i + 1, "freed in");
            seen += !frames.empty()
                        ? frames
                        : "  freed by the caller: what is lent to a call ends "
                          "with it; copy what you keep\n";
        } else if (!allocated &&
                   line.find("allocated by thread") != std::string::npos) {
            allocated = true;
            seen += Frames(lines, i + 1, "allocated in");
        } else if (!framed && line.find("    #0 ") != std::string::npos) {
            seen += Frames(lines, i, "in");
            framed = true;
        }
    }
    return {kind, "", seen};
}

Violation DiagnoseUndefined(const std::vector<std::string> &lines, size_t at)
{
    std::string text = lines[at].substr(0, 400);
    const size_t colon = text.find(".c:");
    const size_t slash =
        colon == std::string::npos ? colon : text.rfind('/', colon);

    if (slash != std::string::npos)
        text = text.substr(slash + 1);
    std::string seen = "undefined behaviour: " + Printable(text) + "\n";
    for (size_t i = at + 1; i < lines.size(); i++)
        if (lines[i].find("#0 ") != std::string::npos) {
            seen += Frames(lines, i, "in");
            break;
        }
    return {"sanitizer", "", seen};
}

const char *SyscallHint(int number)
{
    // Those that a program of ordinary C can stumble into (x86-64 and arm64).
    switch (number) {
    case 2:
    case 257:
    case 56:
        return number == 56 ? "clone: starting a thread or process"
                            : "open: opening a file";
    case 35:
    case 230:
    case 115:
        return "nanosleep: sleeping";
    case 57:
    case 58:
    case 220:
        return "fork: starting a process";
    case 41:
    case 198:
        return "socket: opening a connection";
    case 62:
    case 129:
        return "kill: sending a signal";
    case 101:
        return "ptrace: tracing a process";
    default:
        return "see its number in /usr/include/asm/unistd_64.h";
    }
}

Violation DiagnoseForbidden(const std::string &err)
{
    const std::string mark = "host: forbidden system call ";
    const size_t at = err.rfind(mark);
    const int number = at == std::string::npos
                           ? -1
                           : std::atoi(err.c_str() + at + mark.size());

    if (number < 0)
        return {"forbidden", "",
                "the code asked the operating system for what a node may not "
                "do, and was ended. Student code does no I/O; everything it "
                "needs is in the contract.\n"};
    return {"forbidden", "",
            "the code asked the operating system for what a node may not do: "
            "system call " +
                std::to_string(number) + " (" + SyscallHint(number) +
                "). Student code does no I/O; everything it needs is in the "
                "contract.\n"};
}

std::string WhatWasPrinted(const std::string &out, const std::string &err)
{
    const std::string text = Printable(out + err);

    return text.empty() ? "" : "It printed:\n" + Tail(text, 12);
}

Violation DiagnoseSignal(int signal, const std::string &out,
                         const std::string &err)
{
    if (signal == SIGSYS)
        return DiagnoseForbidden(err);
    // The sandbox's own words for its limits.
    if (err.find("confine: stopped at more than ") != std::string::npos)
        return {"memory", "",
                "the process held too much memory and was stopped. Does a loop "
                "that allocates not end, or recursion that keeps arrays?\n"};
    if (signal == SIGKILL || signal == SIGXCPU)
        return {"hang", "",
                "the code was stopped by its limit of processor time (or "
                "killed itself): the last call does not return.\n" +
                    WhatWasPrinted(out, err)};
    return {"crash", "",
            std::string("the code died of signal ") + std::to_string(signal) +
                " (" + strsignal(signal) + ")" +
                (signal == SIGABRT ? ": abort() or a failed assert" : "") +
                "\n" + WhatWasPrinted(out, err)};
}

} // namespace

std::string Printable(const std::string &text)
{
    std::string clean;
    char hex[8];

    for (size_t i = 0; i < text.size();) {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        const size_t length = c < 0x80 ? 1 : Utf8Length(text, i);
        const bool control = (c < 0x20 && c != '\n' && c != '\t') ||
                             c == 0x7f ||
                             (c == 0xc2 && length == 2 &&
                              static_cast<unsigned char>(text[i + 1]) < 0xa0);

        if (length == 0 || control) {
            std::snprintf(hex, sizeof hex, "\\x%02x", c);
            clean += hex;
            i++;
        } else {
            clean.append(text, i, length);
            i += length;
        }
    }
    return clean;
}

std::string Tail(const std::string &text, int lines)
{
    size_t at = text.size();

    if (at > 0 && text[at - 1] == '\n')
        at--;
    for (int i = 0; i < lines && at != std::string::npos; i++)
        at = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
    std::string tail = at == std::string::npos
                           ? text
                           : "(earlier lines left out)" + text.substr(at);
    if (tail.size() > 4000) {
        size_t cut = tail.size() - 4000;

        while ((static_cast<unsigned char>(tail[cut]) & 0xc0) == 0x80)
            cut++; // not in the middle of a character
        tail = "(earlier text left out) " + tail.substr(cut);
    }
    if (!tail.empty() && tail.back() != '\n')
        tail += '\n';
    return tail;
}

void EnableSymbolizer(bool on)
{
    symbolizing = on;
}

std::vector<std::string> Symbolize(const std::vector<std::string> &offsets)
{
    std::vector<std::string> command = TheOptions().symbolizer, places;

    if (offsets.empty() || !symbolizing)
        return places;
    command.insert(command.end(), offsets.begin(), offsets.end());
    // "ring_join at /home/ann/starter/ring.c:120"; our own, which the kit
    // names dynamo-kit/, are left empty.
    for (const std::string &line : Lines(Printable(Output(command)))) {
        const size_t at = line.find(" at ");
        const bool ours = line.find("dynamo-kit/") != std::string::npos ||
                          line.find("??") != std::string::npos;

        places.push_back(at == std::string::npos || ours || line.size() > 600
                             ? ""
                             : line.substr(0, at) + " at " +
                                   BaseName(line.substr(at + 4)));
    }
    return places;
}

bool NeverStarted(int status, const std::string &err)
{
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

    // A program that is there and cannot be run was linked that way.
    if (err.find("confine: cannot run ") != std::string::npos)
        return false;
    return (code >= 125 && code <= 127) || err.rfind("bwrap: ", 0) == 0 ||
           err.rfind("confine: ", 0) == 0;
}

Violation DiagnoseEnd(int status, const std::string &out,
                      const std::string &err)
{
    const std::vector<std::string> lines = Lines(err);
    const std::string starved = "host: malloc gave NULL";

    for (size_t i = 0; i < lines.size(); i++) {
        const bool address =
            lines[i].find("ERROR: AddressSanitizer") != std::string::npos;

        if (!address && lines[i].find(": runtime error: ") == std::string::npos)
            continue;
        Violation violation =
            address ? DiagnoseAddress(lines, i) : DiagnoseUndefined(lines, i);
        // A NULL that was not checked for: say where it came from.
        for (const std::string &line : lines)
            if (line.rfind(starved, 0) == 0)
                violation.seen +=
                    "before that, " + Printable(line.substr(6, 200)) + "\n";
        return violation;
    }
    if (WIFSIGNALED(status))
        return DiagnoseSignal(WTERMSIG(status), out, err);
    const int code = WEXITSTATUS(status);
    if (code == 98 &&
        err.find("host: forbidden system call ") != std::string::npos)
        return DiagnoseForbidden(err);
    if (code == 64)
        return {"channel", "",
                "the host could not use its channel to the judge any more. "
                "Descriptors 0 to 3 belong to the host; leave them alone.\n" +
                    WhatWasPrinted(out, err)};
    // A shell's or sandbox's way to say that its child died of a signal.
    if (code > 128 && code < 160)
        return DiagnoseSignal(code - 128, out, err);
    return {"exit", "",
            "the code ended the process (exit status " + std::to_string(code) +
                ") instead of returning from the call\n" +
                WhatWasPrinted(out, err)};
}

} // namespace judge
