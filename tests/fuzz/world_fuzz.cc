// world_fuzz.cc: any bytes, taken as the choices of a world: what clients do,
// what befalls messages and nodes, or whichever message comes next.
//
// The reference register must be linearizable in each. By libFuzzer, which is led
// by the code that a run reaches, the student's side of it included, to faults
// that chance seldom finds.
#include "check/linearizable.h"
#include "harness/odometer.h"
#include "harness/options.h"
#include "harness/trial.h"
#include "lab2-quorum/worlds_model.h"

#include <cstdio>
#include <cstdlib>

using namespace judge;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace
{

void RunWorld(Trial &t)
{
    const bool chosen = t.Choose(2) == 1;
    Setup setup = RegisterOf(
        chosen ? 3 : static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    Load load;

    if (chosen) {
        setup.order = Order::Chosen;
        setup.losses_most = setup.crashes_most = 2;
        load.operations = 2;
    } else {
        setup.faults = DrawFaults(t, Everything());
        load.keys = 2;
    }
    World world(t, setup);
    AddClients(t, &world, load);
    world.Run();
    world.Expect(Linearizable(world.Operations()));
    world.Close();
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Trial t(nullptr, Choices::OfBytes(data, size));

    try {
        RunWorld(t);
    } catch (const Violation &violation) {
        std::fprintf(stderr, "expected: %s\nseen: %s\n",
                     violation.expected.c_str(), violation.seen.c_str());
        std::abort();
    }
    return 0;
}
