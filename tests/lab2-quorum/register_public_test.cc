// register_public_test.cc: part B under faults: what the register promises.
#include "check/acknowledged.h"
#include "check/linearizable.h"
#include "harness/world/world.h"

namespace judge
{
namespace
{

// Clients that put and get a few keys through random nodes.
void AddClients(Trial &t, World *world, int writers, int readers,
                uint64_t operations_most, uint64_t keys)
{
    uint64_t number = 0;

    for (int client = 0; client < writers + readers; client++) {
        std::vector<Wish> wishes;
        const uint64_t count = 1 + t.Choose(operations_most);

        for (uint64_t i = 0; i < count; i++) {
            Wish wish;

            wish.is_put = client < writers;
            wish.key = std::string(1, static_cast<char>('x' + t.Choose(keys)));
            wish.value = wish.is_put ? ValueName(number++) : "";
            wish.node = static_cast<uint32_t>(t.Choose(world->Nodes().size()));
            wish.after_ms = static_cast<uint32_t>(t.Choose(60));
            wishes.push_back(wish);
        }
        world->Client(wishes);
    }
}

GRADED_WORLD(Register, IsLinearizableWhenNothingFails, 8, 300,
             "With R + W > N every get returns the last put before it.")
{
    Setup setup;

    setup.program = "register";
    setup.faults.jitter_us = 20000;
    World world(t, setup);
    AddClients(t, &world, 2, 2, 4, 1);
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

GRADED_WORLD(Register, IsLinearizableWhileMessagesGoAstray, 12, 600,
             "Lost, doubled, late and overtaken messages break no promise.")
{
    Setup setup;

    setup.program = "register";
    setup.nodes = static_cast<uint32_t>(t.Between(3, 5));
    setup.faults.loss = 200;
    setup.faults.copy = 200;
    setup.faults.late = 300;
    setup.faults.jitter_us = 30000;
    setup.faults = DrawFaults(t, setup.faults);
    World world(t, setup);
    AddClients(t, &world, 2, 2, 4, 2);
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

GRADED_WORLD(Register, IsLinearizableWhileNodesCrash, 16, 600,
             "A node that crashes at any point and begins again with its store "
             "breaks no promise.")
{
    Setup setup;

    setup.program = "register";
    setup.nodes = static_cast<uint32_t>(t.Between(3, 5));
    setup.faults.loss = 100;
    setup.faults.late = 200;
    setup.faults.jitter_us = 10000;
    setup.faults.strike = 300;
    setup.faults.crashes = true;
    setup.faults.cuts = true;
    setup.faults.one_way_cuts = true;
    setup.faults.pauses = true;
    setup.faults.slow = true;
    setup.faults.skew = true;
    setup.faults = DrawFaults(t, setup.faults);
    World world(t, setup);
    AddClients(t, &world, 2, 2, 5, 2);
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

GRADED_WORLD(Register, IsLinearizableInWhateverOrderMessagesArrive, 30, 4000,
             "Whichever message arrives next, every get returns the last put "
             "before it.")
{
    Setup setup;

    setup.program = "register";
    setup.order = Order::Chosen;
    World world(t, setup);
    world.Client({{true, "x", "a", 0, 0}});
    world.Client({{true, "x", "b", 1, 0}});
    world.Client({{false, "x", "", 2, 0}, {false, "x", "", 2, 0}});
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

} // namespace
} // namespace judge
