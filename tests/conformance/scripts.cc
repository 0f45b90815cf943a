#include "conformance/scripts.h"

#include "lab2-quorum/worlds_model.h"

#include <algorithm>

namespace judge
{
namespace
{

// In the real world these pass on the wall clock. Where nobody gives up, no
// machine is too slow; where somebody does, each time costs so long.
constexpr uint32_t kNeverMs = 600'000, kSoonMs = 2'000;

// dynamo-node has every number in its range, also one that is ignored.
constexpr ring_config kRing = {RING_TOKENS, 8, 64, 1};

Setup Register(uint32_t nodes, uint32_t n, uint32_t r, uint32_t w)
{
    Setup setup = RegisterOf(nodes, n, r, w);

    setup.ring = kRing;
    setup.give_up_ms = kNeverMs;
    return setup;
}

Setup Masking()
{
    Setup setup = MaskingOf(5, 4, 1);

    setup.ring = kRing;
    setup.give_up_ms = kNeverMs;
    return setup;
}

Setup GivingUp(Setup setup)
{
    setup.give_up_ms = kSoonMs;
    return setup;
}

const Result kUnavailable = Code(DYN_EUNAVAILABLE);

std::string AllBytes()
{
    std::string bytes;

    for (int i = 0; i < 256; i++)
        bytes += static_cast<char>(i);
    return bytes;
}

// ---- Nothing fails ----

Script NothingIsNotEmpty(const std::string &name, const Setup &setup)
{
    Script script(name, setup);

    script.Get(1, "x", Nothing()).Get(3, "x", Nothing());
    script.Put(2, "x", "");
    script.Get(1, "x", Value("")).Get(3, "x", Value(""));
    script.Get(3, "y", Nothing());
    return script;
}

Script Overwritten(const std::string &name, const Setup &setup)
{
    Script script(name, setup);
    const node_id nodes = setup.nodes;

    for (node_id i = 0; i < 2 * nodes; i++) {
        const std::string value = ValueName(i);

        script.Put(1 + i % nodes, "x", value);
        script.Get(1 + (i + 1) % nodes, "x", Value(value));
        script.Get(1 + (i + 2) % nodes, "x", Value(value));
    }
    return script;
}

Script ManyKeys()
{
    constexpr node_id kNodes = 5, kKeys = 24;
    Script script("ManyKeys", Register(kNodes, 3, 2, 2));
    std::vector<std::string> values;

    for (node_id i = 0; i < kKeys; i++) {
        values.push_back(ValueName(i));
        script.Put(1 + i % kNodes, "key" + std::to_string(i), values[i]);
    }
    for (node_id i = 0; i < kKeys; i += 3) {
        values[i] = ValueName(kKeys + i);
        script.Put(1 + (i + 1) % kNodes, "key" + std::to_string(i), values[i]);
    }
    for (node_id i = 0; i < kKeys; i++)
        script.Get(1 + (i + 2) % kNodes, "key" + std::to_string(i),
                   Value(values[i]));
    script.Get(1, "key", Nothing());
    script.Get(2, "key" + std::to_string(kKeys), Nothing());
    return script;
}

// ---- What is no request, and what just is one ----

Script BadRequests()
{
    Script script("BadRequests", Register(3, 3, 2, 2));
    const std::string key(KEY_SIZE_MAX, 'k'), value(VALUE_SIZE_MAX, 'v');

    script.Get(1, "", Refused()).Put(2, "", "a", Refused());
    script.Get(1, key + "k", Refused()).Put(2, key + "k", "a", Refused());
    script.Put(3, "x", value + "v", Refused()).Get(1, "x", Nothing());
    script.Put(1, key, value).Get(2, key, Value(value));
    script.Put(3, key, "a").Get(1, key, Value("a"));
    return script;
}

Script UnknownOperation()
{
    Script script("UnknownOperation", Register(3, 3, 2, 2));

    script.Unknown(1, "x", Refused()).Get(1, "x", Nothing());
    script.Put(1, "x", "7").Unknown(2, "x", Refused());
    script.Get(2, "x", Value("7"));
    return script;
}

Script AnyBytes()
{
    Script script("AnyBytes", Register(3, 3, 2, 2));
    const std::string zero("\0", 1), zeros("\0\0", 2);

    script.Put(1, AllBytes(), AllBytes());
    script.Get(2, AllBytes(), Value(AllBytes()));
    script.Put(2, zero, "one").Put(3, zeros, "two");
    script.Get(1, zero, Value("one")).Get(1, zeros, Value("two"));
    script.Put(3, "\r\n", "$1\r\n").Get(2, "\r\n", Value("$1\r\n"));
    return script;
}

// ---- Nodes fail ----

Script OneNodeDown(const std::string &name, const Setup &setup)
{
    Script script(name, setup);

    script.Put(1, "x", "a").Crash(3);
    script.Get(2, "x", Value("a"));
    script.Put(1, "x", "b").Get(2, "x", Value("b"));
    // It missed b, and must not pass on what it holds.
    script.Restart(3).Crash(1);
    script.Get(3, "x", Value("b")).Put(3, "x", "c");
    script.Restart(1).Get(1, "x", Value("c"));
    return script;
}

Script TooManyDown(const std::string &name, const Setup &setup, node_id first,
                   node_id second)
{
    Script script(name, GivingUp(setup));

    script.Put(second, "x", "a").Crash(first).Crash(second);
    script.Get(1, "x", kUnavailable).Put(1, "y", "b", kUnavailable);
    script.Restart(first).Get(1, "x", Value("a"));
    script.Put(first, "x", "c").Restart(second);
    script.Get(second, "x", Value("c"));
    return script;
}

Script AllNodesDown(const std::string &name, const Setup &setup)
{
    Script script(name, setup);

    script.Put(1, "x", "a").Put(2, "y", "b").Put(3, "x", "c");
    for (node_id node = 1; node <= setup.nodes; node++)
        script.Crash(node);
    for (node_id node = 1; node <= setup.nodes; node++)
        script.Restart(node);
    script.Get(2, "x", Value("c")).Get(3, "y", Value("b"));
    script.Get(1, "z", Nothing());
    return script;
}

// A node that numbers its puts from 1 again has them taken for old ones.
Script ANodeThatBeginsAgainAndAgain()
{
    Script script("ANodeThatBeginsAgainAndAgain", Register(3, 3, 2, 2));

    for (uint64_t i = 0; i < 4; i++) {
        script.Put(1, "x", ValueName(2 * i)).Crash(1).Restart(1);
        script.Get(1, "x", Value(ValueName(2 * i)));
        script.Put(1, "x", ValueName(2 * i + 1));
        script.Get(2, "x", Value(ValueName(2 * i + 1)));
    }
    return script;
}

Script PausedNode(const std::string &name, const Setup &setup)
{
    Script script(name, setup);

    script.Put(3, "x", "a").Pause(3);
    script.Put(1, "x", "b").Get(2, "x", Value("b"));
    script.BeginGet(3, "x").BeginPut(3, "y", "late");
    script.Get(1, "y", Nothing());
    script.Resume(3).Take(Value("b")).Take(Done());
    script.Get(1, "y", Value("late")).Get(3, "x", Value("b"));
    return script;
}

Script PausedNodeThatCrashes()
{
    Script script("PausedNodeThatCrashes", Register(3, 3, 2, 2));

    script.Put(3, "x", "a").Pause(3);
    script.BeginPut(3, "x", "never").BeginGet(3, "x");
    script.Crash(3).Take(NoAnswer()).Take(NoAnswer());
    script.Get(1, "x", Value("a")).Restart(3).Get(3, "x", Value("a"));
    return script;
}

// ---- The network fails ----

Script MinorityAndMajority(const std::string &name, const Setup &setup)
{
    Script script(name, GivingUp(setup));
    std::vector<node_id> others;

    for (node_id node = 2; node <= setup.nodes; node++)
        others.push_back(node);
    script.Put(1, "x", "a").CutOff(1, others);
    script.Get(1, "x", kUnavailable).Put(1, "y", "b", kUnavailable);
    script.Put(2, "x", "c").Get(3, "x", Value("c"));
    script.JoinTo(1, others).Get(1, "x", Value("c"));
    return script;
}

// Node 1 is heard, but hears nothing; and the other way round.
Script DeafAndDumb()
{
    Script script("DeafAndDumb", GivingUp(Register(3, 3, 2, 2)));

    script.Put(1, "x", "a").Cut(2, 1).Cut(3, 1);
    script.Get(1, "x", kUnavailable);
    script.Put(2, "x", "b").Get(3, "x", Value("b"));
    script.Join(2, 1).Join(3, 1).Get(1, "x", Value("b"));
    script.Cut(1, 2).Cut(1, 3).Get(1, "x", kUnavailable);
    script.Put(3, "x", "c").Get(2, "x", Value("c"));
    script.Join(1, 2).Join(1, 3).Get(1, "x", Value("c"));
    return script;
}

Script OneLinkCut()
{
    Script script("OneLinkCut", Register(3, 3, 2, 2));

    script.Cut(1, 2);
    for (node_id node = 1; node <= 3; node++) {
        const std::string value = ValueName(node);

        script.Put(node, "x", value);
        for (node_id other = 1; other <= 3; other++)
            script.Get(other, "x", Value(value));
    }
    return script;
}

// ---- Sizes ----

// R + W <= N: what a node alone holds is what it answers, though it is old.
Script SmallQuorumsMiss()
{
    Script script("SmallQuorumsMiss", Register(3, 3, 1, 1));

    script.Put(1, "x", "a").CutOff(1, {2, 3});
    script.Put(2, "x", "b").Get(3, "x", Value("b"));
    script.Get(1, "x", Value("a"));
    return script;
}

Script EveryReplicaMustHoldIt()
{
    Script script("EveryReplicaMustHoldIt", GivingUp(Register(3, 3, 1, 3)));

    script.Put(1, "x", "a").Crash(3);
    script.Put(1, "y", "b", kUnavailable);
    script.Restart(3).Put(2, "x", "c").Get(3, "x", Value("c"));
    return script;
}

// ---- Placement ----

std::vector<node_id> Ids(const std::vector<uint32_t> &indexes)
{
    std::vector<node_id> ids;

    for (const uint32_t index : indexes)
        ids.push_back(index + 1);
    return ids;
}

// A key of which at most one of two nodes is a replica.
std::string KeyBeside(const Setup &setup, node_id one, node_id other)
{
    for (int i = 0;; i++) {
        const std::string key = "beside" + std::to_string(i);
        const std::vector<node_id> ids = Ids(ReplicasOf(setup, key));

        if (std::count(ids.begin(), ids.end(), one) +
                std::count(ids.begin(), ids.end(), other) <
            2)
            return key;
    }
}

// Every node forwards to the replicas, and nothing depends on the others.
Script FiveNodesThreeReplicas()
{
    const Setup setup = GivingUp(Register(5, 3, 2, 2));
    const std::vector<uint32_t> indexes = ReplicasOf(setup, "x");
    const std::vector<node_id> replicas = Ids(indexes);
    const std::vector<node_id> others = Ids(OthersThan(setup, indexes));
    const std::string beside = KeyBeside(setup, replicas[0], replicas[1]);
    Script script("FiveNodesThreeReplicas", setup);

    script.Put(others[0], "x", "a").Get(others[1], "x", Value("a"));
    script.Crash(others[0]).Crash(others[1]);
    script.Get(replicas[0], "x", Value("a")).Put(replicas[1], "x", "b");
    script.Restart(others[0]).Restart(others[1]);
    script.Crash(replicas[0]).Get(others[0], "x", Value("b"));
    script.Crash(replicas[1]).Get(others[0], "x", kUnavailable);
    script.Get(replicas[2], "x", kUnavailable);
    script.Put(others[1], beside, "c").Get(others[0], beside, Value("c"));
    script.Restart(replicas[0]).Get(others[1], "x", Value("b"));
    return script;
}

} // namespace

std::vector<Script> Scripts()
{
    const Setup plain = Register(3, 3, 2, 2), masking = Masking();

    return {
        NothingIsNotEmpty("NothingIsNotEmpty", plain),
        NothingIsNotEmpty("MaskingNothingIsNotEmpty", masking),
        Overwritten("OverwrittenAtAnotherNode", plain),
        Overwritten("MaskingOverwrittenAtAnotherNode", masking),
        ManyKeys(),
        BadRequests(),
        UnknownOperation(),
        AnyBytes(),
        OneNodeDown("OneNodeDown", plain),
        OneNodeDown("MaskingOneNodeDown", masking),
        TooManyDown("TwoOfThreeDown", plain, 2, 3),
        TooManyDown("MaskingTwoOfFiveDown", masking, 4, 5),
        AllNodesDown("AllNodesDown", plain),
        AllNodesDown("MaskingAllNodesDown", masking),
        ANodeThatBeginsAgainAndAgain(),
        PausedNode("PausedNode", plain),
        PausedNode("MaskingPausedNode", masking),
        PausedNodeThatCrashes(),
        MinorityAndMajority("MinorityAndMajority", plain),
        MinorityAndMajority("MaskingMinorityAndMajority", masking),
        DeafAndDumb(),
        OneLinkCut(),
        SmallQuorumsMiss(),
        EveryReplicaMustHoldIt(),
        FiveNodesThreeReplicas(),
    };
}

} // namespace judge
