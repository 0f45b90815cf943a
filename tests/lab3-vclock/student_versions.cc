#include "lab3-vclock/student_versions.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

// [node, counter, time, ...]
std::vector<vclock_pair> AnswerPairs(Trial &t, const json &answer, size_t index)
{
    const json &numbers = AnswerArray(answer, index);
    std::vector<vclock_pair> pairs(numbers.size() / 3);

    for (size_t i = 0; i < pairs.size(); i++) {
        const uint64_t node = AnswerUint(numbers, 3 * i);

        t.Expect(node <= UINT32_MAX, "the name of a node",
                 std::to_string(node));
        pairs[i] = {static_cast<node_id>(node), AnswerUint(numbers, 3 * i + 1),
                    AnswerUint(numbers, 3 * i + 2)};
    }
    return pairs;
}

std::string ShowPairs(const std::vector<vclock_pair> &pairs)
{
    std::string text;

    for (size_t i = 0; i < pairs.size(); i++) {
        if (i == 12 && pairs.size() > 16)
            return "<" + text + ", ... " + std::to_string(pairs.size()) +
                   " pairs>";
        text += (i > 0 ? ", " : "") + std::to_string(pairs[i].node) + ":" +
                std::to_string(pairs[i].counter) + " @" +
                std::to_string(pairs[i].time_ms);
    }
    return "<" + text + ">";
}

Clock InOrder(Trial &t, const std::vector<vclock_pair> &pairs)
{
    Clock clock;

    for (size_t i = 0; i < pairs.size(); i++) {
        t.Expect(i == 0 || pairs[i - 1].node < pairs[i].node,
                 "pairs in ascending order of the node, each node once",
                 ShowPairs(pairs));
        clock[pairs[i].node] = {pairs[i].counter, pairs[i].time_ms};
    }
    return clock;
}

} // namespace

std::string Show(const Clock &clock)
{
    std::vector<vclock_pair> pairs;

    for (const auto &[node, stamp] : clock)
        pairs.push_back({node, stamp.counter, stamp.time_ms});
    return ShowPairs(pairs);
}

std::string ShowOrder(int order)
{
    switch (order) {
    case VCLOCK_EQUAL:
        return "VCLOCK_EQUAL";
    case VCLOCK_BEFORE:
        return "VCLOCK_BEFORE";
    case VCLOCK_AFTER:
        return "VCLOCK_AFTER";
    case VCLOCK_CONCURRENT:
        return "VCLOCK_CONCURRENT";
    default:
        return order < 0 ? CodeName(order) : std::to_string(order);
    }
}

std::string Show(const Dot &dot)
{
    return "(" + std::to_string(dot.first) + ", " + std::to_string(dot.second) +
           ")";
}

// ---- vclock.h ----

StudentClock::StudentClock(Trial &t, const Clock &clock)
    : StudentThing(t, "clock", "vclock")
{
    MustMake("vclock_open(" + Name() + ")", "vclock_open",
             json::array({handle_}));
    for (const auto &[node, stamp] : clock)
        t.ExpectCode(DYN_OK, Raise(node, stamp.counter, stamp.time_ms),
                     "vclock_raise to a higher counter");
}

StudentClock StudentClock::Copy() const
{
    StudentClock copy(*t_, Unmade{});

    copy.MustMake("vclock_copy(" + copy.Name() + ", " + Name() + ")",
                  "vclock_copy", json::array({copy.handle_, handle_}));
    return copy;
}

int StudentClock::Decode(Trial &t, const std::string &bytes,
                         std::optional<StudentClock> *clock)
{
    StudentClock made(t, Unmade{});
    const int code = made.Make(
        "vclock_decode(" + made.Name() + ", " + ShowBytes(bytes) + ")",
        "vclock_decode", json::array({made.handle_, Binary(bytes)}));

    if (code == DYN_OK)
        *clock = made;
    return code;
}

int StudentClock::Raise(node_id node, uint64_t counter, uint64_t time_ms)
{
    return Code("vclock_raise(" + Name() + ", node " + std::to_string(node) +
                    ", counter " + std::to_string(counter) + ", time " +
                    std::to_string(time_ms) + ")",
                "vclock_raise", json::array({handle_, node, counter, time_ms}));
}

int StudentClock::Increment(node_id node, uint64_t time_ms)
{
    return Code("vclock_increment(" + Name() + ", node " +
                    std::to_string(node) + ", time " + std::to_string(time_ms) +
                    ")",
                "vclock_increment", json::array({handle_, node, time_ms}));
}

uint64_t StudentClock::Counter(node_id node) const
{
    return Number("vclock_counter(" + Name() + ", node " +
                      std::to_string(node) + ")",
                  "vclock_counter", json::array({handle_, node}));
}

uint64_t StudentClock::Pairs(size_t capacity,
                             std::vector<vclock_pair> *pairs) const
{
    const json &answer =
        t_->Host().Call("vclock_pairs(" + Name() + ", capacity " +
                            std::to_string(capacity) + ")",
                        "vclock_pairs", json::array({handle_, capacity}));
    const uint64_t count = AnswerUint(answer, 0);

    *pairs = AnswerPairs(*t_, answer, 1);
    t_->Host().Answered(std::to_string(count) + ", " + ShowPairs(*pairs));
    t_->Expect(AnswerBool(answer, 2), "no more pairs are stored than there are",
               "vclock_pairs has written after them");
    return count;
}

Clock StudentClock::All() const
{
    std::vector<vclock_pair> pairs;
    const uint64_t count = Pairs(2000, &pairs);

    t_->Expect(count == pairs.size(), "at most as many pairs as were made",
               std::to_string(count));
    return InOrder(*t_, pairs);
}

int StudentClock::Compare(const StudentClock &other) const
{
    const int order =
        AnswerCode(t_->Host().Call(
                       "vclock_compare(" + Name() + ", " + other.Name() + ")",
                       "vclock_compare", json::array({handle_, other.handle_})),
                   0);

    t_->Host().Answered(ShowOrder(order));
    return order;
}

int StudentClock::Merge(const StudentClock &from)
{
    return Code("vclock_merge(" + Name() + ", " + from.Name() + ")",
                "vclock_merge", json::array({handle_, from.handle_}));
}

int StudentClock::Truncate(uint64_t most)
{
    return Code("vclock_truncate(" + Name() + ", most " + std::to_string(most) +
                    ")",
                "vclock_truncate", json::array({handle_, most}));
}

std::string StudentClock::Bytes() const
{
    const Encoded encoded = Encode({});

    t_->ExpectCode(DYN_OK, encoded.code, "vclock_encode with room");
    return encoded.bytes;
}

int StudentHistory(Trial &t, const std::string &function, uint64_t most,
                   vclock_history *history)
{
    const json &answer =
        t.Host().Call(function + "(most " + std::to_string(most) + ")",
                      function, json::array({0, most}));
    const int code = AnswerCode(answer, 0);
    const json &numbers = AnswerArray(answer, 5);
    std::string text;

    *history = {};
    if (code != DYN_OK) {
        t.Host().Answered(CodeText(code));
        ExpectUntouched(t, code, AnswerBool(answer, 1), function);
        return code;
    }
    history->count = AnswerUint(answer, 2);
    history->first = AnswerUint(answer, 3);
    history->second = AnswerUint(answer, 4);
    for (size_t i = 0; i < numbers.size() / 3; i++) {
        vclock_write &write = history->writes[i];

        write.node = static_cast<node_id>(AnswerUint(numbers, 3 * i));
        write.time_ms = AnswerUint(numbers, 3 * i + 1);
        write.read = static_cast<uint32_t>(AnswerUint(numbers, 3 * i + 2));
        std::string read;
        for (size_t k = 0; k < VCLOCK_WRITES_MAX; k++)
            if ((write.read >> k & 1) != 0)
                read += (read.empty() ? "" : ", ") + std::to_string(k);
        text += "\nwrite " + std::to_string(i) + " through node " +
                std::to_string(write.node) + " at " +
                std::to_string(write.time_ms) + " ms, has read " +
                (read.empty() ? "nothing" : read);
    }
    t.Host().Answered(std::to_string(history->count) + " writes, first " +
                      std::to_string(history->first) + ", second " +
                      std::to_string(history->second) + text);
    ExpectUntouched(t, code, AnswerBool(answer, 1), function);
    for (size_t i = 0; i < numbers.size() / 3; i++)
        t.Expect(history->writes[i].read >> i == 0,
                 "write " + std::to_string(i) + " has read earlier writes only",
                 "a bit of itself or of a later one is set");
    t.Expect(history->count <= VCLOCK_WRITES_MAX &&
                 history->first < history->count &&
                 history->second < history->count,
             "at most 32 writes, and `first` and `second` are two of them",
             std::to_string(history->count) + " writes, first " +
                 std::to_string(history->first) + ", second " +
                 std::to_string(history->second));
    return code;
}

// ---- siblings.h ----

StudentSiblings::StudentSiblings(Trial &t) : StudentSiblings(t, Unmade{})
{
    MustMake("siblings_open(" + Name() + ")", "siblings_open",
             json::array({handle_}));
}

int StudentSiblings::Decode(Trial &t, const std::string &bytes,
                            std::optional<StudentSiblings> *set)
{
    StudentSiblings made(t, Unmade{});
    const int code = made.Make(
        "siblings_decode(" + made.Name() + ", " + ShowBytes(bytes) + ")",
        "siblings_decode", json::array({made.handle_, Binary(bytes)}));

    if (code == DYN_OK)
        *set = made;
    return code;
}

int StudentSiblings::Add(const StudentClock &clock, const std::string &value)
{
    return Code("siblings_add(" + Name() + ", " + clock.Name() + ", " +
                    ShowValue(value) + ")",
                "siblings_add",
                json::array({handle_, clock.handle_, Binary(value)}));
}

int StudentSiblings::Merge(const StudentSiblings &from)
{
    return Code("siblings_merge(" + Name() + ", " + from.Name() + ")",
                "siblings_merge", json::array({handle_, from.handle_}));
}

uint64_t StudentSiblings::Count() const
{
    return Number("siblings_count(" + Name() + ")", "siblings_count",
                  json::array({handle_}));
}

int StudentSiblings::At(uint64_t index, ClockedVersion *version) const
{
    const json &answer = t_->Host().Call(
        "siblings_at(" + Name() + ", " + std::to_string(index) + ")",
        "siblings_at", json::array({handle_, index, 0, 0}));
    const int code = AnswerCode(answer, 0);

    const std::vector<vclock_pair> pairs = AnswerPairs(*t_, answer, 1);
    version->value = AnswerText(answer, 2);
    t_->Host().Answered(code == DYN_OK
                            ? ShowPairs(pairs) + " " + ShowValue(version->value)
                            : CodeText(code));
    version->clock = InOrder(*t_, pairs);
    ExpectUntouched(*t_, code, AnswerBool(answer, 3), "siblings_at");
    return code;
}

std::vector<ClockedVersion> StudentSiblings::All() const
{
    std::vector<ClockedVersion> all(std::min<uint64_t>(Count(), 2000));

    for (size_t i = 0; i < all.size(); i++)
        t_->ExpectCode(DYN_OK, At(i, &all[i]),
                       "siblings_at of an index below siblings_count");
    return all;
}

StudentClock StudentSiblings::Context() const
{
    StudentClock context(*t_, StudentClock::Unmade{});

    context.MustMake("siblings_context(" + Name() + ", " + context.Name() + ")",
                     "siblings_context",
                     json::array({handle_, context.handle_}));
    return context;
}

int StudentSiblings::Put(const StudentClock &context, node_id node,
                         uint64_t time_ms, const std::string &value,
                         uint64_t most)
{
    return Code("siblings_put(" + Name() + ", context " + context.Name() +
                    ", node " + std::to_string(node) + ", time " +
                    std::to_string(time_ms) + ", " + ShowValue(value) +
                    ", most " + std::to_string(most) + ")",
                "siblings_put",
                json::array({handle_, context.handle_, node, time_ms,
                             Binary(value), most}));
}

std::string StudentSiblings::Bytes() const
{
    const Encoded encoded = Encode({});

    t_->ExpectCode(DYN_OK, encoded.code, "siblings_encode with room");
    return encoded.bytes;
}

// ---- dvv.h ----

StudentDvv::StudentDvv(Trial &t) : StudentDvv(t, Unmade{})
{
    MustMake("dvv_open(" + Name() + ")", "dvv_open", json::array({handle_}));
}

int StudentDvv::Decode(Trial &t, const std::string &bytes,
                       std::optional<StudentDvv> *set)
{
    StudentDvv made(t, Unmade{});
    const int code =
        made.Make("dvv_decode(" + made.Name() + ", " + ShowBytes(bytes) + ")",
                  "dvv_decode", json::array({made.handle_, Binary(bytes)}));

    if (code == DYN_OK)
        *set = made;
    return code;
}

int StudentDvv::Put(const StudentClock &context, node_id node, uint64_t time_ms,
                    const std::string &value)
{
    return Code(
        "dvv_put(" + Name() + ", context " + context.Name() + ", node " +
            std::to_string(node) + ", time " + std::to_string(time_ms) + ", " +
            ShowValue(value) + ")",
        "dvv_put",
        json::array({handle_, context.handle_, node, time_ms, Binary(value)}));
}

int StudentDvv::Merge(const StudentDvv &from)
{
    return Code("dvv_merge(" + Name() + ", " + from.Name() + ")", "dvv_merge",
                json::array({handle_, from.handle_}));
}

uint64_t StudentDvv::Count() const
{
    return Number("dvv_count(" + Name() + ")", "dvv_count",
                  json::array({handle_}));
}

int StudentDvv::At(uint64_t index, Dot *dot, std::string *value) const
{
    const json &answer =
        t_->Host().Call("dvv_at(" + Name() + ", " + std::to_string(index) + ")",
                        "dvv_at", json::array({handle_, index, 0, 0}));
    const int code = AnswerCode(answer, 0);

    *dot = {static_cast<node_id>(AnswerUint(answer, 1)), AnswerUint(answer, 2)};
    *value = AnswerText(answer, 3);
    t_->Host().Answered(code == DYN_OK
                            ? judge::Show(*dot) + " " + ShowValue(*value)
                            : CodeText(code));
    ExpectUntouched(*t_, code, AnswerBool(answer, 4), "dvv_at");
    return code;
}

std::map<Dot, std::string> StudentDvv::All() const
{
    const uint64_t count = std::min<uint64_t>(Count(), 2000);
    std::map<Dot, std::string> all;

    for (size_t i = 0; i < count; i++) {
        Dot dot;
        std::string value;

        t_->ExpectCode(DYN_OK, At(i, &dot, &value),
                       "dvv_at of an index below dvv_count");
        t_->Expect(all.emplace(dot, value).second,
                   "a dot names one version of a set",
                   "the dot " + judge::Show(dot) + " comes twice");
    }
    return all;
}

StudentClock StudentDvv::Context() const
{
    StudentClock context(*t_, StudentClock::Unmade{});

    context.MustMake("dvv_context(" + Name() + ", " + context.Name() + ")",
                     "dvv_context", json::array({handle_, context.handle_}));
    return context;
}

std::string StudentDvv::Bytes() const
{
    const Encoded encoded = Encode({});

    t_->ExpectCode(DYN_OK, encoded.code, "dvv_encode with room");
    return encoded.bytes;
}

// ---- NULL pointers ----

void ExpectClockNullsRefused(Trial &t)
{
    const StudentClock clock(t, {{1, {1, 0}}});
    const int c = clock.Handle();

    t.Host().Call("vclock_close(NULL)", "vclock_close", json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t, {{"vclock_open(NULL)", "vclock_open", json::array({nullptr}), false},
            {"vclock_copy(NULL, clock)", "vclock_copy",
             json::array({nullptr, c}), false},
            {"vclock_copy(&copy, NULL)", "vclock_copy",
             json::array({t.NextHandle(), nullptr}), false},
            {"vclock_raise(NULL, ...)", "vclock_raise",
             json::array({nullptr, 1, 2, 3}), false},
            {"vclock_increment(NULL, ...)", "vclock_increment",
             json::array({nullptr, 1, 2}), false},
            {"vclock_counter(NULL, node 1)", "vclock_counter",
             json::array({nullptr, 1}), true},
            {"vclock_pairs(NULL, NULL, 0)", "vclock_pairs",
             json::array({nullptr, 0}), true},
            {"vclock_pairs(clock, NULL, 1)", "vclock_pairs",
             json::array({c, nullptr}), true},
            {"vclock_compare(NULL, clock)", "vclock_compare",
             json::array({nullptr, c}), false},
            {"vclock_compare(clock, NULL)", "vclock_compare",
             json::array({c, nullptr}), false},
            {"vclock_merge(NULL, clock)", "vclock_merge",
             json::array({nullptr, c}), false},
            {"vclock_merge(clock, NULL)", "vclock_merge",
             json::array({c, nullptr}), false},
            {"vclock_encode(NULL, ...)", "vclock_encode",
             json::array({nullptr, 100, 0}), false},
            {"vclock_encode(clock, NULL, 1, &length)", "vclock_encode",
             json::array({c, nullptr, 0}), false},
            {"vclock_encode(clock, bytes, 100, NULL)", "vclock_encode",
             json::array({c, 100, 1}), false},
            {"vclock_decode(NULL, ...)", "vclock_decode",
             json::array({nullptr, Binary(std::string(4, '\0'))}), false},
            {"vclock_decode(&clock, NULL, 1)", "vclock_decode",
             json::array({t.NextHandle(), nullptr}), false},
            {"vclock_truncate(NULL, 1)", "vclock_truncate",
             json::array({nullptr, 1}), false},
            {"vclock_false_conflict(NULL, 1)", "vclock_false_conflict",
             json::array({nullptr, 1}), false},
            {"vclock_lost_write(NULL, 1)", "vclock_lost_write",
             json::array({nullptr, 1}), false}});
}

void ExpectSiblingsNullsRefused(Trial &t)
{
    const StudentClock clock(t, {{1, {1, 0}}});
    const StudentSiblings set(t);
    const int c = clock.Handle(), s = set.Handle();

    t.Host().Call("siblings_close(NULL)", "siblings_close",
                  json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t, {{"siblings_open(NULL)", "siblings_open", json::array({nullptr}),
             false},
            {"siblings_add(NULL, ...)", "siblings_add",
             json::array({nullptr, c, Binary("a")}), false},
            {"siblings_add(set, NULL, ...)", "siblings_add",
             json::array({s, nullptr, Binary("a")}), false},
            {"siblings_add(set, clock, 1 byte at NULL)", "siblings_add",
             json::array({s, c, nullptr}), false},
            {"siblings_merge(NULL, set)", "siblings_merge",
             json::array({nullptr, s}), false},
            {"siblings_merge(set, NULL)", "siblings_merge",
             json::array({s, nullptr}), false},
            {"siblings_count(NULL)", "siblings_count", json::array({nullptr}),
             true},
            {"siblings_at(NULL, ...)", "siblings_at",
             json::array({nullptr, 0, 0, 0}), false},
            {"siblings_at(set, 0, NULL, &value)", "siblings_at",
             json::array({s, 0, 1, 0}), false},
            {"siblings_at(set, 0, &clock, NULL)", "siblings_at",
             json::array({s, 0, 0, 1}), false},
            {"siblings_context(NULL, &clock)", "siblings_context",
             json::array({nullptr, t.NextHandle()}), false},
            {"siblings_context(set, NULL)", "siblings_context",
             json::array({s, nullptr}), false},
            {"siblings_put(NULL, ...)", "siblings_put",
             json::array({nullptr, c, 1, 0, Binary("a"), 0}), false},
            {"siblings_put(set, NULL, ...)", "siblings_put",
             json::array({s, nullptr, 1, 0, Binary("a"), 0}), false},
            {"siblings_put(set, clock, ..., 1 byte at NULL, 0)", "siblings_put",
             json::array({s, c, 1, 0, nullptr, 0}), false},
            {"siblings_encode(NULL, ...)", "siblings_encode",
             json::array({nullptr, 100, 0}), false},
            {"siblings_encode(set, NULL, 1, &length)", "siblings_encode",
             json::array({s, nullptr, 0}), false},
            {"siblings_encode(set, bytes, 100, NULL)", "siblings_encode",
             json::array({s, 100, 1}), false},
            {"siblings_decode(NULL, ...)", "siblings_decode",
             json::array({nullptr, Binary(std::string(4, '\0'))}), false},
            {"siblings_decode(&set, NULL, 1)", "siblings_decode",
             json::array({t.NextHandle(), nullptr}), false}});
}

void ExpectDvvNullsRefused(Trial &t)
{
    const StudentClock clock(t, {{1, {1, 0}}});
    const StudentDvv set(t);
    const int c = clock.Handle(), s = set.Handle();

    t.Host().Call("dvv_close(NULL)", "dvv_close", json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t, {{"dvv_open(NULL)", "dvv_open", json::array({nullptr}), false},
            {"dvv_put(NULL, ...)", "dvv_put",
             json::array({nullptr, c, 1, 0, Binary("a")}), false},
            {"dvv_put(set, NULL, ...)", "dvv_put",
             json::array({s, nullptr, 1, 0, Binary("a")}), false},
            {"dvv_put(set, clock, ..., 1 byte at NULL)", "dvv_put",
             json::array({s, c, 1, 0, nullptr}), false},
            {"dvv_merge(NULL, set)", "dvv_merge", json::array({nullptr, s}),
             false},
            {"dvv_merge(set, NULL)", "dvv_merge", json::array({s, nullptr}),
             false},
            {"dvv_count(NULL)", "dvv_count", json::array({nullptr}), true},
            {"dvv_at(NULL, ...)", "dvv_at", json::array({nullptr, 0, 0, 0}),
             false},
            {"dvv_at(set, 0, NULL, &value)", "dvv_at",
             json::array({s, 0, 1, 0}), false},
            {"dvv_at(set, 0, &dot, NULL)", "dvv_at", json::array({s, 0, 0, 1}),
             false},
            {"dvv_context(NULL, &clock)", "dvv_context",
             json::array({nullptr, t.NextHandle()}), false},
            {"dvv_context(set, NULL)", "dvv_context", json::array({s, nullptr}),
             false},
            {"dvv_encode(NULL, ...)", "dvv_encode",
             json::array({nullptr, 100, 0}), false},
            {"dvv_encode(set, NULL, 1, &length)", "dvv_encode",
             json::array({s, nullptr, 0}), false},
            {"dvv_encode(set, bytes, 100, NULL)", "dvv_encode",
             json::array({s, 100, 1}), false},
            {"dvv_decode(NULL, ...)", "dvv_decode",
             json::array({nullptr, Binary(std::string(12, '\0'))}), false},
            {"dvv_decode(&set, NULL, 1)", "dvv_decode",
             json::array({t.NextHandle(), nullptr}), false}});
}

} // namespace judge
