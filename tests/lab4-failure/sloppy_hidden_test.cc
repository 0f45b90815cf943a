// sloppy_hidden_test.cc: the graded tests of sloppy quorums that only instructors have.
#include "lab4-failure/sloppy_model.h"
#include "lab4-failure/store_model.h"

#include <set>

namespace judge
{
namespace
{

// ---- Part B ----

GRADED_PROPERTY(SloppyTargets, HaveNoLimitOfNodes, 3,
                "However long the preference list is, the first healthy nodes "
                "hold the places.")
{
    const size_t count = 700;
    std::vector<node_id> list;
    std::vector<bool> suspected;

    for (size_t i = 0; i < count; i++) {
        list.push_back(static_cast<node_id>(4000000000u - i));
        suspected.push_back(i % 3 != t.Choose(3) || (i > 2 && i < 600));
    }
    ExpectTargets(t, list, suspected, t.Between(1, 9));
}

GRADED_WORLD(
    SloppyStore, LosesNothingOnManyNodes, 6, 200,
    "On many nodes, with many clients and more of what fails, what was "
    "acknowledged is there in the end.")
{
    Setup setup =
        SloppyStoreOf(static_cast<uint32_t>(t.Between(7, 9)), 3, 2, 2);

    setup.faults = DrawFaults(t, Everything());
    ExpectNothingIsLostInTheEnd(t, setup, {5, 8, 3, 40, false});
}

// Of "x"; empty if there is none.
std::string HintFor(const Entries &stored, node_id owner)
{
    const auto at = stored.find(HintPlace(owner, "x"));

    return at == stored.end() ? "" : at->second;
}

// Who is asked in the place of one owner may be who is to stand in for another: then
// all have answered, and nobody has anything for the other.
GRADED_WORLD(SloppyStore, KeepsForEveryOwnerWhatWasPut, 2, 0,
             "When a put is over, each owner of its key holds it, or somebody "
             "keeps a hint for him.")
{
    const Setup setup = SloppyStoreOf(5, 3, 2, 2);
    Setup whole = setup;
    whole.n = 5;
    std::vector<node_id> list; // the key's, stand-ins included
    for (const uint32_t node : ReplicasOf(whole, "x"))
        list.push_back(node + 1);
    const node_id gone = list[1 + t.Choose(2)]; // says nothing
    LoneNode lone(t, NodeOf(setup, list[3]));   // the first stand-in
    std::set<node_id> hold;
    const auto play = [&](Letters sent) {
        for (size_t i = 0; i < sent.size(); i++) {
            const auto [to, letter] = sent[i];
            Letter answer = letter;

            if (to == gone || to == list[4])
                continue;
            if (letter.kind == MESSAGE_PING)
                answer.kind = MESSAGE_PONG;
            else if (letter.kind == MESSAGE_MERGE)
                answer.kind = MESSAGE_MERGED;
            else
                continue;
            if (answer.kind == MESSAGE_MERGED)
                hold.insert(to);
            answer.versions.clear();
            const auto more = lone.Tell(to, answer);
            sent.insert(sent.end(), more.begin(), more.end());
        }
    };

    for (uint64_t put = 1; put <= 2; put++) { // by the second, it suspects
        Letter letter;

        letter.kind = MESSAGE_STAND_IN;
        letter.operation = put;
        letter.key = "x";
        letter.value = ValueName(put);
        letter.owner = list[0];
        hold.clear();
        const Entries before = lone.Stored();
        play(lone.Tell(list[4], letter));
        for (uint64_t ms = 0; ms < setup.give_up_ms + 1000; ms += 10)
            play(lone.Wait(10));
        for (size_t i = 0; i < setup.n; i++)
            t.Expect(hold.count(list[i]) > 0 ||
                         HintFor(lone.Stored(), list[i]) !=
                             HintFor(before, list[i]),
                     "node " + std::to_string(list[i]) +
                         ", an owner of \"x\", has confirmed put " +
                         std::to_string(put) +
                         ", or that is in a hint for it, when nobody is waited "
                         "for any more",
                     "it has not, and there is no such hint");
    }
    lone.Close();
}

// Replicas, and nodes that stand in for them, of all sizes that a quorum may have.
GRADED_WORLD(SloppySizes, MayBeAny, 9, 200,
             "Whatever N, R and W are, what was acknowledged is there in the "
             "end.")
{
    const uint32_t n = static_cast<uint32_t>(t.Between(1, 4));
    Setup setup = SloppyStoreOf(n + static_cast<uint32_t>(t.Between(1, 3)), n,
                                static_cast<uint32_t>(t.Between(1, n)),
                                static_cast<uint32_t>(t.Between(1, n)));

    setup.faults = DrawFaults(t, Everything());
    ExpectNothingIsLostInTheEnd(t, setup, {3, 4, 2, 60, false});
}

} // namespace
} // namespace judge
