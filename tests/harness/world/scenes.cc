#include "harness/world/scenes.h"

#include "harness/placement.h"
#include "harness/violation.h"
#include "harness/world/trace_message.h"
#include "harness/world/word.h"

extern "C" {
#include "wire/wire.h"
}

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace judge
{
namespace
{

std::string Said(const Operation &operation)
{
    if (operation.returned == kNever)
        return Told(operation) + " has no answer";
    if (operation.code != DYN_OK)
        return Told(operation) + " is answered " + CodeName(operation.code);
    if (operation.is_put)
        return Told(operation) + " is answered DYN_OK";
    return Told(operation) + " finds " + Outcome(operation);
}

} // namespace

Faults StrayMessages()
{
    Faults faults;

    faults.loss = 200;
    faults.copy = 200;
    faults.late = 300;
    faults.jitter_us = 30000;
    return faults;
}

Faults Everything()
{
    Faults faults;

    faults.loss = 100;
    faults.copy = 100;
    faults.late = 200;
    faults.jitter_us = 10000;
    faults.strike = 300;
    faults.crashes = true;
    faults.cuts = true;
    faults.one_way_cuts = true;
    faults.pauses = true;
    faults.slow = true;
    faults.skew = true;
    return faults;
}

Faults EverythingAndDisks()
{
    Faults faults = Everything();

    faults.full_disks = faults.write_errors = true;
    faults.wipes = 3;
    return faults;
}

Faults EverythingAndJoins()
{
    Faults faults = Everything();

    faults.joins = true;
    return faults;
}

std::vector<uint32_t> ReplicasOf(const Setup &setup, const std::string &key)
{
    return ReplicasAmong(setup, OthersThan(setup, {}), key);
}

std::vector<uint32_t> ReplicasAmong(const Setup &setup,
                                    const std::vector<uint32_t> &members,
                                    const std::string &key)
{
    std::vector<node_id> nodes;
    std::vector<uint32_t> replicas;

    for (const uint32_t member : members)
        nodes.push_back(member + 1);
    for (const node_id owner :
         Placement(setup.ring, nodes).Owners(key, setup.n))
        replicas.push_back(owner - 1);
    return replicas;
}

std::vector<uint32_t> OthersThan(const Setup &setup,
                                 const std::vector<uint32_t> &nodes)
{
    std::vector<uint32_t> others;

    for (uint32_t node = 0; node < setup.nodes; node++)
        if (std::find(nodes.begin(), nodes.end(), node) == nodes.end())
            others.push_back(node);
    return others;
}

// ---- What is done to a world ----

void CutFrom(World *world, uint32_t node, const std::vector<uint32_t> &others)
{
    for (const uint32_t other : others)
        if (other != node) {
            world->Cut(node, other);
            world->Cut(other, node);
        }
}

void JoinTo(World *world, uint32_t node, const std::vector<uint32_t> &others)
{
    for (const uint32_t other : others)
        if (other != node) {
            world->Join(node, other);
            world->Join(other, node);
        }
}

static std::vector<uint32_t> AllOf(const World &world)
{
    std::vector<uint32_t> all;

    for (uint32_t node = 0; node < world.Nodes().size(); node++)
        all.push_back(node);
    return all;
}

void CutFromAll(World *world, uint32_t node)
{
    CutFrom(world, node, AllOf(*world));
}

void JoinAll(World *world)
{
    for (const uint32_t node : AllOf(*world))
        JoinTo(world, node, AllOf(*world));
}

// ---- What is expected ----

const Operation &OperationOf(const World &world, int op)
{
    return world.Operations().at(static_cast<size_t>(op));
}

void ExpectAnswer(World *world, int op, int code, const std::string &rule)
{
    const Operation &operation = OperationOf(*world, op);

    if (operation.returned == kNever || operation.code != code)
        world->Break(rule, Said(operation) + "; expected was " + CodeName(code),
                     {op});
}

void Await(World *world, int op, uint64_t ms)
{
    constexpr uint64_t kOnItsWayMs = 20;
    uint64_t waited = 0;

    while (waited < ms && OperationOf(*world, op).returned == kNever) {
        world->Quiet(1);
        waited++;
    }
    world->Quiet(std::min(kOnItsWayMs, ms - waited));
}

void ExpectWithin(World *world, uint64_t ms, uint64_t pause_ms,
                  const std::function<Finding()> &look)
{
    uint64_t waited = 0, paused = 0;

    while (waited < ms) {
        const uint64_t writes = world->Writes();
        const uint64_t step = std::min<uint64_t>(50, ms - waited);

        world->Quiet(step);
        waited += step;
        paused = world->Writes() == writes ? paused + step : 0;
        if (paused >= pause_ms && waited < ms) {
            if (look().verdict == Finding::Verdict::Holds)
                return;
            paused = 0;
        }
    }
    world->Expect(look());
}

void ExpectFound(World *world, int op, const std::optional<std::string> &value,
                 const std::string &rule)
{
    const Operation &get = OperationOf(*world, op);
    Operation expected = get;

    expected.values.clear();
    if (value)
        expected.values.push_back(*value);
    if (get.returned == kNever || get.code != DYN_OK ||
        get.values != expected.values)
        world->Break(rule,
                     Said(get) + "; expected was " + Outcome(expected) +
                         (value && get.values.size() == 1
                              ? " (" + std::to_string(get.values[0].size()) +
                                    " bytes, expected " +
                                    std::to_string(value->size()) + ")"
                              : ""),
                     {op});
}

void ExpectPending(World *world, int op, const std::string &rule)
{
    if (OperationOf(*world, op).returned != kNever)
        world->Break(rule, Said(OperationOf(*world, op)), {op});
}

void PutNow(World *world, uint32_t node, const std::string &key,
            const std::string &value, uint64_t ms, const std::string &rule)
{
    const int op = world->Invoke(node, true, key, value);

    world->Quiet(ms);
    ExpectAnswer(world, op, DYN_OK, rule);
}

void GetNow(World *world, uint32_t node, const std::string &key,
            const std::optional<std::string> &value, uint64_t ms,
            const std::string &rule)
{
    const int op = world->Invoke(node, false, key, "");

    world->Quiet(ms);
    ExpectFound(world, op, value, rule);
}

// ---- One node by itself ----

namespace
{

Letter LetterOf(const message &message)
{
    Letter letter;

    letter.kind = message.kind;
    letter.operation = message.operation;
    letter.key = View(message.key);
    letter.stamp = message.version;
    letter.value = View(message.value);
    letter.versions = View(message.versions);
    letter.context = View(message.context);
    letter.code = message.code;
    letter.owner = message.owner;
    letter.range = View(message.range);
    letter.path = View(message.path);
    letter.hash = View(message.hash);
    letter.tree = View(message.tree);
    letter.disk = message.disk;
    letter.view = View(message.view);
    return letter;
}

} // namespace

std::string BytesOf(const Letter &letter)
{
    message message = {};

    message.kind = letter.kind;
    message.operation = letter.operation;
    message.key = Slice(letter.key);
    message.version = letter.stamp;
    message.value = Slice(letter.value);
    message.versions = Slice(letter.versions);
    message.context = Slice(letter.context);
    message.code = letter.code;
    message.owner = letter.owner;
    message.range = Slice(letter.range);
    message.path = Slice(letter.path);
    message.hash = Slice(letter.hash);
    message.tree = Slice(letter.tree);
    message.disk = letter.disk;
    message.view = Slice(letter.view);
    std::string bytes(message_encode(&message, nullptr, 0), '\0');
    message_encode(&message, reinterpret_cast<uint8_t *>(bytes.data()),
                   bytes.size());
    return bytes;
}

LoneNode::LoneNode(Trial &t, const NodeSetup &setup) : t_(t), setup_(setup)
{
    trace_.Record(t.Tracing());
    if (trace_.On())
        BeginTrace(&trace_, t.TraceHead(), setup_, setup_.members);
    Open();
}

LoneNode::~LoneNode()
{
    // What the test then found to be wrong is where its story ends.
    if (const Violation *broken = t_.Broken())
        Log("violation")
            .Whole("rule", broken->expected)
            .Whole("text", broken->seen)
            .Raw("ops", "[]")
            .Number("n", setup_.self);
    t_.KeepTrace(trace_.Text(), events_);
}

TraceLog::Line LoneNode::Log(const char *kind)
{
    return trace_.Event(kind, (now_ms_ - kBeginMs) * 1000);
}

TraceLog::Line LoneNode::Log(const char *kind, node_id node)
{
    return trace_.Event(kind, (now_ms_ - kBeginMs) * 1000, node);
}

// What a message to or from the test says; it takes no time.
void LoneNode::LogSend(node_id from, node_id to, slice bytes)
{
    TraceLog::Line line = Log("send", from);

    line.Number("to", to).Number("m", ++messages_);
    if (trace_.On())
        LogMessage(&line, bytes);
}

void LoneNode::Open()
{
    Effects effects;

    host_ = MakeNode();
    const int code = host_->Open(setup_, now_ms_, 1, stored_, &effects);
    Log("open", setup_.self).Signed("code", code);
    if (code != DYN_OK)
        t_.Fail("open gives DYN_OK (0)",
                "open gives " + CodeName(code) + LastNote(effects));
    Keep(effects);
}

std::vector<std::pair<node_id, Letter>> LoneNode::Keep(const Effects &effects)
{
    const node_id self = setup_.self;
    std::vector<std::pair<node_id, Letter>> sent;
    std::vector<std::pair<node_id, uint64_t>> arrivals;
    struct message message = {};

    events_++;
    replied_.reset();
    if (trace_.On())
        for (const std::string &text : PrintedNotes(host_->TakePrinted()))
            Log("note", self).Whole("text", text);
    const size_t count = std::min(effects.count, effects_most_);
    effects_most_ = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const effect &effect = effects.list[i];

        if (effect.kind == EFFECT_PUT) {
            stored_[std::string(View(effect.key))] = View(effect.bytes);
            TraceLog::Line line = Log("put", self);
            LogEntry(&line, View(effect.key), View(effect.bytes));
        } else if (effect.kind == EFFECT_DELETE) {
            stored_.erase(std::string(View(effect.key)));
            Log("delete", self).Text("key", View(effect.key));
        } else if (effect.kind == EFFECT_TIMER) {
            alarms_[effect.id] = {now_ms_ + effect.after_ms, effect.timer_kind,
                                  effect.arg};
            Log("timer", self)
                .Number("timer", effect.id)
                .Number("after_ms", effect.after_ms)
                .Signed("kind", effect.timer_kind)
                .Number("arg", effect.arg);
        } else if (effect.kind == EFFECT_CANCEL) {
            if (alarms_.erase(effect.id) > 0)
                Log("cancel", self).Number("timer", effect.id);
        } else if (effect.kind == EFFECT_REPLY) {
            struct slice values[REPLY_VALUES_MAX];
            struct reply reply;

            if (reply_decode(&reply, values, effect.bytes) == DYN_OK)
                replied_ = reply.code;
        } else if (effect.kind == EFFECT_NOTE) {
            Log("note", self).Whole("text", TraceBytes(View(effect.bytes)));
        } else if (effect.kind == EFFECT_SEND) {
            LogSend(self, effect.to, effect.bytes);
            arrivals.emplace_back(effect.to, messages_);
            if (message_decode(&message, effect.bytes) == DYN_OK)
                sent.emplace_back(effect.to, LetterOf(message));
        }
    }
    for (const auto &[to, number] : arrivals)
        Log("recv", to).Number("from", self).Number("m", number);
    return sent;
}

std::vector<std::pair<node_id, Letter>> LoneNode::Tell(node_id from,
                                                       const Letter &letter)
{
    const std::string bytes = BytesOf(letter);
    int decoded = DYN_OK;

    LogSend(from, setup_.self, Slice(bytes));
    Log("recv", setup_.self).Number("from", from).Number("m", messages_);
    return Keep(host_->Message(now_ms_, from, Slice(bytes), &decoded));
}

std::vector<std::pair<node_id, Letter>> LoneNode::Wait(uint64_t ms)
{
    const uint64_t until = now_ms_ + ms;
    std::vector<std::pair<node_id, Letter>> sent;

    for (;;) {
        auto next = alarms_.end();

        for (auto at = alarms_.begin(); at != alarms_.end(); ++at)
            if (at->second.at_ms <= until &&
                (next == alarms_.end() ||
                 at->second.at_ms < next->second.at_ms))
                next = at;
        if (next == alarms_.end())
            break;
        const auto [id, alarm] = *next;
        alarms_.erase(next);
        now_ms_ = std::max(now_ms_, alarm.at_ms);
        Log("fire", setup_.self)
            .Number("timer", id)
            .Signed("kind", alarm.kind)
            .Number("arg", alarm.arg);
        for (const auto &letter :
             Keep(host_->Timer(now_ms_, id, alarm.kind, alarm.arg)))
            sent.push_back(letter);
    }
    now_ms_ = until;
    return sent;
}

Letter LoneNode::Ask(node_id from, const Letter &letter,
                     const std::string &rule)
{
    std::vector<Letter> answers;

    for (const auto &[to, sent] : Tell(from, letter))
        if (to == from)
            answers.push_back(sent);
    if (answers.size() != 1)
        t_.Fail(rule, std::string("asked \"") + message_label(letter.kind) +
                          "\" about " + Quoted(letter.key) +
                          ", the replica sends " +
                          Count(answers.size(), "answer") +
                          " in the handler, not one");
    return answers[0];
}

std::optional<int> LoneNode::Say(node_id who, uint32_t weight)
{
    const std::string bytes = WordBytes(who, weight);

    Log("note", setup_.self).Whole("text", WordText(who, weight));
    Keep(host_->Request(now_ms_, ++words_, Slice(bytes)));
    if (replied_)
        Log("note", setup_.self)
            .Whole("text", "answers " + CodeName(*replied_));
    return replied_;
}

std::optional<int> LoneNode::SayJoins(node_id who, uint32_t weight)
{
    return Say(who, weight);
}

std::optional<int> LoneNode::SayLeaves(node_id who)
{
    return Say(who, 0);
}

void LoneNode::LiveAgain()
{
    host_.reset();
    alarms_.clear();
    Log("crash", setup_.self).Number("lost", 0);
    Open();
}

size_t LoneNode::TellMany(node_id from, const std::vector<Letter> &letters,
                          const std::string &line)
{
    std::vector<std::string> messages;
    size_t sent = 0;

    for (const Letter &letter : letters)
        messages.push_back(BytesOf(letter));
    Log("note", setup_.self).Whole("text", line);
    trace_.Record(false);
    host_->Messages(now_ms_, from, messages, [&](const Effects &effects) {
        sent += Keep(effects).size();
    });
    trace_.Record(t_.Tracing());
    return sent;
}

void LoneNode::Close()
{
    host_->Close();
}

std::vector<std::string> HeldOf(const NodeSetup &setup, const Entries &stored,
                                const std::vector<std::string> &keys)
{
    const std::unique_ptr<NodeHost> host = MakeNode();
    std::vector<std::string> held;
    Effects effects;

    if (const int code = host->Open(setup, 1000, 1, stored, &effects);
        code != DYN_OK)
        throw Violation{"expectation",
                        "a node opens with what another life of it has stored",
                        "open gives " + CodeName(code) + LastNote(effects)};
    for (const std::string &key : keys) {
        Letter ask;
        int decoded = DYN_OK;

        ask.kind = MESSAGE_ASK_VERSIONS;
        ask.operation = 1;
        ask.key = key;
        const std::string bytes = BytesOf(ask);
        held.emplace_back();
        effects = host->Message(1000, setup.self, Slice(bytes), &decoded);
        for (size_t i = 0; i < effects.count; i++) {
            message answer = {};

            if (effects.list[i].kind == EFFECT_SEND &&
                message_decode(&answer, effects.list[i].bytes) == DYN_OK &&
                answer.kind == MESSAGE_VERSIONS)
                held.back() = View(answer.versions);
        }
    }
    host->Close();
    return held;
}

int CodeOfOpen(const NodeSetup &setup)
{
    const std::unique_ptr<NodeHost> host = MakeNode();
    Effects effects;
    const int code = host->Open(setup, 1000, 1, {}, &effects);

    if (code == DYN_OK)
        host->Close();
    return code;
}

void ExpectOpenKeepsToRanges(Trial &t, const NodeSetup &good)
{
    const auto expect = [&](int code, const char *of,
                            const std::function<void(NodeSetup *)> &change) {
        NodeSetup setup = good;

        change(&setup);
        t.ExpectCode(code, CodeOfOpen(setup),
                     std::string("open of a configuration ") + of);
    };

    expect(DYN_OK, "in its ranges", [](NodeSetup *) {});
    expect(DYN_OK, "of a single node", [](NodeSetup *s) {
        s->members = {2};
        s->n = s->r = s->w = 1;
    });
    expect(DYN_OK, "with f = 9, which is ignored",
           [](NodeSetup *s) { s->f = 9; });
    expect(DYN_OK, "with R + W <= N", [](NodeSetup *s) { s->r = s->w = 1; });
    expect(DYN_EINVAL, "with n = 0", [](NodeSetup *s) { s->n = 0; });
    expect(DYN_EINVAL, "with n above the members",
           [](NodeSetup *s) { s->n = 5; });
    expect(DYN_EINVAL, "with r = 0", [](NodeSetup *s) { s->r = 0; });
    expect(DYN_EINVAL, "with r above n", [](NodeSetup *s) { s->r = 4; });
    expect(DYN_EINVAL, "with w = 0", [](NodeSetup *s) { s->w = 0; });
    expect(DYN_EINVAL, "with w above n", [](NodeSetup *s) { s->w = 4; });
    expect(DYN_EINVAL, "with retry_ms = 0",
           [](NodeSetup *s) { s->retry_ms = 0; });
    expect(DYN_EINVAL, "with give_up_ms = 0",
           [](NodeSetup *s) { s->give_up_ms = 0; });
    expect(DYN_EINVAL, "without self", [](NodeSetup *s) { s->self = 9; });
    expect(DYN_EINVAL, "whose members do not ascend", [](NodeSetup *s) {
        s->members = {1, 3, 2, 4};
    });
    expect(DYN_EINVAL, "with a member twice", [](NodeSetup *s) {
        s->members = {1, 2, 2, 4};
    });
    expect(DYN_EINVAL, "whose ring has no tokens",
           [](NodeSetup *s) { s->ring.tokens = 0; });
}

void KeepEvents(Trial &t)
{
    if (!t.Tracing())
        t.Trace("");
}

} // namespace judge
