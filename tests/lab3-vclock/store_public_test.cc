// store_public_test.cc: the graded tests of vclock_program that students are
// given.
#include "harness/refusals.h"
#include "lab3-vclock/store_model.h"

extern "C" {
#include "dynamo/coordinator.h"
}

namespace judge
{
namespace
{

// ---- Part C ----

GRADED_WORLD(
    Store, GivesBackWhatWasPut, 3, 0,
    "A get returns what was put last, through whatever node; a value of "
    "no bytes is a value; a key that was never put has none.")
{
    Setup setup = StoreOf("vclock", 4, 3, 2, 2);
    World world(t, setup);
    const std::string rule = "puts and gets one after the other, while nothing "
                             "fails, give back what was put";
    const std::string long_value(100000, 'v');
    int get = GetValues(&world, 0, "x", {}, 20, rule);

    for (const std::string &value : {std::string("a"), std::string(),
                                     std::string("\0\xff", 2), long_value}) {
        PutValue(&world, static_cast<uint32_t>(t.Choose(4)), "x", value, get,
                 40, rule);
        for (uint32_t node = 0; node < 4; node++)
            get = GetValues(&world, node, "x", {value}, 20, rule);
    }
    GetValues(&world, 0, "y", {}, 20, rule);
    world.Close();
}

// The paper's example (section 4.4): a partition, or two clients at a time.
GRADED_WORLD(
    Store, KeepsConcurrentVersionsUntilAClientHasReadBoth, 1, 0,
    "Versions that have not seen each other are both returned, with one "
    "context; a put with it replaces both.")
{
    Setup setup = StoreOf("vclock", 3, 3, 2, 2);
    World world(t, setup);
    const std::string rule =
        "concurrent versions live side by side until a put "
        "has seen them";

    PutValue(&world, 0, "x", "old", GetValues(&world, 0, "x", {}, 20, rule), 40,
             rule);
    const int first = GetValues(&world, 1, "x", {"old"}, 20, rule),
              second = GetValues(&world, 2, "x", {"old"}, 20, rule);
    PutValue(&world, 1, "x", "b", first, 40, rule);
    PutValue(&world, 2, "x", "c", second, 40, rule);
    int both = -1;
    for (uint32_t node = 0; node < 3; node++)
        both = GetValues(&world, node, "x", {"b", "c"}, 20, rule);
    PutValue(&world, 0, "x", "all", both, 40, rule);
    for (uint32_t node = 0; node < 3; node++)
        GetValues(&world, node, "x", {"all"}, 20, rule);
    world.Close();
}

// Part E will mend it.
GRADED_WORLD(Store, CannotTellTwoWritesThroughOneCoordinator, 1, 0,
             "Of two puts through one coordinator whose clients have read the "
             "same, the paper's clocks keep the second: it has the higher "
             "counter.")
{
    Setup setup = StoreOf("vclock", 3, 3, 2, 2);
    World world(t, setup);
    const std::string rule = "a version's clock is its context with the "
                             "coordinator's next counter";

    PutValue(&world, 0, "x", "old", -1, 40, rule);
    const int get = GetValues(&world, 1, "x", {"old"}, 20, rule);
    PutValue(&world, 0, "x", "lost", get, 40, rule);
    PutValue(&world, 0, "x", "kept", get, 40, rule);
    GetValues(&world, 2, "x", {"kept"}, 20, rule);
    world.Close();
}

GRADED_WORLD(
    Store, LosesNothingWhenNothingFails, 8, 300,
    "A get returns all that was put and acknowledged, unless it returns "
    "what has replaced it.")
{
    Setup setup = StoreOf("vclock", 3, 3, 2, 2);
    Shoppers shoppers;

    shoppers.apart = true;
    setup.faults.jitter_us = 20000;
    ExpectShoppersLoseNothing(t, setup, shoppers);
}

GRADED_WORLD(Store, LosesNothingInWhateverOrderMessagesArrive, 16, 3000,
             "Whichever message arrives next, nothing that was acknowledged is "
             "lost.")
{
    Setup setup = StoreOf("vclock", 3, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");

    setup.order = Order::Chosen;
    World world(t, setup);
    for (size_t client = 0; client < 2; client++)
        world.Client({{false, "x", "", static_cast<uint32_t>(client), 0},
                      {true, "x", ValueName(client), replicas[client], 0, true,
                       true, true}});
    world.Client({{false, "x", "", 2, 0}, {false, "x", "", 2, 0}});
    world.Run();
    world.Expect(NothingIsLost(world.Operations(), {}));
    world.Close();
}

GRADED_WORLD(
    Store, LosesNothingWhileMessagesGoAstray, 10, 600,
    "Lost, doubled, late and overtaken messages lose no put, and double "
    "none.")
{
    Setup setup =
        StoreOf("vclock", static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    Shoppers shoppers;

    shoppers.apart = true;
    shoppers.keys = 2;
    setup.faults = DrawFaults(t, StrayMessages());
    ExpectShoppersLoseNothing(t, setup, shoppers);
}

GRADED_WORLD(Store, LosesNothingWhileNodesCrash, 12, 600,
             "A node that crashes at any point and begins again with its store "
             "loses no put, and doubles none.")
{
    Setup setup =
        StoreOf("vclock", static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    Shoppers shoppers;

    shoppers.apart = true;
    shoppers.keys = 2;
    setup.faults = DrawFaults(t, Everything());
    ExpectShoppersLoseNothing(t, setup, shoppers);
}

// A put that is handed to a second replica, since the first has not answered in
// time, is made by both.
GRADED_WORLD(Store, HandsEachPutToOneReplica, 12, 900,
             "A put that is asked of a node that does not hold its key is made "
             "once, whatever messages go astray.")
{
    Setup setup = StoreOf("vclock", 5, 3, 2, 2);
    const std::vector<uint32_t> others =
        OthersThan(setup, ReplicasOf(setup, "x"));

    setup.faults = DrawFaults(t, StrayMessages());
    World world(t, setup);
    std::vector<Wish> wishes;
    for (uint64_t round = 0, rounds = t.Between(1, 4); round < rounds;
         round++) {
        Wish wish;

        wish.key = "x";
        wish.node = static_cast<uint32_t>(t.Choose(setup.nodes));
        wish.after_ms = static_cast<uint32_t>(t.Choose(60));
        wishes.push_back(wish);
        wish.is_put = wish.with_context = wish.only_there = wish.only_read =
            true;
        wish.value = ValueName(round);
        wish.node = others[t.Choose(others.size())];
        wishes.push_back(wish);
    }
    world.Client(wishes);
    world.Run();
    world.Expect(NothingIsLost(world.Operations(), {}));
    world.Close();
}

GRADED_WORLD(Store, AsksAgain, 3, 0,
             "Those of the N that have not answered are asked again every "
             "retry_ms.")
{
    Setup setup = StoreOf("vclock", 3, 3, 2, 2);
    World world(t, setup);
    const std::string rule = "what is lost is asked for again, at the latest "
                             "after retry_ms";
    const uint32_t node = static_cast<uint32_t>(t.Choose(3));

    CutFromAll(&world, node);
    const int put = world.Invoke(node, true, "x", "a");
    world.Quiet(20);
    ExpectPending(&world, put, rule);
    JoinAll(&world);
    world.Quiet(setup.retry_ms + 20);
    ExpectAnswer(&world, put, DYN_OK, rule);
    CutFromAll(&world, node);
    const int get = world.Invoke(node, false, "x", "");
    world.Quiet(3 * setup.retry_ms);
    ExpectPending(&world, get, rule);
    JoinAll(&world);
    world.Quiet(setup.retry_ms + 20);
    ExpectFound(&world, get, "a", rule);
    world.Close();
}

GRADED_WORLD(
    Store, GivesUp, 3, 0,
    "A request is answered DYN_EUNAVAILABLE when give_up_ms have passed "
    "and too few replicas have answered.")
{
    Setup setup = StoreOf("vclock", 4, 3, 2, 2);
    World world(t, setup);
    const std::string rule = "who cannot be served is told so after give_up_ms";

    for (uint32_t node = 0; node < 4; node++)
        CutFromAll(&world, node);
    for (const bool is_put : {true, false})
        for (uint32_t node = 0; node < 4; node++) {
            const int op = world.Invoke(node, is_put, "x", "a");

            world.Quiet(setup.give_up_ms - 10);
            ExpectPending(&world, op, rule);
            world.Quiet(20);
            ExpectAnswer(&world, op, DYN_EUNAVAILABLE, rule);
        }
    world.Close();
}

GRADED_WORLD(
    StoreSizes, AreWhatItWaitsFor, 1, 0,
    "A get is answered when R replicas have answered, a put when W hold "
    "it, whatever R and W are.")
{
    const std::string rule = "R answers for a get, W for a put, itself counted";

    for (uint32_t size = 1; size <= 3; size++)
        for (const bool is_put : {true, false}) {
            Setup setup =
                StoreOf("vclock", 3, 3, is_put ? 1 : size, is_put ? size : 1);
            World world(t, setup);
            const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");

            // So many that one is missing; then as many as are needed.
            for (uint32_t up = size - 1; up <= size; up++) {
                if (up == 0)
                    continue;
                for (uint32_t i = up; i < 3; i++)
                    CutFromAll(&world, replicas[i]);
                const int op =
                    world.Invoke(replicas[0], is_put, "x", std::to_string(up));
                world.Quiet(40);
                if (up < size)
                    ExpectPending(&world, op, rule);
                else
                    ExpectAnswer(&world, op, DYN_OK, rule);
                JoinAll(&world);
                world.Quiet(setup.give_up_ms + 10);
            }
            world.Close();
        }
}

// What was put while a replica was away is on it after somebody has read.
GRADED_WORLD(
    ReadRepair, ReachesStaleReplicas, 3, 0,
    "Replicas that have answered a get with less than others hold are "
    "sent what they lack, also those that answer late, and the one that "
    "coordinates the get.")
{
    const Setup setup = StoreOf("vclock", 4, 3, 1, 1);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t away = replicas[t.Choose(3)],
                   writer = away == replicas[0] ? replicas[1] : replicas[0];
    const std::string rule = "a get repairs the replicas that it finds stale";

    for (uint32_t reader = 0; reader < 4; reader++) {
        World world(t, setup);

        CutFromAll(&world, away);
        const int put = PutValue(&world, writer, "x", "a", -1, 40, rule);
        // Nor does it send the put once more: it has forgotten that.
        world.Crash(writer);
        world.Restart(writer);
        JoinAll(&world);
        // Whichever answers first, all of them do.
        const int get = world.Invoke(reader, false, "x", "");
        world.Quiet(40);
        ExpectAnswer(&world, get, DYN_OK, rule);
        for (const uint32_t node : replicas)
            CutFromAll(&world, node);
        for (const uint32_t node : replicas)
            GetValues(&world, node, "x", {"a"}, 20, rule, {put, get});
        world.Close();
    }
}

GRADED_WORLD(
    Context, IsRefusedWhereItIsDamaged, 1, 0,
    "A context that was changed, cut, or is of another key is answered "
    "DYN_ECORRUPT, by replicas and by others; nothing is put.")
{
    Setup setup = StoreOf("vclock", 4, 3, 2, 2);
    World world(t, setup);
    const std::string rule = "a put with a damaged context is refused";
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t other = OthersThan(setup, replicas)[0];

    PutValue(&world, 0, "x", "a", -1, 60, rule);
    PutValue(&world, 0, "y", "b", -1, 60, rule);
    const std::string good =
        world.ContextOf(GetValues(&world, 0, "x", {"a"}, 20, rule));
    const std::string of_y =
        world.ContextOf(GetValues(&world, 0, "y", {"b"}, 20, rule));
    std::vector<std::string> bad = {of_y, good + "x", good + good, "x",
                                    std::string(20, '\0')};
    for (size_t i = 0; i < good.size(); i++) {
        std::string changed = good;

        changed[i] = static_cast<char>(changed[i] ^ 1);
        bad.push_back(changed);
        if (i > 0)
            bad.push_back(good.substr(0, i));
    }
    for (const uint32_t node : {replicas[0], other})
        for (const std::string &context : bad) {
            const int op = world.PutWith(node, "x", "c", context);

            world.Quiet(20);
            ExpectAnswer(&world, op, DYN_ECORRUPT, rule);
        }
    GetValues(&world, 1, "x", {"a"}, 20, rule);
    world.Close();
}

// Nodes of several makers share a cluster.
GRADED_WORLD(Context, IsThatOfTheContract, 3, 0,
             "A context is what vclock_encode writes of the merged clocks, and "
             "the MD5 of key and clock.")
{
    Setup setup = StoreOf("vclock", 3, 3, 3, 3);
    World world(t, setup);
    const std::string rule = "contexts have the form of the contract";
    Clock clock;

    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t node = static_cast<uint32_t>(t.Choose(3));
        const int op =
            world.PutWith(node, "x", ValueName(i), ContextBytes("x", clock));

        world.Quiet(40);
        ExpectAnswer(&world, op, DYN_OK, rule);
        clock[node + 1].counter++;
        const int get = GetValues(&world, 0, "x", {ValueName(i)}, 20, rule);
        const std::string seen = world.ContextOf(get);
        // Times are the coordinator's.
        for (auto &[of, stamp] : clock)
            if (seen.size() == ContextBytes("x", clock).size()) {
                size_t at = 4;
                for (const auto &[before, unused] : clock)
                    at += before < of ? 20 : 0;
                stamp.time_ms = 0;
                for (size_t k = 0; k < 8; k++)
                    stamp.time_ms = stamp.time_ms << 8 |
                                    static_cast<uint8_t>(seen[at + 12 + k]);
            }
        if (seen != ContextBytes("x", clock))
            world.Break(rule,
                        "the context is " + ShowBytes(seen) +
                            "; expected was " +
                            ShowBytes(ContextBytes("x", clock)),
                        {get});
    }
    world.Close();
}

GRADED_WORLD(Forward, HandsPutsToAReplica, 4, 0,
             "A node that is no replica of a key has one of them coordinate a "
             "put; any replica that is up will do.")
{
    Setup setup = StoreOf("vclock", 5, 3, 2, 2);
    World world(t, setup);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t other = OthersThan(setup, replicas)[t.Choose(2)],
                   down = replicas[t.Choose(3)];
    const std::string rule = "puts go through any node while R and W replicas "
                             "can be reached";

    PutValue(&world, other, "x", "a", -1, 60, rule);
    world.Crash(down);
    PutValue(&world, other, "x", "b",
             GetValues(&world, other, "x", {"a"}, 60, rule),
             2 * setup.retry_ms + 20, rule);
    GetValues(&world, other, "x", {"b"}, 60, rule);
    world.Restart(down);
    world.Close();
}

// A second version of one put is a second put: it comes back when the first has
// been replaced.
GRADED_WORLD(
    Forward, MakesOneVersionOfAPut, 3, 0,
    "However often \"forward\" comes, and whether or not the coordinator "
    "has crashed since, a put is made once.")
{
    Setup setup = StoreOf("vclock", 5, 3, 2, 1);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    LoneNode node(t, NodeOf(setup, replicas[0] + 1));
    const node_id from = OthersThan(setup, replicas)[0] + 1;
    const std::string rule = "a put that is forwarded again is one put";
    Letter forward, ask;

    forward.kind = MESSAGE_FORWARD;
    forward.operation = 7;
    forward.key = ask.key = "x";
    forward.value = "a";
    ask.kind = MESSAGE_ASK_VERSIONS;
    ask.operation = 1;
    const auto expect = [&](const Letter &letter, int code) {
        const Letter answer = node.Ask(from, letter, rule);

        t.Expect(answer.kind == MESSAGE_FORWARDED &&
                     answer.operation == letter.operation &&
                     answer.key == letter.key && answer.code == code,
                 rule + ": \"forward\" with operation " +
                     std::to_string(letter.operation) +
                     " is answered \"forwarded\" with that operation and " +
                     CodeName(code),
                 std::string("\"") + message_label(answer.kind) +
                     "\" with operation " + std::to_string(answer.operation) +
                     " and " + CodeName(answer.code));
    };
    const auto held = [&] { return node.Ask(from, ask, rule).versions; };

    expect(forward, DYN_OK);
    const std::string once = held();
    expect(forward, DYN_OK);
    ExpectBytes(t, held(), once, "the same set after the second \"forward\"");
    node.LiveAgain();
    expect(forward, DYN_EUNAVAILABLE);
    ExpectBytes(t, held(), once, "the same set after a crash and another one");
    forward.operation = 8;
    expect(forward, DYN_OK);
    t.Expect(held() != once, "another operation is another put",
             "the same set");
    forward.operation = 9;
    forward.context = "damaged";
    expect(forward, DYN_ECORRUPT);
    forward.context.clear();
    // 100, then as many later ones as may come before it is forgotten; 101 is late.
    for (uint64_t i = 0; i < FORWARDS_KEPT; i++) {
        forward.operation = i == 0 ? 100 : 101 + i;
        expect(forward, DYN_OK);
    }
    const std::string all = held();
    forward.operation = 100;
    expect(forward, DYN_OK);
    ExpectBytes(t, held(), all,
                "the same set when \"forward\" comes again after " +
                    std::to_string(FORWARDS_KEPT - 1) + " later ones");
    forward.operation = 101;
    expect(forward, DYN_OK);
    t.Expect(held() != all, "a put that is late is made", "the same set");
    node.Close();
}

GRADED_WORLD(
    Replica, AnswersAsTheMessagesSay, 1, 0,
    "\"versions?\" is answered by the set, \"merge\" by \"merged\" when "
    "both sets are merged in the store.")
{
    Setup setup = StoreOf("vclock", 3, 3, 2, 2);
    LoneNode node(t, NodeOf(setup, 1));
    const std::string rule =
        "a replica answers as message.def and coordinator.h "
        "say";
    SiblingsModel model, more;
    Letter ask, merge;

    ask.kind = MESSAGE_ASK_VERSIONS;
    ask.operation = 3;
    ask.key = merge.key = "x";
    merge.kind = MESSAGE_MERGE;
    merge.operation = 4;
    const auto holds = [&](const std::string &expected) {
        const Letter answer = node.Ask(9, ask, rule);

        t.Expect(answer.kind == MESSAGE_VERSIONS && answer.operation == 3 &&
                     answer.key == "x",
                 rule + ": \"versions?\" is answered \"versions\" with its "
                        "operation and key",
                 std::string("\"") + message_label(answer.kind) + "\"");
        ExpectBytes(t, answer.versions, expected, "what \"versions\" carries");
    };
    const auto merged = [&](const std::string &versions) {
        merge.versions = versions;
        const Letter answer = node.Ask(2, merge, rule);

        t.Expect(answer.kind == MESSAGE_MERGED && answer.operation == 4 &&
                     answer.key == "x",
                 rule + ": \"merge\" is answered \"merged\" with its operation "
                        "and key",
                 std::string("\"") + message_label(answer.kind) + "\"");
    };

    holds("");
    model.Add({{1, {1, 5}}}, "a");
    merged(model.Bytes());
    holds(model.Bytes());
    more.Add({{2, {1, 6}}}, "b");
    more.Add({{3, {1, 6}}}, std::string(1000, 'c'));
    merged(more.Bytes());
    model.Merge(more);
    holds(model.Bytes());
    more = {};
    more.Add({{1, {2, 7}}, {2, {1, 6}}}, "d");
    merged(more.Bytes());
    model.Merge(more);
    node.LiveAgain();
    holds(model.Bytes());
    merge.versions = "no set";
    t.Expect(node.Tell(2, merge).empty(),
             "a set that cannot be decoded is not answered", "it is");
    holds(model.Bytes());
    node.Close();
}

} // namespace
} // namespace judge
