// hunts_test.cc: runs in which the paper's clocks fail, to be found by students in
// their own part C (make find-lab3). A hunt breaks one of the three conditions
// under which vclock_program keeps its promise, and keeps the others. What is
// drawn is small where choices are small, so what is found comes out small.
#include "lab3-vclock/store_model.h"

namespace judge
{
namespace
{

// The run is what is looked for if its first broken rule is that one.
void LookFor(Trial &t, World *world, const std::string &pattern)
{
    const Finding finding = NothingIsLost(world->Operations(), {});

    if (finding.pattern != pattern)
        return;
    t.Hit();
    world->Expect(finding);
}

HUNT(Race, LosesAWrite, 16, 3000, "race",
     "Where two clients put through one coordinator, a put that was "
     "acknowledged is returned, or was replaced by one whose client had read "
     "it.")
{
    const auto n = static_cast<uint32_t>(t.Between(1, 3));
    Setup setup = StoreOf("vclock", n, n, n / 2 + 1, n / 2 + 1);

    setup.order = Order::Chosen;
    setup.read_at_the_end = false;
    World world(t, setup);
    uint64_t number = 0;
    for (int client = 0; client < 2; client++) {
        std::vector<Wish> wishes;

        for (uint64_t left = t.Choose(5); left > 0; left--) {
            Wish wish;

            wish.key = "x";
            wish.is_put = t.Choose(2) == 0;
            wish.with_context = wish.only_read = wish.is_put;
            if (wish.is_put)
                wish.value = ValueName(number++);
            else
                wish.node = static_cast<uint32_t>(t.Choose(n));
            wishes.push_back(wish);
        }
        world.Client(wishes);
    }
    world.Run();
    LookFor(t, &world, "lost write");
    world.Close();
}

// ---- Truncation: twelve replicas, each with a client of its own ----

constexpr uint32_t kReplicas = 12;

// In each round some of the clients get the key, all at a time, and then put it, each
// through its own node. One node may be cut off for some rounds. Then each node is
// asked, until what is looked for is there.
void PlayRounds(Trial &t, World *world, const std::string &pattern)
{
    const uint64_t rounds = t.Choose(kReplicas + 2);
    const uint64_t away = t.Choose(2) * (1 + t.Choose(kReplicas));
    const uint64_t leaves = t.Choose(4);
    const uint64_t comes_back = leaves + t.Choose(kReplicas);
    uint64_t number = 0;

    for (uint64_t round = 0; round < rounds; round++) {
        const uint64_t first = t.Choose(kReplicas);
        const uint64_t clients = 1 + t.Choose(2) * t.Choose(kReplicas);
        std::vector<std::pair<uint32_t, int>> gets;

        if (away > 0 && round == leaves)
            CutFromAll(world, static_cast<uint32_t>(away - 1));
        if (away > 0 && round == comes_back)
            JoinAll(world);
        for (uint64_t i = 0; i < clients; i++) {
            const auto node = static_cast<uint32_t>((first + i) % kReplicas);

            gets.emplace_back(node, world->Invoke(node, false, "x", ""));
        }
        world->Quiet(5);
        for (const auto &[node, get] : gets)
            if (Succeeded(OperationOf(*world, get)))
                world->PutAfter(node, "x", ValueName(number++), get);
        world->Quiet(5);
    }
    JoinAll(world);
    for (uint32_t node = 0; node < kReplicas; node++) {
        LookFor(t, world, pattern);
        world->Invoke(node, false, "x", "");
        world->Quiet(5);
    }
    LookFor(t, world, pattern);
}

// One node's clock may be a second behind.
void HuntTruncation(Trial &t, const std::string &pattern)
{
    Setup setup = StoreOf("vclock", kReplicas, kReplicas, 7, 6);

    if (const uint64_t late = t.Choose(2) * (1 + t.Choose(kReplicas)))
        setup.ahead_ms[static_cast<uint32_t>(late - 1)] = -1000;
    World world(t, setup);
    PlayRounds(t, &world, pattern);
    world.Close();
}

HUNT(TruncatedStore, MakesAFalseConflict, 4, 3000, "part-d",
     "A get leaves out what another of its values has replaced.")
{
    HuntTruncation(t, "kept too long");
}

HUNT(TruncatedStore, LosesAWrite, 4, 10000, "part-d",
     "A put that was acknowledged is returned, or was replaced by one whose "
     "client had read it.")
{
    HuntTruncation(t, "lost write");
}

} // namespace
} // namespace judge
