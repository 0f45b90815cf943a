// store_hidden_test.cc: the graded tests of the two programs that only instructors
// have.
#include "harness/refusals.h"
#include "lab3-vclock/store_model.h"

#include <set>

namespace judge
{
namespace
{

// ---- Part C ----

GRADED_TEST(StoreOpen, RefusesWhatItCannotRun,
            "open gives DYN_EINVAL for a configuration outside its ranges.")
{
    ExpectOpenKeepsToRanges(t, NodeOf(StoreOf("vclock", 4, 3, 2, 2), 2));
    ExpectOpenKeepsToRanges(t, NodeOf(StoreOf("dvv", 4, 3, 2, 2), 2));
}

// A store that breaks it: puts a key where nobody else looks for it, or counts a
// coordinator that is no replica.
GRADED_WORLD(StorePlacement, KeepsToThePreferenceList, 4, 0,
             "The first N nodes of a key's preference list hold it, and those "
             "suffice, whoever is asked.")
{
    const std::string rule = "operations need the key's replicas, and no other";
    const Setup setup = StoreOf("vclock", 6, 3, 2, 2);
    World world(t, setup);

    for (uint64_t i = 0; i < 4; i++) {
        const std::string key =
            "key" + std::to_string(1000 * i + t.Choose(1000));
        const std::vector<uint32_t> replicas = ReplicasOf(setup, key),
                                    others = OthersThan(setup, replicas);
        const uint32_t other = others[t.Choose(others.size())];

        for (const uint32_t node : others)
            CutFromAll(&world, node);
        int get = GetValues(&world, replicas[t.Choose(3)], key, {}, 60, rule);
        PutValue(&world, replicas[t.Choose(3)], key, "a" + std::to_string(i),
                 get, 60, rule);
        JoinTo(&world, other, replicas);
        get =
            GetValues(&world, other, key, {"a" + std::to_string(i)}, 60, rule);
        PutValue(&world, other, key, "b" + std::to_string(i), get, 60, rule);
        GetValues(&world, replicas[t.Choose(3)], key, {"b" + std::to_string(i)},
                  60, rule);
        // It reaches one replica only, and is none itself.
        CutFrom(&world, other, {replicas[0], replicas[1]});
        const int few = world.Invoke(other, false, key, "");
        world.Quiet(300);
        ExpectPending(&world, few, "a get waits for R replicas");
        world.Quiet(setup.give_up_ms);
        JoinAll(&world);
    }
    world.Close();
}

GRADED_WORLD(StoreSizes, MayBeAnyThatOverlap, 10, 0,
             "With R + W > N, whatever they are, nothing that was acknowledged "
             "is lost.")
{
    struct {
        uint32_t n, r, w;
    } const sizes[] = {{3, 2, 2}, {3, 1, 3}, {3, 3, 1},
                       {5, 2, 4}, {5, 3, 3}, {4, 3, 2}};
    const auto &size = sizes[t.Choose(6)];
    Setup setup =
        StoreOf(t.Choose(2) == 0 ? "vclock" : "dvv", 5, size.n, size.r, size.w);
    Shoppers shoppers;

    shoppers.apart = setup.program == "vclock";
    setup.faults = DrawFaults(t, Everything());
    ExpectShoppersLoseNothing(t, setup, shoppers);
}

GRADED_WORLD(
    StoreSizes, MayBeTooSmallToOverlap, 10, 0,
    "With R + W <= N a get may miss what was put, but returns only what "
    "was put, no put twice, and nothing beside what has replaced it.")
{
    const uint32_t w = static_cast<uint32_t>(t.Between(1, 2));
    Setup setup = StoreOf(t.Choose(2) == 0 ? "vclock" : "dvv", 4, 3, 1, w);
    Shoppers shoppers;

    shoppers.apart = setup.program == "vclock";
    setup.faults = DrawFaults(t, Everything());
    ExpectShoppersLoseNothing(t, setup, shoppers, {kNever});
}

GRADED_WORLD(ReadRepair, MakesReplicasAgree, 10, 0,
             "When nodes are up and a key has been read, all its replicas hold "
             "the same.")
{
    Setup setup = StoreOf(t.Choose(2) == 0 ? "vclock" : "dvv", 4, 3, 1, 1);
    Shoppers shoppers;

    shoppers.apart = setup.program == "vclock";
    setup.faults = DrawFaults(t, Everything());
    World world(t, setup);
    AddShoppers(t, &world, setup, shoppers);
    world.Run(); // it reads every key through every node at the end
    world.Quiet(setup.give_up_ms + 100);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    for (uint32_t node = 0; node < setup.nodes; node++)
        CutFromAll(&world, node);
    std::set<std::string> first;
    for (size_t i = 0; i < replicas.size(); i++) {
        const int get = world.Invoke(replicas[i], false, "x", "");

        world.Quiet(20);
        ExpectAnswer(&world, get, DYN_OK,
                     "with R = 1 a replica answers by itself");
        const Operation &seen = OperationOf(world, get);
        const std::set<std::string> values(seen.values.begin(),
                                           seen.values.end());
        if (i == 0)
            first = values;
        else if (values != first)
            world.Break("replicas that have been read agree",
                        Told(seen) + " finds " + Outcome(seen) +
                            ", and the replica before something else",
                        {get, get - 1});
    }
    world.Close();
}

GRADED_WORLD(
    Forward, MakesEachPutOnce, 6, 0,
    "\"forward\" may come in any order and several times, from several "
    "nodes; what is answered DYN_OK is put once, what is refused is "
    "not put.")
{
    Setup setup = StoreOf("dvv", 5, 3, 2, 1);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x"),
                                others = OthersThan(setup, replicas);
    const node_id self = replicas[0] + 1;
    LoneNode node(t, NodeOf(setup, self));
    const std::string rule = "a put that is forwarded again is one put";
    std::map<std::pair<node_id, uint64_t>, int> said;
    uint64_t puts = 0;

    for (uint64_t i = 0; i < 40; i++) {
        Letter forward;
        const node_id from = others[t.Choose(2)] + 1;

        if (t.Choose(12) == 11)
            node.LiveAgain();
        forward.kind = MESSAGE_FORWARD;
        forward.operation = t.Between(1, 15);
        forward.key = "x";
        forward.value =
            std::to_string(from) + "." + std::to_string(forward.operation);
        const Letter answer = node.Ask(from, forward, rule);
        const bool made = answer.code == DYN_OK;
        int &before =
            said.try_emplace({from, forward.operation}, 1).first->second;

        t.Expect(made || answer.code == DYN_EUNAVAILABLE,
                 rule + ": DYN_OK, or DYN_EUNAVAILABLE", CodeName(answer.code));
        // 1: not yet asked.
        t.Expect(before == 1 || !made || before == DYN_OK,
                 rule + ": what was refused is not put later",
                 "DYN_OK for operation " + std::to_string(forward.operation));
        if (made && before == 1)
            puts++;
        if (before == 1)
            before = answer.code;
    }
    Letter ask;
    ask.kind = MESSAGE_ASK_VERSIONS;
    ask.operation = 1;
    ask.key = "x";
    const std::string set = node.Ask(others[0] + 1, ask, rule).versions;
    // Blind puts replace nothing: each is a version, whose dot is of this node.
    const uint64_t clock_size =
        set.size() < 8 ? 0 : static_cast<uint8_t>(set[3]);
    const uint64_t held = set.size() < clock_size + 8
                              ? 0
                              : static_cast<uint8_t>(set[clock_size + 7]);
    t.Expect(held == puts,
             "as many versions as puts that were answered DYN_OK: " +
                 std::to_string(puts),
             std::to_string(held));
    node.Close();
}

GRADED_WORLD(
    Forward, IsAnsweredWhenWHoldIt, 1, 0,
    "A put that was forwarded is answered when W replicas hold it, as any "
    "other.")
{
    const std::string rule = "W replicas hold a forwarded put before it is "
                             "answered";
    Setup setup = StoreOf("dvv", 4, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t other = OthersThan(setup, replicas)[0];
    World world(t, setup);

    for (const uint32_t node : replicas)
        CutFrom(&world, node, replicas);
    const int put = world.Invoke(other, true, "x", "a");
    world.Quiet(400);
    ExpectPending(&world, put, rule);
    JoinAll(&world);
    world.Quiet(setup.retry_ms + 20);
    ExpectAnswer(&world, put, DYN_OK, rule);
    world.Close();
}

// Who answers with more than a reply can carry has lost the key for good.
GRADED_WORLD(StoreLimits, RefuseAPutThatMakesTheSetTooLarge, 1, 0,
             "A put after which the set would have more than "
             "REPLY_VALUES_MAX versions is refused, and changes nothing.")
{
    const auto expect = [&](const std::string &program,
                            const std::string &versions, int code) {
        const Setup setup = StoreOf(program, 5, 3, 2, 1);
        const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
        const node_id from = OthersThan(setup, replicas)[0] + 1;
        LoneNode node(t, NodeOf(setup, replicas[0] + 1));
        const std::string rule =
            "a put of " + program + " to a set that has " +
            (code == DYN_OK ? "one version less than" : "already") +
            " REPLY_VALUES_MAX versions";
        Letter merge, forward, ask;

        merge.kind = MESSAGE_MERGE;
        merge.key = forward.key = ask.key = "x";
        merge.versions = versions;
        node.Ask(replicas[1] + 1, merge, rule);
        forward.kind = MESSAGE_FORWARD;
        forward.operation = 1;
        forward.value = "one more";
        t.ExpectCode(code, node.Ask(from, forward, rule).code, rule);
        ask.kind = MESSAGE_ASK_VERSIONS;
        if (code != DYN_OK)
            ExpectBytes(t, node.Ask(from, ask, rule).versions, versions,
                        "the set after the put that was refused");
        node.Close();
    };
    SiblingsModel siblings;
    DvvModel dotted;

    for (uint32_t i = 1; i <= REPLY_VALUES_MAX; i++) {
        siblings.Add({{100 + i, {1, i}}}, "v");
        dotted.Put({}, 100, i, "v");
        if (i < REPLY_VALUES_MAX - 1)
            continue;
        const int code = i < REPLY_VALUES_MAX ? DYN_OK : DYN_ERANGE;
        expect("vclock", siblings.Bytes(), code);
        expect("dvv", dotted.Bytes(), code);
    }
}

// A number that comes again is taken for the put before, which is answered
// already: the second is never made.
GRADED_WORLD(
    Forward, NumbersPutsAnewInEveryLife, 1, 0,
    "A node that has crashed gives none of its forwarded puts the number "
    "of an earlier one.")
{
    const std::string rule =
        "a put that is answered DYN_OK is made, in whichever "
        "life of the node that forwards it";
    Setup setup = StoreOf("dvv", 4, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t other = OthersThan(setup, replicas)[0];
    World world(t, setup);
    std::vector<std::string> values;

    for (uint64_t life = 0; life < 3; life++) {
        values.push_back(ValueName(life));
        PutValue(&world, other, "x", values.back(), -1, 60, rule);
        GetValues(&world, replicas[0], "x", values, 20, rule);
        world.Crash(other);
        world.Restart(other);
    }
    world.Close();
}

// ---- Part E ----

GRADED_WORLD(DottedStore, LosesNothingOnManyNodes, 10, 0,
             "Six nodes, three keys, five clients, and every kind of fault: "
             "nothing is lost, and nothing doubled.")
{
    Setup setup = StoreOf("dvv", 6, 3, 2, 2);
    Shoppers shoppers;

    shoppers.clients = 5;
    shoppers.keys = 3;
    setup.faults = DrawFaults(t, Everything());
    ExpectShoppersLoseNothing(t, setup, shoppers);
}

GRADED_SCHEDULES(DottedStore, LosesNothingWhereverItIsStruck, 1, 3000, 0, 0,
                 "Wherever one message is late or lost, or one node crashes, "
                 "nothing that was acknowledged is lost, and nothing doubled.")
{
    Setup setup = StoreOf("dvv", 3, 3, 2, 2);

    setup.order = Order::Chosen;
    setup.losses_most = 1;
    setup.crashes_most = 1;
    ExpectRacersLoseNothing(t, setup);
}

} // namespace
} // namespace judge
