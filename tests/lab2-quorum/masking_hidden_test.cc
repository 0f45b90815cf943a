// masking_hidden_test.cc: part C among liars, the tests that only instructors
// have.
#include "check/safe.h"
#include "lab2-quorum/worlds_model.h"

namespace judge
{
namespace
{

const Lie kLies[] = {Lie::Silent, Lie::Forge, Lie::Equivocate, Lie::Replay};

// A store that breaks it: is for one liar, or trusts as many as there are.
GRADED_WORLD(Masking, IsSafeAmongTwoLiars, 16, 0,
             "Two liars of nine replicas are masked as one of five is.")
{
    Setup setup = MaskingOf(9, 7, 2);
    const uint32_t first = static_cast<uint32_t>(t.Choose(9));
    const uint32_t second = (first + 1 + uint32_t(t.Choose(8))) % 9;
    // Often both say the same.
    const Lie lie = kLies[t.Choose(4)];

    setup.liars = {{first, lie},
                   {second, t.Choose(4) < 3 ? lie : kLies[t.Choose(4)]}};
    setup.faults.loss = 150;
    setup.faults.late = 150;
    setup.faults.jitter_us = 10000;
    setup.faults = DrawFaults(t, setup.faults);
    setup.calm_must_finish = false;
    World world(t, setup);
    AddClients(t, &world, Load{});
    world.Run();
    world.Expect(Safe(world.Operations()));
    world.Close();
}

// A store that breaks it: finds nothing, or something else, beside a liar.
GRADED_WORLD(Masking, GivesBackWhatWasPut, 1, 0,
             "One operation after the other, gets return what was put last, at "
             "once, empty values too, and nothing where nothing was put.")
{
    const char *const rule = "a get that no put overlaps returns what was put "
                             "last, and nothing if nothing was";
    KeepEvents(t);
    for (const bool two : {false, true})
        for (const Lie lie : kLies) {
            Setup setup = two ? MaskingOf(9, 7, 2) : MaskingOf(5, 4, 1);
            // Those that are asked first, if any order is kept.
            const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");

            setup.liars = {{replicas[0], lie}};
            if (two)
                setup.liars[replicas[1]] = lie;
            World world(t, setup);
            GetNow(&world, replicas[2], "x", std::nullopt, 100, rule);
            for (uint32_t i = 0; i < 6; i++) {
                const std::string value = i == 3 ? "" : ValueName(i);
                const uint32_t writer = replicas[2 + i % 3],
                               reader = replicas[2 + (i + 1) % 3];

                PutNow(&world, writer, "x", value, 150, rule);
                GetNow(&world, reader, "x", value, 100, rule);
                GetNow(&world, writer, "y", std::nullopt, 100, rule);
            }
            ExpectModestCounters(&world);
            world.Close();
        }
}

// A store that breaks it: wants f + 1 replicas to name one counter; after puts
// that were broken off none is named twice, and no put ends any more.
GRADED_WORLD(Masking, PutsGoOnAfterSomeThatWereBrokenOff, 4, 0,
             "Puts that never ended leave replicas with different versions; "
             "the next put ends all the same, and is found.")
{
    const char *const rule =
        "a put that reaches W correct replicas is answered DYN_OK";
    Setup setup = MaskingOf(5, 4, 1);

    setup.liars = {{4, kLies[t.Choose(4)]}};
    World world(t, setup);
    PutNow(&world, 0, "x", "a", 120, rule);
    // Each of three replicas alone holds what it wrote, under another counter.
    for (uint32_t node = 0; node < 3; node++) {
        for (uint32_t times = 0; times <= node; times++) {
            PutHalfWay(&world, setup, node, "x",
                       "broken off " + std::to_string(10 * node + times), {});
            world.Crash(node);
            world.Restart(node);
            for (uint32_t to = 0; to < 5; to++)
                if (to != node)
                    world.Join(node, to);
        }
    }
    for (uint32_t node = 0; node < 4; node++)
        PutNow(&world, node, "x", ValueName(node + 1), 4 * setup.retry_ms,
               rule);
    world.Quiet(setup.retry_ms);
    world.Expect(Safe(world.Operations()));
    for (uint32_t node = 0; node < 4; node++)
        GetNow(&world, node, "x", "e", 4 * setup.retry_ms,
               "when all replicas hold the last put, gets find it");
    world.Close();
}

} // namespace
} // namespace judge
