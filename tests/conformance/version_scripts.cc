// version_scripts.cc: scripts for stores with siblings and contexts.
#include "conformance/scripts.h"

#include "harness/world/scenes.h"

namespace judge
{
namespace
{

constexpr uint32_t kNeverMs = 600'000, kSoonMs = 2'000;

Setup Store(const char *program, uint32_t nodes, uint32_t n, uint32_t r,
            uint32_t w)
{
    Setup setup;

    setup.program = program;
    setup.nodes = nodes;
    setup.n = n;
    setup.r = r;
    setup.w = w;
    setup.ring = {RING_TOKENS, 8, 64, 1};
    setup.give_up_ms = kNeverMs;
    return setup;
}

Setup GivingUp(Setup setup)
{
    setup.give_up_ms = kSoonMs;
    return setup;
}

const Result kUnavailable = Code(DYN_EUNAVAILABLE),
             kCorrupt = Code(DYN_ECORRUPT);

Script ReplacesWhatWasRead(const std::string &name, const Setup &setup)
{
    Script script(name, setup);

    script.GetAs("none", 1, "x", Nothing()).PutAfter("none", 1, "x", "");
    script.GetAs("first", 2, "x", Value("")).Get(3, "y", Nothing());
    script.PutAfter("first", 3, "x", "b").Get(1, "x", Value("b"));
    script.GetAs("second", 1, "x", Value("b"));
    script.PutAfter("second", 2, "x", "c");
    for (node_id node = 1; node <= 3; node++)
        script.Get(node, "x", Value("c"));
    return script;
}

Script TwoWhoHaveReadTheSame(const std::string &name, const Setup &setup,
                             node_id first, node_id second)
{
    Script script(name, setup);

    script.Put(1, "x", "a").GetAs("both", 3, "x", Value("a"));
    script.PutAfter("both", first, "x", "b");
    script.PutAfter("both", second, "x", "c");
    for (node_id node = 1; node <= 3; node++)
        script.Get(node, "x", Values({"b", "c"}));
    script.GetAs("all", 2, "x", Values({"b", "c"}));
    script.PutAfter("all", 3, "x", "d").Get(1, "x", Value("d"));
    return script;
}

// Nobody has read anything: all stay, those of one value too.
Script WhoHasReadNothing()
{
    Script script("WhoHasReadNothing", Store("dvv", 3, 3, 2, 2));

    script.Put(1, "x", "a").Put(1, "x", "b").Put(2, "x", "c").Put(3, "x", "a");
    script.Get(1, "x", Values({"a", "a", "b", "c"}));
    script.GetAs("all", 2, "x", Values({"a", "a", "b", "c"}));
    script.Put(3, "x", "late").PutAfter("all", 1, "x", "d");
    script.Get(2, "x", Values({"d", "late"}));
    return script;
}

Script BadContexts(const std::string &name, const Setup &setup)
{
    Script script(name, setup);

    script.PutAfter(kNoContext, 1, "x", "a", kCorrupt).Get(2, "x", Nothing());
    script.Put(1, "x", "a").GetAs("x's", 2, "x", Value("a"));
    script.PutAfter("x's", 3, "y", "b", kCorrupt).Get(1, "y", Nothing());
    script.PutAfter(kNoContext, 3, "x", "b", kCorrupt).Get(1, "x", Value("a"));
    script.PutAfter("x's", 1, "x", "c").Get(2, "x", Value("c"));
    return script;
}

Script OneNodeDown()
{
    Script script("VersionsOneNodeDown", Store("dvv", 3, 3, 2, 2));

    script.Put(1, "x", "a").GetAs("a", 2, "x", Value("a")).Crash(3);
    script.PutAfter("a", 1, "x", "b").PutAfter("a", 2, "x", "c");
    script.Get(1, "x", Values({"b", "c"})).Restart(3);
    script.Get(3, "x", Values({"b", "c"})).Crash(1);
    script.GetAs("bc", 3, "x", Values({"b", "c"}));
    script.PutAfter("bc", 3, "x", "d").Restart(1).Crash(2);
    script.Get(1, "x", Value("d"));
    return script;
}

Script TwoOfThreeDown()
{
    Script script("VersionsTwoOfThreeDown", GivingUp(Store("dvv", 3, 3, 2, 2)));

    script.Put(1, "x", "a").Crash(2).Crash(3).Get(1, "x", kUnavailable);
    script.Restart(2).Get(1, "x", Value("a")).GetAs("a", 2, "x", Value("a"));
    script.PutAfter("a", 2, "x", "b").Get(1, "x", Value("b"));
    return script;
}

// Each side takes its own; when they meet, nothing is lost.
Script TwoSidesOfACut()
{
    Script script("VersionsTwoSidesOfACut", Store("dvv", 3, 3, 3, 1));

    script.Put(1, "x", "a").GetAs("a", 2, "x", Value("a"));
    script.CutOff(1, {2, 3});
    script.PutAfter("a", 1, "x", "b").PutAfter("a", 2, "x", "c");
    script.JoinTo(1, {2, 3});
    script.GetAs("bc", 3, "x", Values({"b", "c"}));
    script.PutAfter("bc", 1, "x", "d").Get(2, "x", Value("d"));
    return script;
}

Script AllNodesDown()
{
    Script script("VersionsAllNodesDown", Store("dvv", 3, 3, 2, 2));

    script.Put(1, "x", "a").GetAs("a", 2, "x", Value("a"));
    script.PutAfter("a", 2, "x", "b").PutAfter("a", 2, "x", "c");
    for (node_id node = 1; node <= 3; node++)
        script.Crash(node);
    for (node_id node = 1; node <= 3; node++)
        script.Restart(node);
    // The coordinator counts on from what it has stored.
    script.PutAfter("a", 2, "x", "d").Get(1, "x", Values({"b", "c", "d"}));
    return script;
}

Script PutsOfNoReplica(const char *program, const std::string &name)
{
    const Setup setup = Store(program, 5, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x"),
                                others = OthersThan(setup, replicas);
    const node_id first = others[0] + 1, second = others[1] + 1;
    Script script(name, setup);

    script.GetAs("none", first, "x", Nothing());
    script.PutAfter("none", first, "x", "a");
    script.GetAs("a", second, "x", Value("a")).Crash(first);
    script.PutAfter("a", second, "x", "b").Restart(first);
    script.GetAs("b", first, "x", Value("b"));
    script.PutAfter("b", first, "x", "c").Get(second, "x", Value("c"));
    script.PutAfter(kNoContext, first, "x", "d", kCorrupt);
    script.Crash(replicas[1] + 1).GetAs("c", second, "x", Value("c"));
    script.PutAfter("c", second, "x", "e")
        .Get(replicas[0] + 1, "x", Value("e"));
    return script;
}

} // namespace

std::vector<Script> VersionScripts()
{
    const Setup clocks = Store("vclock", 3, 3, 2, 2),
                dots = Store("dvv", 3, 3, 2, 2);

    return {
        ReplacesWhatWasRead("ClocksReplaceWhatWasRead", clocks),
        ReplacesWhatWasRead("DotsReplaceWhatWasRead", dots),
        TwoWhoHaveReadTheSame("ClocksOfTwoCoordinators", clocks, 1, 2),
        TwoWhoHaveReadTheSame("DotsOfTwoCoordinators", dots, 1, 2),
        TwoWhoHaveReadTheSame("DotsOfOneCoordinator", dots, 2, 2),
        WhoHasReadNothing(),
        BadContexts("ClocksRefuseBadContexts", clocks),
        BadContexts("DotsRefuseBadContexts", dots),
        OneNodeDown(),
        TwoOfThreeDown(),
        TwoSidesOfACut(),
        AllNodesDown(),
        PutsOfNoReplica("vclock", "ClocksOfNoReplica"),
        PutsOfNoReplica("dvv", "DotsOfNoReplica"),
    };
}

} // namespace judge
