// trial.h: how a graded test is written.
//
//     GRADED_TEST(RingLeave, RefusesAStranger,
//                 "A node that is not a member cannot leave.")
//     {
//         StudentRing ring(t, {RING_TOKENS, 4, 0, 1});
//         t.ExpectCode(DYN_ENOENT, ring.Leave(7), "leave of a stranger");
//     }
//
// GRADED_PROPERTY takes a number of cases too and runs its body that often, on
// inputs that the body builds from t.Choose(); a failing case is shrunk.
// GRADED_WORLD has more cases tried in a quicker way (explore.h). GRADED_SCHEDULES
// runs its body, which is a world, on every schedule of so many turns at most
// (odometer.h). HUNT is for what is to be found, with points for nobody: it goes
// well when a run breaks its rule. `t` is the Trial. The sentence is the invariant as a student reads
// it.
#pragma once

#include "harness/choices.h"
#include "harness/session.h"
#include "harness/violation.h"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

namespace judge
{

class Trial
{
  public:
    Trial(std::shared_ptr<Session> session, Choices choices)
        : session_(std::move(session)), choices_(std::move(choices))
    {
    }

    Session &Host()
    {
        return *session_;
    }
    std::shared_ptr<Session> TheSession() const
    {
        return session_;
    }
    uint64_t Choose(uint64_t bound)
    {
        return choices_.Choose(bound);
    }
    uint64_t Turn(uint64_t bound, uint64_t state)
    {
        return choices_.Turn(bound, state);
    }
    // A number from least to most, both included.
    uint64_t Between(uint64_t least, uint64_t most)
    {
        return least + choices_.Choose(most - least + 1);
    }
    const Choices &TheChoices() const
    {
        return choices_;
    }

    // The rule was broken: what was expected, what was seen instead.
    [[noreturn]] void Fail(const std::string &expected, const std::string &seen)
    {
        broken_ = {"expectation", expected, seen};
        throw *broken_;
    }
    // What Fail was told. NULL: it was not called.
    const Violation *Broken() const
    {
        return broken_ ? &*broken_ : nullptr;
    }
    void Expect(bool holds, const std::string &expected,
                const std::string &seen)
    {
        if (!holds)
            Fail(expected, seen);
    }
    void ExpectCode(int expected, int seen, const std::string &of);

    // What breaks a rule from now on is what the hunt is for.
    void Hit()
    {
        hit_ = true;
    }
    bool IsHit() const
    {
        return hit_;
    }

    // A second host that sees nothing of the first; its fresh memory holds
    // other bytes. The trial goes on in it, until FirstHost.
    void OtherHost(unsigned fill);
    void FirstHost();

    // From now on the nth allocation of the student's code fails; 0: none.
    void FailAllocation(uint64_t nth);

    // Numbers for rings and the like, each used once in a case.
    int NextHandle()
    {
        return handles_++;
    }

    // Done, last first, when a case has gone well: closing what it opened.
    void AtEnd(std::function<void()> action)
    {
        at_end_.push_back(std::move(action));
    }
    // Closes, and expects that nothing stays allocated.
    void Finish();

    // ---- For worlds (world.h) ----

    // Whether what happens is to be written down, and how its description
    // begins: JSON members, each with a comma before it.
    void Trace(const std::string &head)
    {
        tracing_ = true;
        trace_head_ = head;
    }
    bool Tracing() const
    {
        return tracing_;
    }
    const std::string &TraceHead() const
    {
        return trace_head_;
    }
    void KeepTrace(const std::string &trace, uint64_t events)
    {
        trace_ = trace;
        events_ += events;
    }
    uint64_t Events() const // handlers that worlds have run
    {
        return events_;
    }
    const std::string &TheTrace() const
    {
        return trace_;
    }
    // What befell nodes and network, as lines of a script (nemesis.h).
    void KeepFaults(const std::string &lines)
    {
        faults_ = lines;
    }
    const std::string &TheFaults() const
    {
        return faults_;
    }
    // The clients are there: what is drawn from now on is not kept in a script.
    void RunBegins()
    {
        drawn_ = choices_.Taken().size();
    }
    size_t DrawnBeforeRun() const
    {
        return drawn_;
    }
    // The test draws faults, and could follow a script. `refusal`: why it does not
    // follow the one there is.
    void DrewFaults(const std::string &refusal)
    {
        drew_faults_ = true;
        refusal_ = refusal;
    }
    bool DrawsFaults() const
    {
        return drew_faults_;
    }
    const std::string &Refusal() const
    {
        return refusal_;
    }

  private:
    std::shared_ptr<Session> session_, first_session_;
    Choices choices_;
    int handles_ = 0;
    std::optional<Violation> broken_;
    bool tracing_ = false, hit_ = false, drew_faults_ = false;
    std::string trace_head_, trace_, faults_, refusal_;
    size_t drawn_ = 0;
    uint64_t events_ = 0;
    std::vector<std::function<void()>> at_end_;

    void CheckHeap();
};

using TrialBody = void (*)(Trial &);

struct TrialInfo {
    const char *suite, *name, *rule;
    int cases; // 0: a test without random inputs
    // So many more in a quicker way, before those, where that can be had
    // (explore.h). Only for bodies that do nothing but run a world.
    int explored = 0;
    // Instead of random cases: every schedule with so many turns at most, as far
    // as `cases` and `explored` runs go; 0: random cases.
    size_t turns = 0, turns_explored = 0;
    // Of a hunt: where the handout asks for it (#part-d). Else none.
    const char *hunt = nullptr;
};

// Runs a graded test and records its verdict; adds a GoogleTest failure with
// the whole story when it fails.
void RunGraded(const TrialInfo &info, TrialBody body);

// A block that student code holds, or was refused: bytes, and the call's offset
// in the host's program file.
struct HeapBlock {
    uint64_t size = 0, site = 0;
};

// Throws a Violation if blocks are still held when all is closed, or if memory
// was refused (a size that is not 0).
void CheckHeap(uint64_t held, const std::vector<HeapBlock> &blocks,
               const HeapBlock &refused);

// Ends the hosts that wait for the next test.
void EndHosts();
// Ends all that the judge has started. To be called before it exits.
void EndProcesses();
// What fresh memory holds in hosts that are started for worlds.
unsigned FillOfHosts();
// Something else to be ended then.
void AtEndOfHosts(std::function<void()> action);

// The name of an error code as students write it: "DYN_EINVAL (-1)".
std::string CodeName(int code);

#define TRIAL_OF(suite, name, ...)                                             \
    static void suite##_##name##_Body(::judge::Trial &t);                      \
    TEST(suite, name)                                                          \
    {                                                                          \
        ::judge::RunGraded({#suite, #name, __VA_ARGS__},                       \
                           suite##_##name##_Body);                             \
    }                                                                          \
    static void suite##_##name##_Body([[maybe_unused]] ::judge::Trial &t)

#define GRADED_SCHEDULES(suite, name, turns, cases, turns_explored, explored,  \
                         rule)                                                 \
    TRIAL_OF(suite, name, rule, cases, explored, turns, turns_explored)

#define GRADED_WORLD(suite, name, cases, explored, rule)                       \
    GRADED_SCHEDULES(suite, name, 0, cases, 0, explored, rule)

#define GRADED_PROPERTY(suite, name, cases, rule)                              \
    GRADED_WORLD(suite, name, cases, 0, rule)

#define GRADED_TEST(suite, name, rule) GRADED_PROPERTY(suite, name, 0, rule)

#define HUNT(suite, name, cases, explored, anchor, rule)                       \
    TRIAL_OF(suite, name, rule, cases, explored, 0, 0, anchor)

} // namespace judge
