#include "harness/host_process.h"

#include "harness/brief_read.h"
#include "harness/diagnosis.h"
#include "harness/options.h"
#include "harness/violation.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace judge
{
namespace
{

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 50;
constexpr size_t kFrameMax = 8u << 20; // bytes of one answer

[[noreturn]] void Infra(const std::string &what)
{
    throw InfraError(what + ": " + std::strerror(errno));
}

struct Pipe {
    int read = -1, write = -1;
};

Pipe MakePipe()
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        Infra("no pipe can be had");
    return {ends[0], ends[1]};
}

void Close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

// Code that hangs in one test mostly hangs in many: from the third time it gets
// less time. Still thousands of times what a call takes.
double CpuLimit(int hangs)
{
    return hangs < 2 ? 3 : 1;
}

int hangs_seen = 0;

} // namespace

HostProcess::HostProcess(const HostLimits &limits) : limits_(limits)
{
    const Options &options = TheOptions();
    std::vector<std::string> words = options.wrap;

    words.push_back(limits_.program.empty() ? options.host : limits_.program);
    words.push_back("--heap-mb=" + std::to_string(limits.heap_mb));
    words.push_back("--fill=" + std::to_string(limits.fill));
    nursery_ = Nursery::Of(words, limits.place);

    // A host that is gone is told by an error, not by a signal.
    signal(SIGPIPE, SIG_IGN);
    // Two pipes: a message through a pair of sockets costs twice as much.
    Pipe calls = MakePipe(), answers = MakePipe(), out = MakePipe(),
         err = MakePipe();
    number_ = nursery_->Fork({calls.read, answers.write, out.write, err.write});
    close(calls.read);
    close(answers.write);
    close(out.write);
    close(err.write);
    calls_ = calls.write;
    answers_ = answers.read;
    out_ = out.read;
    err_ = err.read;
    // Answers are read where they are waited for (brief_read.h).
    for (int fd : {calls_, out_, err_})
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// The end of its channel is a host's end.
HostProcess::~HostProcess()
{
    Close(&calls_);
    Close(&answers_);
    Close(&out_);
    Close(&err_);
}

// Takes what the pipes hold.
void HostProcess::Gather()
{
    for (const auto &[fd, text] :
         {std::pair(&out_, &printed_), std::pair(&err_, &complained_)})
        while (*fd >= 0 && Take(fd, text))
            continue;
}

std::string HostProcess::Printed()
{
    Gather();
    return Printable(printed_ + complained_);
}

void HostProcess::ForgetPrinted()
{
    Gather();
    printed_.clear();
    complained_.clear();
}

void HostProcess::Kill(const std::string &kind, const std::string &seen)
{
    nursery_->End();
    throw Violation{kind, "", seen};
}

// False: there is nothing now.
bool HostProcess::Take(int *fd, std::string *text)
{
    char buffer[16384];
    const ssize_t got = read(*fd, buffer, sizeof buffer);

    if (got > 0)
        text->append(buffer, static_cast<size_t>(got));
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        Close(fd);
    return got > 0;
}

void HostProcess::ReadOutput(int *fd, std::string *text)
{
    Take(fd, text);
    if (printed_.size() + complained_.size() >
        static_cast<size_t>(limits_.output_kb) * 1024)
        Kill("flood", "the code printed more than " +
                          std::to_string(limits_.output_kb) +
                          " KB in one test and was stopped. Is there a print "
                          "in a loop that does not end?\n" +
                          Tail(Printed(), 8));
}

void HostProcess::Watch(double *cpu_at_start)
{
    const Nursery::Usage usage = nursery_->UsageOf(number_);
    const long limit = 2L * limits_.heap_mb + 512;

    // Something that it left behind may hold its channel open.
    if (usage.is_over)
        Died();
    if (usage.resident_mb > limit)
        Kill("memory",
             "the process held more than " + std::to_string(limit) +
                 " MB of memory and was stopped. Does a loop that "
                 "allocates not end, or recursion that keeps arrays?");
    if (*cpu_at_start < 0)
        *cpu_at_start = usage.cpu_s;
    if (usage.cpu_s - *cpu_at_start > CpuLimit(hangs_seen))
        Hang(std::to_string(static_cast<int>(CpuLimit(hangs_seen))) +
             " seconds of processor time");
}

void HostProcess::Hang(const std::string &time)
{
    hangs_seen++;
    Kill("hang", "no answer after " + time +
                     ": the last call does not return. Look for a loop whose "
                     "condition never becomes false.");
}

// The far side is gone. What it left tells how it ended.
void HostProcess::Died()
{
    const auto deadline = Clock::now() + std::chrono::seconds(2);

    // The end of the text arrives with the end of the process; a grandchild
    // that keeps the pipe open must not keep us.
    while ((out_ >= 0 || err_ >= 0) && Clock::now() < deadline) {
        pollfd fds[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};

        if (poll(fds, 2, 20) == 0 &&
            (!nursery_->Lives() || nursery_->UsageOf(number_).is_over))
            break;
        if (fds[0].revents != 0)
            ReadOutput(&out_, &printed_);
        if (fds[1].revents != 0)
            ReadOutput(&err_, &complained_);
    }
    std::optional<int> status;
    if (nursery_->Lives())
        status = nursery_->Wait(number_, deadline);
    if (status)
        throw DiagnoseEnd(*status, printed_, complained_);
    if (nursery_->Lives())
        Kill("channel",
             "the code closed the channel to the judge and went on. "
             "Descriptors 0 to 4 belong to the host; leave them alone.");
    nursery_->Died(printed_, complained_);
}

// Sends what the channel takes of out[*sent...].
void HostProcess::Send(const std::vector<uint8_t> &out, size_t *sent)
{
    const ssize_t put = write(calls_, out.data() + *sent, out.size() - *sent);

    if (put > 0)
        *sent += static_cast<size_t>(put);
    else if (put < 0 && errno != EAGAIN && errno != EINTR)
        Died();
}

// Reads what has come of the answer. True: all of it is there.
bool HostProcess::Receive(std::vector<uint8_t> *in)
{
    uint8_t buffer[65536];
    const ssize_t got = ReadBriefly(answers_, buffer, sizeof buffer);
    uint32_t size;

    if (got > 0)
        in->insert(in->end(), buffer, buffer + got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        Died();
    if (in->size() < sizeof size)
        return false;
    std::memcpy(&size, in->data(), sizeof size);
    if (size == 0 || size > kFrameMax)
        Kill("channel", "the answer on the host's channel is not an answer: "
                        "its length field says " +
                            std::to_string(size) +
                            ". Only the host writes to descriptor 4.");
    if (in->size() > sizeof size + size)
        Kill("channel", "more came on the host's channel than the answer. Only "
                        "the host writes to descriptor 4.");
    return in->size() == sizeof size + size;
}

void HostProcess::Pump(const std::vector<uint8_t> &out,
                       std::vector<uint8_t> *in)
{
    // Time in which nothing came, counted in polls: a judge that was kept from
    // running must not take its own absence for the host's.
    int idle_polls = 0;
    auto next_watch = Clock::now() + std::chrono::milliseconds(100);
    double cpu_at_start = -1;
    size_t sent = 0;

    in->clear();
    Send(out, &sent);
    // Most answers come at once: one is waited for a little without a look at what
    // the host prints.
    bool whole = sent == out.size() && Receive(in);
    while (!whole) {
        const int sending = sent < out.size() ? calls_ : -1;
        pollfd fds[4] = {{answers_, POLLIN, 0},
                         {out_, POLLIN, 0},
                         {err_, POLLIN, 0},
                         {sending, POLLOUT, 0}};

        if (poll(fds, 4, kPollMs) == 0)
            idle_polls++;
        if (fds[1].revents != 0)
            ReadOutput(&out_, &printed_);
        if (fds[2].revents != 0)
            ReadOutput(&err_, &complained_);
        if (fds[3].revents != 0)
            Send(out, &sent);
        if (fds[0].revents != 0)
            whole = Receive(in);
        if (whole)
            break;
        // A grandchild may hold the channel open for a sandbox that is gone.
        if (fds[0].revents == 0 && !nursery_->Lives())
            Died();
        if (Clock::now() > next_watch) {
            Watch(&cpu_at_start);
            next_watch = Clock::now() + std::chrono::milliseconds(100);
        }
        const bool over = idle_polls * kPollMs > limits_.hang_s * 1000;
        if (over && !in->empty())
            Kill("channel", "an answer on the host's channel stops in its "
                            "middle. Only the host writes to descriptor 4.");
        if (over)
            Hang(std::to_string(limits_.hang_s) + " seconds");
    }
    in->erase(in->begin(), in->begin() + 4);
}

std::vector<uint8_t> HostProcess::Exchange(const std::vector<uint8_t> &frame)
{
    std::vector<uint8_t> out(4), in;
    const uint32_t size = static_cast<uint32_t>(frame.size());

    std::memcpy(out.data(), &size, 4);
    out.insert(out.end(), frame.begin(), frame.end());
    Pump(out, &in);
    return in;
}

} // namespace judge
