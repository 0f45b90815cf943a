#include "lab3-vclock/versions_model.h"

#include <algorithm>

namespace judge
{
namespace
{

std::string AfterLength(const std::string &bytes)
{
    return BigEndian(bytes.size(), 4) + bytes;
}

std::string Show(const std::map<std::string, ClockedVersion> &versions)
{
    std::string text;

    for (const auto &[bytes, version] : versions)
        text += (text.empty() ? "" : "; ") + judge::Show(version.clock) + " " +
                ShowValue(version.value);
    return versions.empty() ? "no versions" : text;
}

std::string Show(const std::map<Dot, std::string> &versions)
{
    std::string text;

    for (const auto &[dot, value] : versions)
        text += (text.empty() ? "" : "; ") + judge::Show(dot) + " " +
                ShowValue(value);
    return versions.empty() ? "no versions" : text;
}

} // namespace

// ---- vclock.h ----

uint64_t CounterOf(const Clock &clock, node_id node)
{
    const auto found = clock.find(node);

    return found != clock.end() ? found->second.counter : 0;
}

int OrderOf(const Clock &a, const Clock &b)
{
    bool higher = false, lower = false;
    Clock both = Merged(a, b);

    for (const auto &[node, stamp] : both) {
        higher = higher || CounterOf(a, node) > CounterOf(b, node);
        lower = lower || CounterOf(a, node) < CounterOf(b, node);
    }
    if (higher && lower)
        return VCLOCK_CONCURRENT;
    return higher ? VCLOCK_AFTER : lower ? VCLOCK_BEFORE : VCLOCK_EQUAL;
}

Clock Merged(const Clock &a, const Clock &b)
{
    Clock merged = a;

    for (const auto &[node, stamp] : b) {
        Stamp &mine = merged[node];

        if (mine.counter < stamp.counter)
            mine = stamp;
        else if (mine.counter == stamp.counter)
            mine.time_ms = std::max(mine.time_ms, stamp.time_ms);
    }
    return merged;
}

Clock Truncated(Clock clock, size_t most)
{
    while (clock.size() > most)
        clock.erase(std::min_element(
            clock.begin(), clock.end(), [](const auto &a, const auto &b) {
                return std::pair(a.second.time_ms, a.first) <
                       std::pair(b.second.time_ms, b.first);
            }));
    return clock;
}

std::string BytesOf(const Clock &clock)
{
    std::string bytes = BigEndian(clock.size(), 4);

    for (const auto &[node, stamp] : clock)
        bytes += BigEndian(node, 4) + BigEndian(stamp.counter, 8) +
                 BigEndian(stamp.time_ms, 8);
    return bytes;
}

std::vector<Clock> ClocksOf(const vclock_history &history, size_t most)
{
    std::map<node_id, uint64_t> counters;
    std::vector<Clock> clocks;

    for (size_t i = 0; i < history.count; i++) {
        const vclock_write &write = history.writes[i];
        Clock clock;

        for (size_t k = 0; k < i; k++)
            if ((write.read >> k & 1) != 0)
                clock = Merged(clock, clocks[k]);
        clock[write.node] = {++counters[write.node], write.time_ms};
        clocks.push_back(most > 0 ? Truncated(clock, most) : clock);
    }
    return clocks;
}

bool HasSeen(const vclock_history &history, size_t later, size_t earlier)
{
    if (later == earlier)
        return true;
    for (size_t k = earlier; k < later; k++)
        if ((history.writes[later].read >> k & 1) != 0 &&
            HasSeen(history, k, earlier))
            return true;
    return false;
}

// ---- siblings.h ----

int SiblingsModel::Add(const Clock &clock, const std::string &value)
{
    for (const auto &[bytes, held] : versions_) {
        // It has nothing that this one lacks.
        if (OrderOf(Merged(clock, held.clock), held.clock) == VCLOCK_EQUAL)
            return DYN_EEXIST;
    }
    for (auto at = versions_.begin(); at != versions_.end();)
        if (OrderOf(at->second.clock, clock) == VCLOCK_BEFORE)
            at = versions_.erase(at);
        else
            ++at;
    versions_[BytesOf(clock)] = {clock, value};
    return DYN_OK;
}

void SiblingsModel::Merge(const SiblingsModel &from)
{
    for (const auto &[bytes, version] : from.versions_)
        Add(version.clock, version.value);
}

Clock SiblingsModel::Context() const
{
    Clock context;

    for (const auto &[bytes, version] : versions_)
        context = Merged(context, version.clock);
    return context;
}

int SiblingsModel::Put(const Clock &context, node_id node, uint64_t time_ms,
                       const std::string &value, size_t most)
{
    uint64_t counter = CounterOf(context, node);
    Clock clock = context;

    for (const auto &[bytes, version] : versions_)
        counter = std::max(counter, CounterOf(version.clock, node));
    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    clock[node] = {counter + 1, time_ms};
    return Add(most > 0 ? Truncated(clock, most) : clock, value);
}

std::string SiblingsModel::Bytes() const
{
    std::string text = BigEndian(versions_.size(), 4);

    for (const auto &[bytes, version] : versions_)
        text += AfterLength(bytes) + AfterLength(version.value);
    return text;
}

// ---- dvv.h ----

int DvvModel::Put(const Clock &context, node_id node, uint64_t time_ms,
                  const std::string &value)
{
    const Clock seen = Merged(clock_, context);
    const uint64_t counter = CounterOf(seen, node);

    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    for (auto at = versions_.begin(); at != versions_.end();)
        if (at->first.second <= CounterOf(context, at->first.first))
            at = versions_.erase(at);
        else
            ++at;
    clock_ = seen;
    clock_[node] = {counter + 1, time_ms};
    versions_[{node, counter + 1}] = value;
    return DYN_OK;
}

void DvvModel::Merge(const DvvModel &from)
{
    std::map<Dot, std::string> merged;

    for (const auto &[dot, value] : versions_)
        if (from.versions_.count(dot) > 0 ||
            dot.second > CounterOf(from.clock_, dot.first))
            merged[dot] = value;
    for (const auto &[dot, value] : from.versions_)
        if (dot.second > CounterOf(clock_, dot.first))
            merged[dot] = value;
    versions_ = merged;
    clock_ = Merged(clock_, from.clock_);
}

std::string DvvModel::Bytes() const
{
    std::string bytes =
        AfterLength(BytesOf(clock_)) + BigEndian(versions_.size(), 4);

    for (const auto &[dot, value] : versions_)
        bytes += BigEndian(dot.first, 4) + BigEndian(dot.second, 8) +
                 AfterLength(value);
    return bytes;
}

// ---- Inputs ----

Clock ChooseClock(Trial &t, uint64_t nodes, uint64_t most)
{
    Clock clock;

    for (node_id node = 1; node <= nodes; node++) {
        const uint64_t counter = t.Choose(most + 1);

        if (counter > 0)
            clock[node] = {counter, t.Choose(4)};
    }
    return clock;
}

Clock ChooseWideClock(Trial &t)
{
    const node_id nodes[] = {1, 0, 2, 255, 256, 65536, 1u << 31, UINT32_MAX};
    const uint64_t numbers[] = {1,          2,          255,       256,
                                1ull << 32, 1ull << 63, UINT64_MAX};
    const uint64_t pairs = t.Choose(6);
    Clock clock;

    for (uint64_t i = 0; i < pairs; i++)
        clock[nodes[t.Choose(8)]] = {numbers[t.Choose(7)],
                                     numbers[t.Choose(7)] - 1};
    return clock;
}

// ---- What is expected ----

void ExpectClock(Trial &t, const StudentClock &seen, const Clock &expected,
                 const std::string &what)
{
    const Clock all = seen.All();

    t.Expect(all == expected, what + ": " + Show(expected), Show(all));
    // What is listed must be found, too.
    for (const auto &[node, stamp] : expected)
        t.Expect(seen.Counter(node) == stamp.counter,
                 what + ": the counter " + std::to_string(stamp.counter) +
                     " of node " + std::to_string(node),
                 std::to_string(seen.Counter(node)));
}

void ExpectVersions(Trial &t, const StudentSiblings &seen,
                    const SiblingsModel &expected, const std::string &what)
{
    std::map<std::string, ClockedVersion> all;

    for (const ClockedVersion &version : seen.All())
        t.Expect(all.emplace(BytesOf(version.clock), version).second,
                 "every version of a set once",
                 "the version " + Show(version.clock) + " comes twice");
    const bool equal =
        all.size() == expected.Versions().size() &&
        std::equal(all.begin(), all.end(), expected.Versions().begin(),
                   [](const auto &a, const auto &b) {
                       return a.first == b.first &&
                              a.second.value == b.second.value;
                   });
    t.Expect(equal, what + ": " + Show(expected.Versions()), Show(all));
}

void ExpectVersions(Trial &t, const StudentDvv &seen, const DvvModel &expected,
                    const std::string &what)
{
    const std::map<Dot, std::string> all = seen.All();

    t.Expect(all == expected.Versions(),
             what + ": " + Show(expected.Versions()), Show(all));
    ExpectClock(t, seen.Context(), expected.Context(), what + ", its clock");
}

} // namespace judge
