// check_causal_test.cc: nothing that a client was promised is lost, and what a
// put replaces is what its client had read.
#include "check/causal.h"

#include "harness/contract.h"
#include "harness/violation.h"
#include "harness_test/check_histories.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Ids = std::vector<int>;
using Values = std::vector<std::string>;

Operation PutAfter(int id, const std::string &value, int context_of,
                   uint64_t invoked, uint64_t returned, int code = 0)
{
    Operation made = Put(id, value, invoked, returned, code);

    made.context_of = context_of;
    return made;
}

Operation GetAll(int id, const Values &values, uint64_t invoked,
                 uint64_t returned)
{
    Operation made = Get(id, std::nullopt, invoked, returned);

    made.values = values;
    return made;
}

Finding Check(const History &history, uint64_t sees_all_from = 0)
{
    return NothingIsLost(history, {sees_all_from});
}

// ---- By hand ----

TEST(Causal, KeepsWhatNoClientHadRead)
{
    // Two clients read a; each puts; both values are there until one has read
    // both.
    const History history = {Put(1, "a", 1, 2),
                             Get(2, "a", 3, 4),
                             PutAfter(3, "b", 2, 5, 6),
                             PutAfter(4, "c", 2, 7, 8),
                             GetAll(5, {"c", "b"}, 9, 10),
                             PutAfter(6, "d", 5, 11, 12),
                             Get(7, "d", 13, 14)};

    EXPECT_EQ(Check(history).verdict, Verdict::Holds) << Check(history).text;
}

TEST(Causal, TellsOfTheWriteThatOneCoordinatorLoses)
{
    const Finding finding =
        Check({Put(1, "a", 1, 2), Get(2, "a", 3, 4), PutAfter(3, "b", 2, 5, 6),
               PutAfter(4, "c", 2, 7, 8), Get(5, "c", 9, 10)});

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.rule,
              "what was acknowledged is returned, or was replaced by a put "
              "whose client had read it");
    EXPECT_EQ(finding.text,
              "op 3 (put x \"b\") by client 1 at n1 was acknowledged at #6, "
              "and op 5 (get x) by client 2 at n2, asked later, at #9, "
              "returned \"c\" at #10: neither \"b\" nor a value whose client "
              "had read it. op 4 (put x \"c\") carried the context of op 2, "
              "which had returned \"a\"");
    EXPECT_EQ(finding.operations, (Ids{5, 3, 4}));
    EXPECT_EQ(finding.at, 10u);
    EXPECT_EQ(finding.pattern, "lost write");
}

TEST(Causal, SaysWhichValuesStandForAPut)
{
    // b was made of a; d of b and c. e was made of nothing.
    const History history = {Put(1, "a", 1, 2),
                             Get(2, "a", 3, 4),
                             PutAfter(3, "b", 2, 5, 6),
                             Put(4, "c", 7, 8),
                             GetAll(5, {"b", "c"}, 9, 10),
                             PutAfter(6, "d", 5, 11, 12),
                             Put(7, "e", 13, 14)};

    EXPECT_EQ(StandingFor(history, history[0]),
              (std::set<std::string>{"a", "b", "d"}));
    EXPECT_EQ(StandingFor(history, history[3]),
              (std::set<std::string>{"c", "d"}));
    EXPECT_EQ(StandingFor(history, history[6]), (std::set<std::string>{"e"}));
}

TEST(Causal, TellsAStaleReadFromALoss)
{
    const Finding finding =
        Check({Put(1, "a", 1, 2), GetAll(2, {}, 3, 4), Get(3, "a", 5, 6)});

    EXPECT_EQ(finding.pattern, "stale read");
    EXPECT_EQ(finding.at, 4u);
}

TEST(Causal, TellsOfAValueThatIsKeptTooLong)
{
    // d has read c, and c had read a.
    const Finding finding =
        Check({Put(1, "a", 1, 2), Get(2, "a", 3, 4), PutAfter(3, "c", 2, 5, 6),
               Get(4, "c", 7, 8), PutAfter(5, "d", 4, 9, 10),
               GetAll(6, {"d", "a"}, 11, 12)});

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.rule,
              "a get leaves out what another of its values replaces");
    EXPECT_EQ(finding.text,
              "op 6 (get x) by client 2 at n2 returned \"d\" and \"a\" at #12, "
              "but \"d\" replaces \"a\": op 5 (put x \"d\") carried the "
              "context of op 4, which had returned \"c\"; op 3 (put x \"c\") "
              "carried the context of op 2, which had returned \"a\"");
    EXPECT_EQ(finding.operations, (Ids{6, 5, 1}));
    EXPECT_EQ(finding.pattern, "kept too long");
}

TEST(Causal, TellsOfAPutThatBecameTwo)
{
    const Finding finding =
        Check({Put(1, "a", 1, 2), GetAll(2, {"a", "a"}, 3, 4)});

    EXPECT_EQ(finding.rule, "a put is one write, however often it is sent");
    EXPECT_EQ(finding.text,
              "op 2 (get x) by client 2 at n2 returned \"a\" and \"a\" at #4: "
              "\"a\" is there more than once, but op 1 (put x \"a\") by client "
              "1 at n1 is the only put of it");
    EXPECT_EQ(finding.pattern, "doubled write");
}

TEST(Causal, TellsOfWhatNobodyPut)
{
    EXPECT_EQ(Check({Get(1, "a", 1, 2)}).pattern, "invented value");
    EXPECT_EQ(Check({Get(1, "a", 1, 2), Put(2, "a", 3, 4)}).pattern,
              "read from the future");
}

TEST(Causal, LetsAPutOfUnknownOutcomeComeAtAnyTimeOrNever)
{
    const History puts = {Put(1, "a", 1, 2),
                          PutAfter(3, "b", 2, 5, 6, DYN_EUNAVAILABLE),
                          Put(4, "c", 7, kNever), Get(2, "a", 3, 4)};

    for (const Values &values : {Values{"a"}, {"b"}, {"a", "c"}, {"c", "b"}}) {
        History history = puts;
        history.push_back(GetAll(9, values, 10, 11));
        EXPECT_EQ(Check(history).verdict, Verdict::Holds) << values.front();
    }
    for (const Values &values : {Values{}, {"c"}, {"a", "b"}}) {
        History history = puts;
        history.push_back(GetAll(9, values, 10, 11));
        EXPECT_EQ(Check(history).verdict, Verdict::Broken);
    }
}

TEST(Causal, LetsGetsBeStaleUntilTheReplicasAgree)
{
    const History history = {Put(1, "a", 1, 2), GetAll(2, {}, 3, 4),
                             Put(3, "b", 5, 6), GetAll(4, {"b", "a"}, 7, 8)};

    EXPECT_EQ(Check(history, 0).verdict, Verdict::Broken);
    EXPECT_EQ(Check(history, 5).verdict, Verdict::Holds);
    EXPECT_EQ(Check(history, kNever).verdict, Verdict::Holds);
}

TEST(Causal, IsUndecidedWhenNobodyLooked)
{
    const Finding finding = Check(
        {Put(1, "a", 1, 2), Get(2, "a", 3, 4), Of(Put(3, "b", 5, 6), "y")}, 3);

    EXPECT_EQ(finding.verdict, Verdict::Undecided);
    EXPECT_EQ(finding.text,
              "puts of 1 key (\"y\") were acknowledged, but no get succeeded "
              "that had to see them: let the run end with a get of each key");
}

TEST(Causal, TakesTheBreachThatShowsFirst)
{
    EXPECT_EQ(Check({Get(1, "a", 5, 6), Of(Get(2, "b", 1, 2), "y")}).at, 2u);
}

TEST(Causal, RefusesAHistoryThatCannotBe)
{
    EXPECT_THROW(Check({Put(1, "a", 1, 2), Put(2, "a", 3, 4)}), InfraError);
    EXPECT_THROW(Check({PutAfter(1, "a", 7, 1, 2)}), InfraError);
    EXPECT_THROW(Check({Get(1, {}, 1, 4), PutAfter(2, "a", 1, 3, 5)}),
                 InfraError);
    EXPECT_THROW(Check({Of(Get(1, {}, 1, 2), "y"), PutAfter(2, "a", 1, 3, 5)}),
                 InfraError);
}

// ---- Against every set of puts ----

// All that the put of a value had read, straight from the definition.
void AddRead(const History &history, const std::string &value,
             std::set<std::string> *read)
{
    for (const Operation &put : history) {
        if (!put.is_put || put.value != value || !put.context_of)
            continue;
        for (const Operation &get : history)
            if (get.id == *put.context_of)
                for (const std::string &seen : get.values)
                    if (read->insert(seen).second)
                        AddRead(history, seen, read);
    }
}

// Whether a get may have returned what it did: tries every set of puts.
bool IsLegalByForce(const History &history, const Operation &get,
                    uint64_t sees_all_from)
{
    std::vector<const Operation *> puts;
    Values returned = get.values;

    std::sort(returned.begin(), returned.end());
    for (const Operation &it : history)
        if (it.is_put && it.invoked < get.returned)
            puts.push_back(&it);
    for (uint32_t set = 0; set < 1u << puts.size(); set++) {
        std::set<std::string> read;
        Values left;
        bool complete = true;

        for (size_t i = 0; i < puts.size(); i++) {
            if (set >> i & 1)
                AddRead(history, puts[i]->value, &read);
            else if (get.invoked >= sees_all_from && Precedes(*puts[i], get))
                complete = false;
        }
        for (size_t i = 0; complete && i < puts.size(); i++)
            if (set >> i & 1 && read.count(puts[i]->value) == 0)
                left.push_back(puts[i]->value);
        std::sort(left.begin(), left.end());
        if (complete && left == returned)
            return true;
    }
    return false;
}

// The position of the first get that is not legal; 0: there is none.
uint64_t FirstBreakByForce(const History &history, uint64_t sees_all_from)
{
    uint64_t first = 0;

    for (const Operation &it : history)
        if (!it.is_put && Succeeded(it) &&
            (first == 0 || it.returned < first) &&
            !IsLegalByForce(history, it, sees_all_from))
            first = it.returned;
    return first;
}

// Few puts and gets of one key, whose answers are anything, mostly what was put.
History DrawSiblings(Choices &choices)
{
    const size_t count = 2 + choices.Choose(7);
    std::vector<uint64_t> positions(2 * count);
    History history;
    char value = 'a';

    for (size_t i = 0; i < positions.size(); i++)
        positions[i] = i + 1;
    // Neighbours change places: most operations follow each other.
    for (size_t i = 0; i < 2 * count; i++) {
        const size_t at = choices.Choose(positions.size() - 1);
        std::swap(positions[at], positions[at + 1]);
    }
    for (size_t i = 0; i < count; i++) {
        const auto [from, to] =
            std::minmax(positions[2 * i], positions[2 * i + 1]);
        const uint64_t fate = choices.Choose(8);
        const int id = static_cast<int>(i);

        if (choices.Choose(2) == 0) {
            history.push_back(Put(id, std::string(1, value++), from,
                                  fate == 6 ? kNever : to,
                                  fate == 7 ? DYN_EUNAVAILABLE : DYN_OK));
            std::vector<int> contexts;
            for (const Operation &it : history)
                if (!it.is_put && Succeeded(it) && it.returned < from)
                    contexts.push_back(it.id);
            if (!contexts.empty() && choices.Choose(4) > 0)
                history.back().context_of =
                    contexts[choices.Choose(contexts.size())];
        } else {
            Values values;
            for (char it = 'a'; it < value; it++)
                if (choices.Choose(5) < 2)
                    values.push_back(std::string(1, it));
            if (choices.Choose(40) == 0)
                values.push_back(std::string(1, char('a' + choices.Choose(6))));
            history.push_back(GetAll(id, values, from, to));
        }
    }
    return history;
}

TEST(Causal, AgreesWithEverySetOfPuts)
{
    Choices choices(20071014);
    int broken = 0;
    const int rounds = 50000;

    for (int round = 0; round < rounds; round++) {
        const History history = DrawSiblings(choices);
        const uint64_t from =
            std::vector<uint64_t>{0, 0, 9, kNever}[choices.Choose(4)];
        const Finding finding = Check(history, from);
        const uint64_t first = FirstBreakByForce(history, from);

        ASSERT_EQ(finding.verdict == Verdict::Broken, first != 0)
            << "history " << round << " " << finding.text;
        broken += first != 0;
        if (first != 0) {
            ASSERT_EQ(finding.at, first) << finding.text;
        }
    }
    EXPECT_GT(broken, rounds / 4);
    EXPECT_LT(broken, rounds * 3 / 4);
}

// ---- Against a store ----

// Three replicas that hold sets of puts, R 2 and W 2. Steps of several clients
// take turns. What a put replaces is what its context has; with `one_entry`
// also every earlier put through the same coordinator that reached its replica,
// as when a version vector has one entry a coordinator.
class SiblingStore
{
  public:
    SiblingStore(Choices &choices, bool one_entry)
        : choices_(choices), one_entry_(one_entry)
    {
    }

    History Draw(int operations)
    {
        while (int(history_.size()) < operations || !steps_.empty()) {
            if (int(history_.size()) < operations && choices_.Choose(3) == 0) {
                Begin();
            } else if (!steps_.empty()) {
                const size_t at = choices_.Choose(steps_.size());
                const Step step = steps_[at];

                steps_.erase(steps_.begin() + at);
                Take(step);
            }
        }
        return history_;
    }

  private:
    struct Version {
        int put;
        uint64_t coordinator;
        std::set<int> past; // puts
    };
    struct Step {
        size_t operation, replica;
    };

    static void Add(std::vector<Version> *set, const Version &version)
    {
        for (const Version &it : *set)
            if (it.put == version.put || it.past.count(version.put) > 0)
                return;
        set->erase(std::remove_if(set->begin(), set->end(),
                                  [&](const Version &it) {
                                      return version.past.count(it.put) > 0;
                                  }),
                   set->end());
        set->push_back(version);
    }

    void Begin()
    {
        const size_t number = history_.size();
        const int id = static_cast<int>(number);
        std::vector<size_t> seen; // gets that have returned

        for (size_t i = 0; i < number; i++)
            if (!history_[i].is_put && Succeeded(history_[i]))
                seen.push_back(i);
        const bool is_put = choices_.Choose(2) == 0;
        history_.push_back(is_put ? Put(id, ValueOf(id), now_, kNever)
                                  : Get(id, std::nullopt, now_, kNever));
        now_++;
        versions_.push_back({id, choices_.Choose(3), {}});
        answers_.push_back(0);
        results_.emplace_back();
        if (is_put && !seen.empty() && choices_.Choose(4) > 0) {
            // Clients go on from what was read lately.
            const size_t back = std::min<size_t>(seen.size(), 3);
            const size_t get = seen[seen.size() - 1 - choices_.Choose(back)];

            history_.back().context_of = static_cast<int>(get);
            for (const Version &it : results_[get]) {
                versions_.back().past.insert(it.put);
                versions_.back().past.insert(it.past.begin(), it.past.end());
            }
        }
        for (size_t replica = 0; replica < 3; replica++)
            steps_.push_back({number, replica});
    }

    void Take(const Step &step)
    {
        Operation &operation = history_[step.operation];
        std::vector<Version> &held = replicas_[step.replica];
        Version &version = versions_[step.operation];

        if (operation.is_put && answers_[step.operation] == 0 && one_entry_)
            for (const Version &it : held)
                if (it.coordinator == version.coordinator)
                    version.past.insert(it.put);
        if (operation.is_put)
            Add(&held, version);
        else if (operation.returned == kNever)
            for (const Version &it : held)
                Add(&results_[step.operation], it);
        if (++answers_[step.operation] != 2)
            return;
        operation.returned = now_++;
        if (!operation.is_put)
            for (const Version &it : results_[step.operation])
                operation.values.push_back(ValueOf(it.put));
    }

    static std::string ValueOf(int put)
    {
        return "v" + std::to_string(put);
    }

    Choices &choices_;
    const bool one_entry_;
    History history_;
    std::vector<Version> versions_; // one an operation
    std::vector<int> answers_;
    std::vector<std::vector<Version>> results_; // of gets
    std::vector<Step> steps_;
    std::vector<Version> replicas_[3];
    uint64_t now_ = 1;
};

TEST(Causal, HoldsForAStoreThatLosesNothing)
{
    Choices choices(2010);

    for (int round = 0; round < 100; round++) {
        const History history = SiblingStore(choices, false).Draw(120);
        const Finding finding = Check(history);

        ASSERT_EQ(finding.verdict, Verdict::Holds) << round << finding.text;
    }
}

TEST(Causal, FindsWhatOneEntryACoordinatorLoses)
{
    Choices choices(2007);
    std::set<std::string> patterns;
    int broken = 0;

    for (int round = 0; round < 100; round++) {
        const Finding finding = Check(SiblingStore(choices, true).Draw(100));

        broken += finding.verdict == Verdict::Broken;
        patterns.insert(finding.pattern);
    }
    EXPECT_GT(broken, 90);
    EXPECT_EQ(patterns.count("lost write"), 1u);
    EXPECT_EQ(patterns.count("kept too long"), 0u);
}

} // namespace
} // namespace judge
