// register_public_test.cc: part B under faults: what the register promises.
#include "check/acknowledged.h"
#include "check/invented.h"
#include "check/linearizable.h"
#include "check/quorum_sizes.h"
#include "lab2-quorum/worlds_model.h"

extern "C" {
#include "wire/wire.h"
}

#include <algorithm>

namespace judge
{
namespace
{

void ExpectLetter(Trial &t, const Letter &seen, const Letter &expected,
                  const std::string &rule)
{
    const auto told = [](const Letter &letter) {
        return std::string("\"") + message_label(letter.kind) +
               "\" to operation " + std::to_string(letter.operation) + " on " +
               Quoted(letter.key) + ", version " +
               std::to_string(letter.stamp.counter) + "." +
               std::to_string(letter.stamp.writer) + ", value " +
               Quoted(letter.value);
    };

    t.Expect(told(seen) == told(expected), rule,
             "the replica answers " + told(seen) + "; expected was " +
                 told(expected));
}

// A store that breaks it: cannot work beside nodes that somebody else wrote, or
// goes back to an older version.
GRADED_TEST(
    Replica, AnswersAsTheMessagesSay,
    "A replica answers each question at once, keeps the highest version "
    "that it is told, and still does after a crash.")
{
    const char *const rule = "a replica's answers are those of message.def";
    const uint64_t high = 1ull << 40;
    LoneNode node(t, NodeOf(RegisterOf(3, 3, 2, 2), 2));
    const auto store = [&](uint64_t operation, version stamp,
                           const std::string &value) {
        ExpectLetter(
            t, node.Ask(3, {MESSAGE_STORE, operation, "x", stamp, value}, rule),
            {MESSAGE_STORED, operation, "x", stamp, ""}, rule);
    };
    const auto holds = [&](uint64_t operation, version stamp,
                           const std::string &value) {
        ExpectLetter(t,
                     node.Ask(1, {MESSAGE_READ, operation, "x", {}, ""}, rule),
                     {MESSAGE_VALUE, operation, "x", stamp, value}, rule);
        ExpectLetter(
            t, node.Ask(3, {MESSAGE_ASK_VERSION, operation, "x", {}, ""}, rule),
            {MESSAGE_VERSION, operation, "x", stamp, ""}, rule);
    };

    holds(7, {0, 0}, "");
    store(high, {5, 3}, "a");
    holds(high + 1, {5, 3}, "a");
    store(9, {4, 9}, "older"); // it says so, for it holds a higher one
    holds(1, {5, 3}, "a");
    store(10, {5, 1}, "of a lower writer");
    holds(2, {5, 3}, "a");
    store(11, {5, 3}, "a");
    store(12, {high, 1}, "");
    node.LiveAgain();
    holds(3, {high, 1}, "");
    store(13, {high, 2}, "of a higher writer");
    node.LiveAgain();
    holds(4, {high, 2}, "of a higher writer");
    node.Close();
}

// A store that breaks it: is answered by one replica less than it takes. It may
// seem right for long: a crash has to come at a bad moment.
GRADED_WORLD(RegisterSizes, AreWhatItWaitsFor, 8, 40,
             "A put is answered when W replicas hold it, a get when R have "
             "said what they hold.")
{
    KeepEvents(t);
    const uint32_t n = static_cast<uint32_t>(t.Between(1, 5));
    const uint32_t r = static_cast<uint32_t>(t.Between(1, n));
    const uint32_t w = static_cast<uint32_t>(t.Between(1, n));
    Setup setup = RegisterOf(n, n, r, w);

    setup.faults = DrawFaults(t, StrayMessages());
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(QuorumSizes(ReadTrace(world.Trace().Text())));
    world.Expect(NothingInvented(world.Operations()));
    world.Close();
}

// A store that breaks it: mixes keys up, finds something where nothing was put,
// or an old value.
GRADED_WORLD(Register, GivesBackWhatWasPut, 2, 100,
             "While nothing fails and one operation follows the other, a get "
             "returns exactly what was put last, and nothing if nothing was.")
{
    const char *const rule = "one after the other, gets return what was put "
                             "last, at once";
    const Setup setup = RegisterOf(4, 3, 2, 2);
    std::map<std::string, std::string> model;
    World world(t, setup);

    for (uint64_t i = 0; i < 24; i++) {
        const std::string key = "key" + std::to_string(t.Choose(6));
        const uint32_t node = static_cast<uint32_t>(t.Choose(setup.nodes));

        if (t.Choose(2) == 1) {
            model[key] = ValueName(i);
            PutNow(&world, node, key, model[key], 40, rule);
        } else {
            const auto found = model.find(key);

            GetNow(&world, node, key,
                   found == model.end() ? std::nullopt
                                        : std::optional(found->second),
                   40, rule);
        }
    }
    world.Close();
}

// A store that breaks it: takes a value of 0 bytes for none, or bytes for a
// text that ends at the first 0.
GRADED_WORLD(Register, KeepsAnyBytes, 1, 0,
             "Keys of 1 to 256 bytes and values of 0 to 1 MB are any bytes.")
{
    const char *const rule = "a get returns the bytes that were put";
    const std::string zero("\0", 1), longest(KEY_SIZE_MAX, 'k');
    std::string other = longest, large(100 * 1000, 'v'),
                largest(VALUE_SIZE_MAX, '\xff');

    other.back() = 'l';
    large.back() = '\0';
    largest[1000] = '\0';
    const std::vector<std::pair<std::string, std::string>> pairs = {
        {"x", ""},
        {"x" + zero, "after x"},
        {zero, zero},
        {zero + zero, "two zeros"},
        {"\xff\xfe", "\xff"},
        {longest, "the longest key"},
        {other, large},
        {"largest", largest}};
    // Each by itself, in as short a run as can be.
    for (const auto &[key, value] : pairs) {
        World world(t, RegisterOf(2, 2, 1, 2));

        PutNow(&world, 0, key, value, 40, rule);
        GetNow(&world, 1, key, value, 40, rule);
        world.Close();
    }
    // Beside each other.
    World world(t, RegisterOf(3, 3, 2, 2));
    GetNow(&world, 0, "x", std::nullopt, 40, rule);
    for (const auto &[key, value] : pairs)
        PutNow(&world, 0, key, value, 40, rule);
    for (const auto &[key, value] : pairs)
        GetNow(&world, 1, key, value, 40, rule);
    PutNow(&world, 2, "largest", "", 40, rule);
    GetNow(&world, 1, "largest", "", 40, rule);
    world.Close();
}

// A store that breaks it: of two gets, one after the other, the first returns
// the new value and the second the old one.
GRADED_WORLD(Register, WritesBackWhatItReads, 1, 0,
             "What a get has returned, no later get misses, even if the put "
             "never gets any further.")
{
    const char *const rule =
        "a get that reaches max(R, W) replicas is answered DYN_OK";
    const Setup setup = RegisterOf(4, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t p = replicas[0], r = replicas[2];
    const uint32_t other = OthersThan(setup, replicas)[0];
    // Whoever cannot be reached may have been asked first, and told first.
    const uint64_t soon = 2 * setup.retry_ms + 20;
    World world(t, setup);

    PutNow(&world, other, "x", "a", 40, "a put is answered");
    PutHalfWay(&world, setup, other, "x", "b", {p});
    CutFromAll(&world, other);
    CutFrom(&world, p, {r});
    const int first = world.Invoke(p, false, "x", "");
    world.Quiet(soon);
    ExpectAnswer(&world, first, DYN_OK, rule);
    CutFromAll(&world, p);
    const int second = world.Invoke(r, false, "x", "");
    world.Quiet(soon);
    ExpectAnswer(&world, second, DYN_OK, rule);
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: hangs until the client gives up because one message
// was lost, though all nodes are up.
GRADED_WORLD(Register, AsksAgain, 1, 0,
             "Those that have not answered are asked again every retry_ms, "
             "whatever they were asked, and as often as it takes.")
{
    const char *const rule =
        "an operation ends soon after messages get through again";
    const Setup setup = RegisterOf(4, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t p = replicas[0], q = replicas[1], r = replicas[2];
    const uint32_t other = OthersThan(setup, replicas)[0];
    const uint64_t lost_ms = 6 * setup.retry_ms, soon = setup.retry_ms + 20;
    World world(t, setup);

    // A put's questions are lost, then a get's.
    for (const bool is_put : {true, false}) {
        CutFromAll(&world, other);
        const int op = world.Invoke(other, is_put, "x", is_put ? "a" : "");
        world.Quiet(lost_ms);
        ExpectPending(&world, op, "no answer before R replicas are reached");
        JoinAll(&world);
        world.Quiet(soon);
        ExpectAnswer(&world, op, DYN_OK, rule);
    }
    // What a put has stored is lost on its way.
    const int put = PutHalfWay(&world, setup, other, "x", "b", {p});
    world.Quiet(lost_ms);
    ExpectPending(&world, put, "no answer before W replicas hold a put");
    // p alone holds "b". A get through p finds it, and passes it on in vain.
    CutFromAll(&world, other);
    CutFrom(&world, p, {r});
    for (const uint32_t node : {q, r})
        world.Pause(node);
    const int get = world.Invoke(p, false, "x", "");
    world.Quiet(2 * setup.retry_ms + 10);
    world.Cut(p, q);
    for (const uint32_t node : {q, r})
        world.Resume(node);
    world.Quiet(lost_ms);
    ExpectPending(&world, get,
                  "a get is not answered with what only one "
                  "replica holds, which the next get may miss");
    JoinTo(&world, p, {q});
    world.Quiet(soon);
    ExpectFound(&world, get, "b", rule);
    JoinAll(&world);
    world.Quiet(soon);
    ExpectAnswer(&world, put, DYN_OK, rule);
    world.Close();
}

// A store that breaks it: lets a client wait for ever, tells it too early that
// there is no hope, or is of no use after that.
GRADED_WORLD(Register, GivesUp, 1, 0,
             "A request that cannot be served is answered DYN_EUNAVAILABLE "
             "when give_up_ms have passed, no sooner; later ones are served.")
{
    const char *const rule = "an operation is answered DYN_EUNAVAILABLE when "
                             "give_up_ms have passed, not before";
    const Setup setup = RegisterOf(3, 3, 2, 2);
    std::vector<int> ops;

    for (const bool is_put : {true, false}) {
        Setup hasty = setup;

        hasty.give_up_ms = 4 * hasty.retry_ms;
        World world(t, hasty);
        CutFromAll(&world, 0);
        const int op = world.Invoke(0, is_put, "x", is_put ? "a" : "");
        world.Quiet(hasty.give_up_ms - 20);
        ExpectPending(&world, op, rule);
        world.Quiet(20 + 2 * hasty.retry_ms);
        ExpectAnswer(&world, op, DYN_EUNAVAILABLE, rule);
        world.Close();
    }
    World world(t, setup);
    PutNow(&world, 0, "x", "a", 40, "a put is answered when nothing fails");
    CutFromAll(&world, 0);
    ops = {world.Invoke(0, true, "x", "b"), world.Invoke(0, false, "x", ""),
           world.Invoke(0, false, "never", "")};
    world.Quiet(setup.give_up_ms - 20);
    for (const int op : ops)
        ExpectPending(&world, op, rule);
    world.Quiet(20 + 2 * setup.retry_ms);
    for (const int op : ops)
        ExpectAnswer(&world, op, DYN_EUNAVAILABLE, rule);
    JoinAll(&world);
    // In the second half of a put it gives up as well.
    const int put = PutHalfWay(&world, setup, 0, "x", "c", {});
    world.Quiet(setup.give_up_ms);
    ExpectAnswer(&world, put, DYN_EUNAVAILABLE, rule);
    JoinAll(&world);
    PutNow(&world, 0, "x", "d", 40, "later requests are served");
    for (uint32_t node = 0; node < setup.nodes; node++)
        GetNow(&world, node, "x", "d", 40, "later requests are served");
    world.Close();
}

// A store that breaks it: waits for a replica that is down, though enough
// others are there.
GRADED_WORLD(Register, WorksWithAsManyReplicasAsItNeeds, 2, 50,
             "max(R, W) replicas that can be reached suffice.")
{
    const struct {
        uint32_t nodes, n, r, w;
    } sizes[] = {{3, 3, 2, 2}, {5, 5, 3, 3}, {5, 5, 2, 4},
                 {5, 3, 2, 2}, {4, 3, 1, 2}, {4, 3, 1, 1}};
    const char *const rule =
        "an operation ends when it reaches max(R, W) replicas";
    const std::string key = "key" + std::to_string(t.Choose(20));

    for (const auto &size : sizes) {
        const Setup setup = RegisterOf(size.nodes, size.n, size.r, size.w);
        const uint64_t soon = 2 * setup.retry_ms + 20;
        std::vector<uint32_t> replicas = ReplicasOf(setup, key);
        World world(t, setup);

        while (replicas.size() > std::max(size.r, size.w)) {
            const size_t which = t.Choose(replicas.size());

            world.Crash(replicas[which]);
            replicas.erase(replicas.begin() +
                           static_cast<std::ptrdiff_t>(which));
        }
        GetNow(&world, replicas[0], key, std::nullopt, soon, rule);
        PutNow(&world, replicas[0], key, "a", soon, rule);
        PutNow(&world, replicas.back(), key, "b", soon, rule);
        if (size.r + size.w > size.n)
            GetNow(&world, replicas[0], key, "b", soon, rule);
        world.Close();
    }
}

// A store that breaks it: loses a put between two clients although nothing
// fails, since W and R did not wait for as many replicas as they are.
GRADED_WORLD(Register, IsLinearizableWhenNothingFails, 8, 300,
             "With R + W > N every get returns the last put before it.")
{
    Setup setup = RegisterOf(3, 3, 2, 2);

    setup.faults.jitter_us = 20000;
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: is wrong for one order that is so rare that chance does
// not find it.
GRADED_SCHEDULES(Register, IsLinearizableWhicheverMessageIsLate, 1, 1500, 2,
                 4000,
                 "Wherever one or two messages are late, every get returns the "
                 "last put before it.")
{
    Setup setup = RegisterOf(3, 3, 2, 2);

    setup.order = Order::Chosen;
    World world(t, setup);
    world.Client({{true, "x", "a", 0, 0}});
    world.Client({{true, "x", "b", 1, 0}});
    world.Client({{false, "x", "", 2, 0}, {false, "x", "", 2, 0}});
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: is right only for the usual order of messages.
GRADED_WORLD(Register, IsLinearizableInWhateverOrderMessagesArrive, 24, 4000,
             "Whichever message arrives next, every get returns the last put "
             "before it.")
{
    Setup setup = RegisterOf(3, 3, 2, 2);

    setup.order = Order::Chosen;
    World world(t, setup);
    world.Client({{true, "x", "a", 0, 0}});
    world.Client({{true, "x", "b", 1, 0}});
    world.Client({{false, "x", "", 2, 0}, {false, "x", "", 2, 0}});
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: takes a late answer for one to another question, or
// an answer that came twice for two.
GRADED_WORLD(Register, IsLinearizableWhileMessagesGoAstray, 10, 600,
             "Lost, doubled, late and overtaken messages break no promise.")
{
    Setup setup = RegisterOf(static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    Load load;

    load.keys = 2;
    setup.faults = DrawFaults(t, StrayMessages());
    World world(t, setup);
    AddClients(t, &world, load);
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: acknowledges what it holds only in memory, or forgets
// in a crash which versions it has given.
GRADED_WORLD(Register, IsLinearizableWhileNodesCrash, 12, 600,
             "A node that crashes at any point and begins again with its store "
             "breaks no promise.")
{
    Setup setup = RegisterOf(static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    Load load;

    load.operations = 6;
    load.keys = 2;
    setup.faults = DrawFaults(t, Everything());
    World world(t, setup);
    AddClients(t, &world, load);
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: has R or W of its own, or believes that R answers
// that agree need no writing back, which only 2R > N allows.
GRADED_WORLD(RegisterSizes, MayBeAnyThatOverlap, 10, 500,
             "With R + W > N, whatever they are, every get returns the last "
             "put before it.")
{
    struct {
        uint32_t n, r, w;
    } const sizes[] = {{3, 2, 2}, {3, 1, 3}, {3, 3, 1},
                       {5, 2, 4}, {5, 3, 3}, {5, 4, 2}};
    const auto &size = sizes[t.Choose(6)];
    Setup setup = RegisterOf(size.n, size.n, size.r, size.w);

    setup.faults = DrawFaults(t, Everything());
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

} // namespace
} // namespace judge
