// register_hidden_test.cc: part B, the tests that only instructors have.
#include "check/acknowledged.h"
#include "check/invented.h"
#include "check/linearizable.h"
#include "check/quorum_sizes.h"
#include "lab2-quorum/worlds_model.h"

namespace judge
{
namespace
{

// A store that breaks it: puts a key where nobody else looks for it, or counts
// a coordinator that is no replica.
GRADED_WORLD(RegisterPlacement, KeepsToThePreferenceList, 4, 0,
             "The first N nodes of a key's preference list hold it, and those "
             "suffice, whoever coordinates.")
{
    const char *const rule =
        "an operation ends when its coordinator reaches the key's replicas";
    const Setup setup = RegisterOf(6, 3, 2, 2);
    World world(t, setup);

    for (int i = 0; i < 4; i++) {
        const std::string key = "key" + std::to_string(t.Choose(1000));
        const std::vector<uint32_t> replicas = ReplicasOf(setup, key);
        const std::vector<uint32_t> others = OthersThan(setup, replicas);
        const uint32_t other = others[t.Choose(others.size())];
        const std::string first = ValueName(uint64_t(i) * 2),
                          second = ValueName(uint64_t(i) * 2 + 1);

        // Without the other nodes.
        for (const uint32_t node : others)
            CutFromAll(&world, node);
        PutNow(&world, replicas[t.Choose(3)], key, first, 120, rule);
        GetNow(&world, replicas[t.Choose(3)], key, first, 120, rule);
        // Through one of those that hold nothing of it.
        JoinTo(&world, other, replicas);
        GetNow(&world, other, key, first, 120, rule);
        PutNow(&world, other, key, second, 120, rule);
        // It is no replica, so it does not make two of one.
        const int put = PutHalfWay(&world, setup, other, key,
                                   "broken off " + first, {replicas[2]});
        world.Quiet(300);
        ExpectPending(&world, put, "a put waits for W replicas");
        CutFrom(&world, other, {replicas[0], replicas[1]});
        const int get = world.Invoke(other, false, key, "");
        world.Quiet(300);
        ExpectPending(&world, get, "a get waits for R replicas");
        world.Quiet(setup.give_up_ms);
        JoinAll(&world);
        PutNow(&world, other, key, second, 120, rule);
        GetNow(&world, others[0], key, second, 120, rule);
    }
    world.Close();
}

// Gets through each replica, while it reaches just one other, must agree. The
// other may be asked only when the first has not answered; then they go twice
// back and forth, at 21 ms a message at most.
void ReadInPairs(World *world, const Setup &setup,
                 const std::vector<uint32_t> &replicas)
{
    const uint64_t soon = 2 * setup.retry_ms + 100;

    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < 3; i++)
            for (const size_t far : {(i + 1) % 3, (i + 2) % 3}) {
                CutFromAll(world, replicas[far]);
                const int get = world->Invoke(replicas[i], false, "x", "");
                world->Quiet(soon);
                ExpectAnswer(world, get, DYN_OK,
                             "a get that reaches R replicas is answered");
                JoinAll(world);
            }
}

// A store that breaks it: gives two puts that run at the same time one version,
// so that replicas hold different values and nobody can tell which is newer.
GRADED_WORLD(Register, GivesEachPutItsOwnVersion, 16, 0,
             "Puts of one key through one node at the same time come one after "
             "the other on every replica.")
{
    Setup setup = RegisterOf(4, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t coordinator = static_cast<uint32_t>(t.Choose(4));

    setup.faults.jitter_us = 20000;
    World world(t, setup);
    for (uint64_t i = 0; i < 3; i++)
        world.Invoke(coordinator, true, "x", ValueName(i));
    world.Quiet(400);
    for (int op = 0; op < 3; op++)
        ExpectAnswer(&world, op, DYN_OK, "puts at one time are all answered");
    ReadInPairs(&world, setup, replicas);
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: counts from what R replicas hold, and gives a version
// again that it gave before the crash, to a put that reached another replica.
GRADED_WORLD(Register, GivesNoVersionTwiceInSeveralLives, 2, 0,
             "A node that crashed in the middle of a put gives its version to "
             "no other put.")
{
    const Setup setup = RegisterOf(4, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    const uint32_t other = OthersThan(setup, replicas)[0];
    uint64_t number = 0;
    World world(t, setup);

    if (t.Choose(2) == 0)
        PutNow(&world, other, "x", ValueName(number++), 40,
               "a put is answered");
    for (int life = 0; life < 3; life++) {
        // One replica gets what the put stores; then its node dies.
        const uint32_t reached = replicas[t.Choose(3)];

        PutHalfWay(&world, setup, other, "x", ValueName(number++), {reached});
        world.Crash(other);
        JoinAll(&world);
        world.Restart(other);
        CutFromAll(&world, reached);
        PutNow(&world, other, "x", ValueName(number++), 120,
               "a put that reaches W replicas is answered");
        JoinAll(&world);
        world.Quiet(120);
        ReadInPairs(&world, setup, replicas);
    }
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: waits for more than it was told to, or invents.
GRADED_WORLD(RegisterSizes, MayBeTooSmallToOverlap, 12, 0,
             "With R + W <= N gets may miss puts, but R and W answers suffice, "
             "and a get returns only what was put.")
{
    // Timid sizes, and all that can go wrong.
    struct {
        uint32_t n, r, w;
    } const sizes[] = {{3, 1, 1}, {3, 1, 2}, {3, 2, 1}, {5, 2, 2}, {5, 1, 3}};
    const auto &size = sizes[t.Choose(5)];
    Setup setup = RegisterOf(size.n, size.n, size.r, size.w);

    setup.faults = DrawFaults(t, Everything());
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(NothingInvented(world.Operations()));
    world.Close();
}

// A store that breaks it: asks more replicas than R, or hides what R = W = 1
// means: that is a register which trades consistency for answers.
GRADED_WORLD(RegisterSizes, LetAGetMissAPutWhereTheyAllowIt, 1, 0,
             "With R = W = 1 a node that reaches no other serves puts and gets "
             "alone, and knows nothing of the others' puts.")
{
    const char *const rule = "with R = W = 1 one replica suffices";

    {
        World world(t, RegisterOf(3, 3, 1, 1));

        CutFromAll(&world, 2);
        PutNow(&world, 2, "y", "c", 120, rule);
        GetNow(&world, 2, "y", "c", 120, rule);
        world.Close();
    }
    World world(t, RegisterOf(3, 3, 1, 1));
    PutNow(&world, 0, "x", "a", 40, rule);
    CutFromAll(&world, 2);
    PutNow(&world, 0, "x", "b", 40, rule);
    GetNow(&world, 2, "x", "a", 120, rule);
    world.Close();
}

// A store that breaks it: counts an answer twice, or one to an earlier question,
// or one from an earlier life.
GRADED_WORLD(RegisterSizes, CountEveryAnswerOnce, 24, 0,
             "A put is answered when W replicas hold it, a get when R have "
             "said what they hold, whatever happens to messages and nodes.")
{
    KeepEvents(t);
    // The answers to a get meet the next life of the node that asked, which
    // has just been asked the same again.
    for (const bool is_put : {false, true}) {
        const Setup simple = RegisterOf(4, 3, 2, 2);
        const uint32_t other = OthersThan(simple, ReplicasOf(simple, "x"))[0];
        World world(t, simple);

        world.Invoke(other, is_put, "x", is_put ? "a" : "");
        world.Quiet(1);
        world.Crash(other);
        world.Restart(other);
        world.Invoke(other, is_put, "x", is_put ? "b" : "");
        world.Quiet(40);
        world.Expect(QuorumSizes(ReadTrace(world.Trace().Text())));
        world.Close();
    }
    const uint32_t n = static_cast<uint32_t>(t.Between(2, 5));
    const uint32_t r = static_cast<uint32_t>(t.Between(1, n));
    const uint32_t w = static_cast<uint32_t>(t.Between(1, n));
    Setup setup = RegisterOf(n, n, r, w);

    setup.faults = Everything();
    setup.faults.copy = 300;
    setup.faults = DrawFaults(t, setup.faults);
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(QuorumSizes(ReadTrace(world.Trace().Text())));
    world.Close();
}

// A store that breaks it: has one moment at which a crash, or a lost message,
// does harm that it does not make good.
GRADED_SCHEDULES(Register, IsLinearizableWhereverItIsStruck, 1, 1500, 0, 0,
                 "Whichever node crashes after whichever event, or whichever "
                 "message is lost, every get returns the last put before it.")
{
    Setup setup = RegisterOf(3, 3, 2, 2);

    setup.order = Order::Chosen;
    setup.losses_most = setup.crashes_most = 1;
    World world(t, setup);
    world.Client({{true, "x", "a", 0, 0}, {true, "x", "b", 0, 0}});
    world.Client({{false, "x", "", 2, 0}});
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: is right as long as every node is a replica.
GRADED_WORLD(Register, IsLinearizableOnManyNodes, 16, 0,
             "More nodes than replicas, several keys, every kind of fault: "
             "every get returns the last put before it.")
{
    const bool wide = t.Choose(2) == 1;
    Setup setup = wide ? RegisterOf(7, 5, 3, 3) : RegisterOf(6, 3, 2, 2);
    Load load;

    load.operations = 6;
    load.keys = 3;
    setup.faults = DrawFaults(t, Everything());
    World world(t, setup);
    AddClients(t, &world, load);
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

// A store that breaks it: says 'stored' first and stores then, so that a crash
// between the two takes back what a client was told.
GRADED_WORLD(Register, HoldsWhatItAcknowledged, 8, 0,
             "What was acknowledged is there in the end, though nodes crashed "
             "all the time.")
{
    const Setup simple = RegisterOf(4, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(simple, "x");
    const uint32_t other = OthersThan(simple, replicas)[0];
    Setup setup = RegisterOf(3, 3, 2, 2);
    Load load;

    // All that a node has not made durable is lost, right after it answered.
    {
        World world(t, simple);

        CutFromAll(&world, replicas[0]);
        PutNow(&world, other, "x", "a", 120, "a put is answered");
        world.Crash(replicas[1]);
        world.Restart(replicas[1]);
        JoinAll(&world);
        CutFromAll(&world, replicas[2]);
        GetNow(&world, other, "x", "a", 120,
               "who has said 'stored' holds it after a crash");
        world.Close();
    }
    load.readers = 0;
    load.operations = 8;
    load.keys = 4;
    load.pause_ms = 10;
    setup.faults.jitter_us = 3000;
    setup.faults.strike = 600;
    setup.faults.strikes_most = 40;
    setup.faults.crashes = true;
    World world(t, setup);
    AddClients(t, &world, load);
    world.Run();
    world.Expect(AcknowledgedSurvive(world.Operations()));
    world.Expect(NothingInvented(world.Operations()));
    world.Close();
}

// A store that breaks it: runs, and goes wrong later.
GRADED_TEST(RegisterOpen, RefusesWhatItCannotRun,
            "open gives DYN_EINVAL for a configuration outside its ranges.")
{
    ExpectOpenKeepsToRanges(t, NodeOf(RegisterOf(4, 3, 2, 2), 2));
}

} // namespace
} // namespace judge
