#include "harness/world/shoppers.h"

#include <algorithm>

namespace judge
{

Setup StoreOf(const std::string &program, uint32_t nodes, uint32_t n,
              uint32_t r, uint32_t w)
{
    Setup setup;

    setup.program = program;
    setup.nodes = nodes;
    setup.n = n;
    setup.r = r;
    setup.w = w;
    return setup;
}

void AddShoppers(Trial &t, World *world, const Setup &setup,
                 const Shoppers &shoppers)
{
    uint64_t number = 0;

    for (int client = 0; client < shoppers.clients; client++) {
        std::vector<Wish> wishes;

        for (uint64_t rounds = t.Choose(shoppers.rounds + 1); rounds > 0;
             rounds--) {
            Wish wish;

            wish.key = "x" + (shoppers.keys > 1
                                  ? std::to_string(t.Choose(shoppers.keys) + 1)
                                  : "");
            wish.node = static_cast<uint32_t>(t.Choose(setup.nodes));
            wish.after_ms = static_cast<uint32_t>(t.Choose(shoppers.pause_ms));
            const bool reads = shoppers.apart || t.Choose(4) != 3;
            if (reads)
                wishes.push_back(wish);
            wish.is_put = true;
            wish.value = ValueName(number++);
            wish.with_context = true;
            wish.after_ms = static_cast<uint32_t>(t.Choose(shoppers.pause_ms));
            if (shoppers.apart) {
                wish.node =
                    ReplicasOf(setup, wish.key)[static_cast<size_t>(client)];
                wish.only_there = wish.only_read = true;
            } else {
                wish.node = static_cast<uint32_t>(t.Choose(setup.nodes));
            }
            wishes.push_back(wish);
        }
        world->Client(wishes);
    }
}

void ExpectShoppersLoseNothing(Trial &t, const Setup &setup,
                               const Shoppers &shoppers,
                               const CausalRules &rules)
{
    World world(t, setup);

    AddShoppers(t, &world, setup, shoppers);
    world.Run();
    world.Expect(NothingIsLost(world.Operations(), rules));
    world.Close();
}

void ExpectRacersLoseNothing(Trial &t, const Setup &setup)
{
    World world(t, setup);

    for (uint32_t client = 0; client < 2; client++)
        world.Client({{false, "x", "", client, 0},
                      {true, "x", ValueName(client), 2, 0, true},
                      {false, "x", "", client, 0},
                      {true, "x", ValueName(client + 2), 2, 0, true}});
    world.Run();
    world.Expect(NothingIsLost(world.Operations(), {}));
    world.Close();
}

int GetValues(World *world, uint32_t node, const std::string &key,
              std::vector<std::string> values, uint64_t ms,
              const std::string &rule, const std::vector<int> &because)
{
    const int op = world->Invoke(node, false, key, "");

    Await(world, op, ms);
    ExpectAnswer(world, op, DYN_OK, rule);
    Operation seen = OperationOf(*world, op), expected = seen;
    std::sort(seen.values.begin(), seen.values.end());
    std::sort(values.begin(), values.end());
    expected.values = values;
    if (seen.values != values) {
        std::vector<int> ops = {op};

        ops.insert(ops.end(), because.begin(), because.end());
        world->Break(rule,
                     Told(seen) + " finds " + Outcome(seen) +
                         "; expected was " + Outcome(expected),
                     ops);
    }
    return op;
}

int PutValue(World *world, uint32_t node, const std::string &key,
             const std::string &value, int get, uint64_t ms,
             const std::string &rule)
{
    const int op = get < 0 ? world->Invoke(node, true, key, value)
                           : world->PutAfter(node, key, value, get);

    Await(world, op, ms);
    ExpectAnswer(world, op, DYN_OK, rule);
    return op;
}

} // namespace judge
