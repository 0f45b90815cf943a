// versions_model.h: clocks and sets of versions as the contracts define them, in
// the plainest way.
#pragma once

#include "check/history.h"
#include "lab3-vclock/student_versions.h"

#include <map>
#include <string>
#include <vector>

namespace judge
{

// ---- vclock.h ----

uint64_t CounterOf(const Clock &clock, node_id node);
int OrderOf(const Clock &a, const Clock &b);
Clock Merged(const Clock &a, const Clock &b);
Clock Truncated(Clock clock, size_t most);
std::string BytesOf(const Clock &clock);

// The clocks of a history's writes, each truncated to `most`; 0: none is.
std::vector<Clock> ClocksOf(const vclock_history &history, size_t most);
// Whether the later of two writes has seen the earlier one.
bool HasSeen(const vclock_history &history, size_t later, size_t earlier);

// ---- siblings.h ----

class SiblingsModel
{
  public:
    int Add(const Clock &clock, const std::string &value);
    void Merge(const SiblingsModel &from);
    Clock Context() const;
    int Put(const Clock &context, node_id node, uint64_t time_ms,
            const std::string &value, size_t most);
    // By the bytes of the clocks.
    const std::map<std::string, ClockedVersion> &Versions() const
    {
        return versions_;
    }
    std::string Bytes() const;

  private:
    std::map<std::string, ClockedVersion> versions_;
};

// ---- dvv.h ----

class DvvModel
{
  public:
    int Put(const Clock &context, node_id node, uint64_t time_ms,
            const std::string &value);
    void Merge(const DvvModel &from);
    const Clock &Context() const
    {
        return clock_;
    }
    const std::map<Dot, std::string> &Versions() const
    {
        return versions_;
    }
    std::string Bytes() const;

  private:
    Clock clock_;
    std::map<Dot, std::string> versions_;
};

// ---- Inputs ----

// A clock of some of the nodes 1 .. nodes, with counters of 1 .. most.
Clock ChooseClock(Trial &t, uint64_t nodes, uint64_t most);
// One with counters, times and nodes at the ends of their ranges.
Clock ChooseWideClock(Trial &t);

// ---- What is expected ----

void ExpectClock(Trial &t, const StudentClock &seen, const Clock &expected,
                 const std::string &what);
void ExpectVersions(Trial &t, const StudentSiblings &seen,
                    const SiblingsModel &expected, const std::string &what);
// The versions and the clock.
void ExpectVersions(Trial &t, const StudentDvv &seen, const DvvModel &expected,
                    const std::string &what);

} // namespace judge
