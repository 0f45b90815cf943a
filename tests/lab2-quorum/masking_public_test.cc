// masking_public_test.cc: part C among liars: what a masking register promises.
#include "check/safe.h"
#include "lab2-quorum/worlds_model.h"

namespace judge
{
namespace
{

const Lie kLies[] = {Lie::Silent, Lie::Forge, Lie::Equivocate, Lie::Replay};

// A store that breaks it: believes one replica, or waits for the liar.
GRADED_WORLD(Masking, IsSafeAmongLiars, 8, 300,
             "However a replica lies, a get that no put overlaps returns the "
             "last put's value, and succeeds.")
{
    Setup setup = MaskingOf(5, 4, 1);
    Load load;

    load.pause_ms = 40;
    setup.liars = {{static_cast<uint32_t>(t.Choose(5)), kLies[t.Choose(4)]}};
    setup.faults.jitter_us = 10000;
    World world(t, setup);
    AddClients(t, &world, load);
    world.Run();
    world.Expect(Safe(world.Operations(), Answering::UnlessOverlapped));
    world.Close();
}

// A store that breaks it: is safe only while every correct replica answers.
GRADED_WORLD(Masking, IsSafeWhileCorrectNodesFail, 8, 300,
             "Lost messages and crashes of correct replicas, beside a liar, "
             "make no get return what was not the last put.")
{
    Setup setup = MaskingOf(5, 4, 1);

    setup.liars = {{static_cast<uint32_t>(t.Choose(5)), kLies[t.Choose(4)]}};
    setup.calm_must_finish = false; // a put that a crash broke off overlaps all
    setup.faults = DrawFaults(t, Everything());
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(Safe(world.Operations()));
    world.Close();
}

// A store that breaks it: runs with quorums that liars can outvote or block.
GRADED_TEST(MaskingOpen, RefusesSizesThatAreNotSafeAndLive,
            "open gives DYN_EINVAL unless N, R, W and f are safe and live.")
{
    struct {
        uint32_t n, r, w, f;
        int code;
    } const cases[] = {{5, 4, 4, 1, DYN_OK},     {9, 7, 7, 2, DYN_OK},
                       {6, 5, 5, 1, DYN_OK},     {6, 4, 5, 1, DYN_OK},
                       {3, 2, 2, 0, DYN_OK},     {3, 1, 3, 0, DYN_OK},
                       {5, 4, 3, 1, DYN_EINVAL}, // share 2, and need 3
                       {5, 3, 4, 1, DYN_EINVAL}, {3, 2, 2, 1, DYN_EINVAL},
                       {3, 1, 2, 0, DYN_EINVAL}, // may miss each other
                       {5, 5, 5, 1, DYN_EINVAL}, // a silent liar blocks them
                       {5, 5, 4, 1, DYN_EINVAL}, {5, 4, 5, 1, DYN_EINVAL},
                       {4, 4, 4, 1, DYN_EINVAL}, {8, 7, 7, 2, DYN_EINVAL}};

    for (const auto &c : cases) {
        Setup setup = MaskingOf(c.n, c.r, c.f);

        setup.w = c.w;
        t.ExpectCode(c.code, CodeOfOpen(NodeOf(setup, 1)),
                     "open with N = " + std::to_string(c.n) + ", R = " +
                         std::to_string(c.r) + ", W = " + std::to_string(c.w) +
                         ", f = " + std::to_string(c.f));
    }
}

// A store that breaks it: has R answers that do not suffice, and waits for those
// that have not answered: a liar, who keeps silent.
GRADED_WORLD(Masking, AsksAllAgainWhereNothingIsVouchedFor, 3, 0,
             "A get that finds nothing vouched for asks all again, and ends "
             "when replicas have come to agree.")
{
    const char *const rule = "where nothing is vouched for a get asks again, "
                             "also those that have answered";
    Setup setup = MaskingOf(5, 4, 1);
    const Lie lies[] = {Lie::Silent, Lie::Forge, Lie::Equivocate};
    const uint32_t reader = 3, liar = 4;
    std::vector<int> puts;

    setup.retry_ms = 1000; // time enough to read before a put is sent again
    setup.give_up_ms = 20000;
    setup.liars = {{liar, lies[t.Choose(3)]}};
    World world(t, setup);
    PutNow(&world, 0, "x", "a", 2 * setup.retry_ms + 10, "a put is answered");
    // Three puts at once lack one answer, the reader's. When that comes, what
    // they send arrives nowhere: each correct replica holds something else.
    CutFrom(&world, liar, {0, 1, 2});
    world.Pause(reader);
    for (uint32_t node = 0; node < 3; node++)
        puts.push_back(world.Invoke(node, true, "x", ValueName(node + 1)));
    world.Quiet(setup.retry_ms + 10);
    for (uint32_t node = 0; node < 3; node++)
        for (uint32_t to = 0; to < 4; to++)
            if (node != to)
                world.Cut(node, to);
    world.Resume(reader);
    world.Quiet(10);
    for (uint32_t node = 0; node < 3; node++)
        world.Join(node, reader);
    const int get = world.Invoke(reader, false, "x", "");
    world.Quiet(10);
    JoinAll(&world);
    world.Quiet(4 * setup.retry_ms);
    for (const int put : puts)
        ExpectAnswer(&world, put, DYN_OK, "a put ends when all is whole again");
    ExpectAnswer(&world, get, DYN_OK, rule);
    world.Expect(Safe(world.Operations()));
    world.Close();
}

// A store that breaks it: takes the highest counter that anybody names, and has
// none left after 2^64 - 1.
GRADED_WORLD(Masking, GivesLiarsNoSayInCounters, 4, 0,
             "Counters grow as puts do, whatever a liar says that it holds.")
{
    KeepEvents(t);
    Setup setup = MaskingOf(5, 4, 1);
    const Lie lies[] = {Lie::Forge, Lie::Equivocate};

    setup.liars = {{static_cast<uint32_t>(t.Choose(5)), lies[t.Choose(2)]}};
    setup.faults.jitter_us = 5000;
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(Safe(world.Operations(), Answering::UnlessOverlapped));
    ExpectModestCounters(&world);
    world.Close();
}

} // namespace
} // namespace judge
