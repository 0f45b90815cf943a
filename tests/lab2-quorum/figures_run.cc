#include "lab2-quorum/figures_run.h"

#include "lab2-quorum/worlds_model.h"

namespace judge
{

std::string StaleGet()
{
    Trial trial(nullptr, Choices(std::vector<uint64_t>{}));

    trial.Trace(",\"test\":\"A get right after a put\",\"seed\":\"0x0\","
                "\"case\":0,\"lab\":\"lab2\","
                "\"page\":\"handouts/lab2.html#stale\"");
    Setup setup = RegisterOf(3, 3, 1, 1);
    setup.read_at_the_end = false;
    World world(trial, setup);
    world.Client({{true, "x", "a", 0, 0},
                  {true, "x", "b", 0, 20},
                  {false, "x", "", 2, 0},
                  {false, "x", "", 2, 20}});
    world.Run();
    world.Close();
    return world.Trace().Text();
}

} // namespace judge
