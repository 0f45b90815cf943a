// failure_scripts.cc: scripts for lab 4's store: stand-ins, hints, lost disks,
// anti-entropy.
#include "conformance/scripts.h"

#include "harness/world/scenes.h"

namespace judge
{
namespace
{

constexpr uint32_t kNeverMs = 600'000, kSoonMs = 2'000;

Setup Store(uint32_t nodes, uint32_t r, uint32_t w)
{
    Setup setup;

    setup.program = "failure";
    setup.nodes = nodes;
    setup.n = 3;
    setup.r = r;
    setup.w = w;
    setup.ring = {RING_TOKENS, 8, 64, 1};
    setup.give_up_ms = kNeverMs;
    setup.sloppy = 1;
    setup.handoff_ms = 100;
    return setup;
}

// Strict, and replicas compare what they hold.
Setup Synced(uint32_t nodes, uint32_t r, uint32_t w)
{
    Setup setup = Store(nodes, r, w);

    setup.sloppy = 0;
    setup.sync_ms = 100;
    return setup;
}

// A key, and who has to do with it.
struct Scene {
    std::vector<std::string> keys; // all with the same owners
    std::vector<node_id> owners, others;
};

Scene SceneOf(const Setup &setup, size_t keys = 1)
{
    const std::vector<uint32_t> owners = ReplicasOf(setup, "x");
    Scene scene;

    for (int i = 0; scene.keys.size() < keys; i++) {
        const std::string key = i == 0 ? "x" : "x" + std::to_string(i);

        if (ReplicasOf(setup, key) == owners)
            scene.keys.push_back(key);
    }
    for (const uint32_t owner : owners)
        scene.owners.push_back(owner + 1);
    for (const uint32_t other : OthersThan(setup, owners))
        scene.others.push_back(other + 1);
    return scene;
}

std::vector<node_id> AllBut(const Setup &setup, node_id node)
{
    std::vector<node_id> others;

    for (node_id other = 1; other <= setup.nodes; other++)
        if (other != node)
            others.push_back(other);
    return others;
}

const Result kUnavailable = Code(DYN_EUNAVAILABLE);

// Of three owners two are down; two have to take a put. Who reads then asks the same
// three nodes.
Script TwoOwnersDown(const std::string &name, Setup setup)
{
    const Scene scene = SceneOf(setup, 2);
    const std::string old = scene.keys[0], key = scene.keys[1];
    const bool sloppy = setup.sloppy != 0;
    const auto Or = [sloppy](const Result &result) {
        return sloppy ? result : kUnavailable;
    };
    if (!sloppy)
        setup.give_up_ms = kSoonMs;
    Script script(name, setup);

    script.Put(scene.owners[0], old, "a");
    script.Crash(scene.owners[1]).Crash(scene.owners[2]);
    script.Put(scene.owners[0], key, "b", Or(Done()));
    script.Get(scene.owners[0], key, Or(Value("b")));
    script.Get(scene.others[0], key, Or(Value("b")));
    if (sloppy)
        script.Put(scene.others[1], key, "c")
            .Get(scene.others[0], key, Values({"b", "c"}));
    script.Restart(scene.owners[1]).Restart(scene.owners[2]);
    if (sloppy)
        script.Rest();
    for (const node_id owner : scene.owners)
        script.Get(owner, old, Value("a"));
    if (!sloppy) // what came of the put is not known
        return script;
    for (node_id node = 1; node <= setup.nodes; node++)
        script.Get(node, key, Values({"b", "c"}));
    return script;
}

// No owner at all: three others take it, and bring it home.
Script AllOwnersDown()
{
    const Setup setup = Store(6, 2, 2);
    const Scene scene = SceneOf(setup);
    Script script("FailureAllOwnersDown", setup);

    for (const node_id owner : scene.owners)
        script.Crash(owner);
    script.Put(scene.others[0], "x", "a").Get(scene.others[1], "x", Value("a"));
    script.GetAs("a", scene.others[2], "x", Value("a"));
    script.PutAfter("a", scene.others[1], "x", "b");
    for (const node_id owner : scene.owners)
        script.Restart(owner);
    script.Rest();
    for (const node_id other : scene.others)
        script.Crash(other);
    for (const node_id owner : scene.owners)
        script.Get(owner, "x", Value("b"));
    return script;
}

// What the node holds itself, asked while it is alone.
void AskAlone(Script *script, node_id node,
              const std::vector<std::string> &keys, const Result &expected)
{
    script->CutOff(node, AllBut(script->Cluster(), node));
    for (const std::string &key : keys)
        script->Get(node, key, expected);
    script->JoinTo(node, AllBut(script->Cluster(), node));
}

Script OwnerComesBack(const std::string &name, const Setup &setup)
{
    const Scene scene = SceneOf(setup, 3);
    const node_id away = scene.owners[2];
    Script script(name, setup);

    script.Put(scene.owners[0], scene.keys[0], "a").Rest().Crash(away);
    for (const std::string &key : scene.keys)
        script.GetAs("of " + key, scene.owners[0], key,
                     key == scene.keys[0] ? Value("a") : Nothing());
    for (const std::string &key : scene.keys)
        script.PutAfter("of " + key, scene.owners[1], key, "b");
    script.Restart(away).Rest();
    AskAlone(&script, away, scene.keys, Value("b"));
    return script;
}

// It is paused, and others take its part; it hears of that later, and of what it was
// asked itself.
Script OwnerStandsStill()
{
    const Setup setup = Store(5, 1, 3);
    const Scene scene = SceneOf(setup);
    const node_id away = scene.owners[1];
    Script script("FailureOwnerStandsStill", setup);

    script.Put(scene.owners[0], "x", "a").Rest();
    script.GetAs("a", scene.owners[0], "x", Value("a")).Pause(away);
    script.PutAfter("a", scene.owners[2], "x", "b").Resume(away).Rest();
    AskAlone(&script, away, {"x"}, Value("b"));
    return script;
}

// Both sides of a cut have nodes enough for all; what they took lies side by side when
// all has come home.
Script TwoSidesOfACut()
{
    const Setup setup = Store(6, 2, 2);
    const Scene scene = SceneOf(setup);
    const node_id left = scene.owners[0], right = scene.owners[1];
    const std::vector<node_id> lefts = {left, scene.others[0], scene.others[1]},
                               rights = {right, scene.owners[2],
                                         scene.others[2]};
    Script script("FailureTwoSidesOfACut", setup);

    script.Put(left, "x", "a").Rest().GetAs("a", right, "x", Value("a"));
    for (const node_id node : lefts)
        script.CutOff(node, rights);
    script.PutAfter("a", left, "x", "b").PutAfter("a", right, "x", "c");
    for (const node_id node : lefts)
        script.JoinTo(node, rights);
    script.Rest();
    for (node_id node = 1; node <= setup.nodes; node++)
        script.Get(node, "x", Values({"b", "c"}));
    script.GetAs("bc", left, "x", Values({"b", "c"}));
    script.PutAfter("bc", right, "x", "d")
        .Get(scene.others[0], "x", Value("d"));
    return script;
}

// By hints an owner gets what was put while it was away. What its disk held is gone,
// unless replicas compare what they hold.
Script ComesBackWithoutItsDisk(const std::string &name, const Setup &setup)
{
    const Scene scene = SceneOf(setup, 2);
    const node_id away = scene.owners[2];
    Script script(name, setup);

    script.Put(scene.owners[0], scene.keys[0], "a").Rest().Crash(away);
    script.Put(scene.owners[0], scene.keys[1], "b");
    script.RestartEmpty(away).Rest(setup.sync_ms > 0 ? "" : scene.keys[1]);
    AskAlone(&script, away, {scene.keys[0]},
             setup.sync_ms > 0 ? Value("a") : Nothing());
    AskAlone(&script, away, {scene.keys[1]}, Value("b"));
    return script;
}

// It has forgotten how far it had counted: under its old name it would count again
// from 1, and replace what it had put itself.
Script CoordinatesWithoutItsDisk()
{
    const Setup setup = Synced(3, 2, 2);
    Script script("FailureCoordinatesWithoutItsDisk", setup);

    script.Put(1, "x", "a").Put(1, "x", "b").Rest().RestartEmpty(1);
    script.Put(1, "x", "c").Rest();
    script.GetAs("abc", 2, "x", Values({"a", "b", "c"}));
    script.PutAfter("abc", 1, "x", "d").Get(3, "x", Value("d"));
    script.Rest().RestartEmpty(1).Put(1, "x", "e").Rest();
    for (node_id node = 1; node <= 3; node++)
        script.Get(node, "x", Values({"d", "e"}));
    return script;
}

} // namespace

std::vector<Script> FailureScripts()
{
    Setup strict = Store(5, 2, 2);

    strict.sloppy = 0;
    return {
        TwoOwnersDown("FailureOthersStandIn", Store(5, 2, 2)),
        TwoOwnersDown("FailureStrictRefuses", strict),
        AllOwnersDown(),
        OwnerComesBack("FailureHintsComeHome", Store(5, 1, 2)),
        OwnerComesBack("FailureAntiEntropyAlone", Synced(5, 1, 2)),
        OwnerStandsStill(),
        TwoSidesOfACut(),
        ComesBackWithoutItsDisk("FailureHintsAfterALostDisk", Store(5, 1, 2)),
        ComesBackWithoutItsDisk("FailureAllAfterALostDisk", Synced(5, 1, 2)),
        CoordinatesWithoutItsDisk(),
    };
}

} // namespace judge
