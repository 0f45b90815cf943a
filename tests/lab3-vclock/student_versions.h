// student_versions.h: vclock.h, siblings.h and dvv.h as a test sees them, with the
// student's code far away.
#pragma once

#include "harness/contract.h"
#include "harness/student_thing.h"
#include "harness/trial.h"

extern "C" {
#include "dynamo/dvv.h"
#include "dynamo/siblings.h"
#include "dynamo/vclock.h"
}

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

// A clock as the contract defines it: counters and times by node.
struct Stamp {
    uint64_t counter = 0, time_ms = 0;

    bool operator==(const Stamp &other) const
    {
        return counter == other.counter && time_ms == other.time_ms;
    }
};
using Clock = std::map<node_id, Stamp>;

std::string Show(const Clock &clock); // "<1:2 @1000, 3:1 @0>"
std::string ShowOrder(int order);     // "VCLOCK_BEFORE", or an error's name

class StudentClock : public StudentThing
{
  public:
    // vclock_open, which must succeed; then vclock_raise for each pair.
    explicit StudentClock(Trial &t, const Clock &clock = {});
    // vclock_copy, which must succeed.
    StudentClock Copy() const;
    // vclock_decode: the code; *clock is set if it is DYN_OK.
    static int Decode(Trial &t, const std::string &bytes,
                      std::optional<StudentClock> *clock);

    int Raise(node_id node, uint64_t counter, uint64_t time_ms);
    int Increment(node_id node, uint64_t time_ms);
    uint64_t Counter(node_id node) const;
    uint64_t Pairs(size_t capacity, std::vector<vclock_pair> *pairs) const;
    // All pairs, which must ascend.
    Clock All() const;
    int Compare(const StudentClock &other) const;
    int Merge(const StudentClock &from);
    int Truncate(uint64_t most);
    Encoded Encode(std::optional<uint64_t> capacity) const
    {
        return EncodeInto(capacity);
    }
    std::string Bytes() const; // which must be had

  private:
    friend class StudentSiblings;
    friend class StudentDvv;
    struct Unmade {
    };
    StudentClock(Trial &t, Unmade) : StudentThing(t, "clock", "vclock")
    {
    }
};

// vclock_false_conflict and vclock_lost_write.
int StudentHistory(Trial &t, const std::string &function, uint64_t most,
                   vclock_history *history);

// A version as the contracts name it: by its clock, or by its dot.
struct ClockedVersion {
    Clock clock;
    std::string value;
};

class StudentSiblings : public StudentThing
{
  public:
    explicit StudentSiblings(Trial &t);
    static int Decode(Trial &t, const std::string &bytes,
                      std::optional<StudentSiblings> *set);

    int Add(const StudentClock &clock, const std::string &value);
    int Merge(const StudentSiblings &from);
    uint64_t Count() const;
    int At(uint64_t index, ClockedVersion *version) const;
    // All of them: siblings_count, then siblings_at for each.
    std::vector<ClockedVersion> All() const;
    StudentClock Context() const; // which must be had
    int Put(const StudentClock &context, node_id node, uint64_t time_ms,
            const std::string &value, uint64_t most);
    Encoded Encode(std::optional<uint64_t> capacity) const
    {
        return EncodeInto(capacity);
    }
    std::string Bytes() const;

  private:
    struct Unmade {
    };
    StudentSiblings(Trial &t, Unmade) : StudentThing(t, "set", "siblings")
    {
    }
};

using Dot = std::pair<node_id, uint64_t>;
std::string Show(const Dot &dot); // "(1, 2)"

class StudentDvv : public StudentThing
{
  public:
    explicit StudentDvv(Trial &t);
    static int Decode(Trial &t, const std::string &bytes,
                      std::optional<StudentDvv> *set);

    int Put(const StudentClock &context, node_id node, uint64_t time_ms,
            const std::string &value);
    int Merge(const StudentDvv &from);
    uint64_t Count() const;
    int At(uint64_t index, Dot *dot, std::string *value) const;
    // All of them: dvv_count, then dvv_at for each; no dot may come twice.
    std::map<Dot, std::string> All() const;
    StudentClock Context() const;
    Encoded Encode(std::optional<uint64_t> capacity) const
    {
        return EncodeInto(capacity);
    }
    std::string Bytes() const;

  private:
    struct Unmade {
    };
    StudentDvv(Trial &t, Unmade) : StudentThing(t, "dotted set", "dvv")
    {
    }
};

void ExpectClockNullsRefused(Trial &t);
void ExpectSiblingsNullsRefused(Trial &t);
void ExpectDvvNullsRefused(Trial &t);

} // namespace judge
