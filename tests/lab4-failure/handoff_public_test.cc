// handoff_public_test.cc: the graded tests of hinted handoff that students are given.
#include "harness/bytes.h"
#include "harness/refusals.h"
#include "lab4-failure/store_model.h"

extern "C" {
#include "wire/wire.h"
}

namespace judge
{
namespace
{

// ---- Part C ----

// One node of which the test plays all others.
struct Holder {
    explicit Holder(Trial &trial, uint32_t disk = 1)
        : t(&trial), setup(SloppyStoreOf(6, 3, 2, 1)),
          owners(ReplicasOf(setup, "x")),
          self(setup.nodes > 0 ? OthersThan(setup, owners)[0] + 1 : 0),
          owner(owners[1] + 1), node(trial, Of(setup, self, disk))
    {
    }
    static NodeSetup Of(const Setup &setup, node_id self, uint32_t disk)
    {
        NodeSetup made = NodeOf(setup, self);

        made.disk = disk;
        return made;
    }

    // Has it keep a set for an owner.
    void Hint(node_id for_whom, const std::string &key, const std::string &set)
    {
        Letter hint;

        hint.kind = MESSAGE_HINT;
        hint.operation = ++asked;
        hint.key = key;
        hint.versions = set;
        hint.owner = for_whom;
        const Letter answer = node.Ask(9, hint, rule);

        t->Expect(answer.kind == MESSAGE_HINTED &&
                      answer.operation == hint.operation && answer.key == key &&
                      answer.owner == for_whom,
                  "\"hint\" is answered \"hinted\" with its operation, key and "
                  "owner",
                  Told(answer));
    }
    // What it says that it holds.
    std::string Held(const std::string &key)
    {
        Letter ask;

        ask.kind = MESSAGE_ASK_VERSIONS;
        ask.operation = ++asked;
        ask.key = key;
        const Letter answer = node.Ask(9, ask, rule);
        told_disk = answer.disk;
        return answer.versions;
    }
    // The owner says that it has that set.
    std::vector<std::pair<node_id, Letter>>
    Merged(node_id from, const std::string &key, const std::string &set)
    {
        Letter merged;

        merged.kind = MESSAGE_MERGED;
        merged.operation = HandoffNumber(set);
        merged.key = key;
        return node.Tell(from, merged);
    }
    // Expects a hint at its place, with these bytes; none if they are empty.
    void ExpectHint(node_id for_whom, const std::string &key,
                    const std::string &set)
    {
        const auto at = node.Stored().find(HintPlace(for_whom, key));
        const std::string text = "the hint for node " +
                                 std::to_string(for_whom) + ", key \"" + key +
                                 "\"";

        if (set.empty())
            t->Expect(at == node.Stored().end(), text + " is not kept any more",
                      "it is in the store");
        else if (at == node.Stored().end())
            t->Fail(text + " is in the store, at the place that handoff.h says",
                    "there is none");
        else
            ExpectBytes(*t, at->second, set, "the value of " + text);
    }
    // Of what was sent, what is handed off.
    static std::vector<std::pair<node_id, Letter>>
    Handed(const std::vector<std::pair<node_id, Letter>> &sent)
    {
        std::vector<std::pair<node_id, Letter>> handed;

        for (const auto &[to, letter] : sent)
            if (letter.kind == MESSAGE_MERGE)
                handed.push_back({to, letter});
        return handed;
    }
    // Lets time pass until it looks, and expects it to hand off that set alone.
    void ExpectHandedOff(node_id to_whom, const std::string &key,
                         const std::string &set, const std::string &when)
    {
        const auto handed = Handed(node.Wait(setup.handoff_ms));

        t->Expect(handed.size() == 1,
                  "one hint is handed off within handoff_ms " + when,
                  std::to_string(handed.size()) + " are");
        const auto &[to, letter] = handed[0];
        t->Expect(to == to_whom && letter.key == key,
                  "it is sent to its owner, node " + std::to_string(to_whom) +
                      ", about \"" + key + "\"",
                  "to node " + std::to_string(to) + ", " + Told(letter));
        ExpectBytes(*t, letter.versions, set, "the set that is handed off");
        t->Expect(letter.operation == HandoffNumber(set),
                  "its operation is the number that handoff.h says, " +
                      std::to_string(HandoffNumber(set)),
                  std::to_string(letter.operation));
    }
    static std::string Told(const Letter &letter)
    {
        return std::string("\"") + message_label(letter.kind) +
               "\" with operation " + std::to_string(letter.operation) +
               ", key \"" + letter.key + "\" and owner " +
               std::to_string(letter.owner);
    }

    Trial *t;
    Setup setup;
    std::vector<uint32_t> owners;
    node_id self, owner;
    LoneNode node;
    uint64_t asked = 0, told_disk = 0;
    std::string rule = "a node answers as message.def says";
};

const std::string one = SetOf({{1, 1, "a"}}), two = SetOf({{2, 1, "b"}}),
                  three = SetOf({{3, 1, "c"}}),
                  both = SetOf({{1, 1, "a"}, {2, 1, "b"}}),
                  all = SetOf({{1, 1, "a"}, {2, 1, "b"}, {3, 1, "c"}});

GRADED_WORLD(Hint, IsKeptForItsOwner, 1, 0,
             "What is kept for an owner lies in the store at a place of its "
             "own, merged, and is told to whoever asks for the key.")
{
    Holder holder(t);

    holder.Hint(holder.owner, "x", one);
    holder.ExpectHint(holder.owner, "x", one);
    ExpectBytes(t, holder.Held("x"), one, "what \"versions\" carries");
    holder.Hint(holder.owner, "x", two);
    holder.ExpectHint(holder.owner, "x", both);
    holder.Hint(holder.owner, "x", one);
    holder.ExpectHint(holder.owner, "x", both);
    // For another owner: a hint of its own.
    holder.Hint(holder.owners[0] + 1, "x", three);
    holder.ExpectHint(holder.owners[0] + 1, "x", three);
    holder.ExpectHint(holder.owner, "x", both);
    ExpectBytes(t, holder.Held("x"), all,
                "what \"versions\" carries of both hints");
    holder.node.Close();
}

GRADED_WORLD(Hint, OutlivesItsHolder, 1, 0,
             "A hint that was acknowledged is there after a crash, and is "
             "handed off then.")
{
    Holder holder(t);

    holder.Hint(holder.owner, "x", one);
    holder.node.LiveAgain();
    holder.ExpectHint(holder.owner, "x", one);
    ExpectBytes(t, holder.Held("x"), one, "what \"versions\" carries");
    holder.ExpectHandedOff(holder.owner, "x", one, "after a crash");
    holder.node.Close();
}

GRADED_WORLD(Handoff, BringsAHintToItsOwner, 1, 0,
             "Every handoff_ms a hint is sent to its owner, until the owner "
             "says that it has it; then it is dropped.")
{
    Holder holder(t);

    holder.Hint(holder.owner, "x", one);
    holder.ExpectHandedOff(holder.owner, "x", one, "of its coming");
    holder.ExpectHint(holder.owner, "x", one);
    (void)holder.Merged(holder.owner, "x", one);
    holder.ExpectHint(holder.owner, "x", "");
    t.Expect(
        holder.Handed(holder.node.Wait(10 * holder.setup.handoff_ms)).empty(),
        "nothing is handed off when no hint is kept", "something is");
    holder.node.Close();
}

// Dropped too early, the only copy is gone.
GRADED_WORLD(Handoff, DropsOnlyWhatItsOwnerHas, 1, 0,
             "A hint stays while its owner has not said \"merged\" to the very "
             "set that the hint has now.")
{
    Holder holder(t);
    const node_id other = holder.owners[0] + 1;

    holder.Hint(holder.owner, "x", one);
    holder.ExpectHandedOff(holder.owner, "x", one, "of its coming");
    holder.Hint(holder.owner, "x", two);
    (void)holder.Merged(holder.owner, "x", one); // that is less than it has now
    holder.ExpectHint(holder.owner, "x", both);
    (void)holder.Merged(other, "x", both); // from somebody else
    holder.ExpectHint(holder.owner, "x", both);
    (void)holder.Merged(holder.owner, "y", both); // of another key
    holder.ExpectHint(holder.owner, "x", both);
    holder.ExpectHandedOff(holder.owner, "x", both, "of the last look");
    // An answer that comes in another life, and twice, is good all the same.
    holder.node.LiveAgain();
    (void)holder.Merged(holder.owner, "x", both);
    holder.ExpectHint(holder.owner, "x", "");
    (void)holder.Merged(holder.owner, "x", both);
    holder.Hint(holder.owner, "x", two);
    (void)holder.Merged(holder.owner, "x", both);
    holder.ExpectHint(holder.owner, "x", two);
    holder.node.Close();
}

// A node that has been away for a day has a hundred thousand hints waiting for it.
GRADED_WORLD(
    Handoff, SendsAFewAtATime, 1, 0,
    "Of many hints at most HANDOFF_MOST are on their way at a time, and "
    "each answer brings the next one.")
{
    Holder holder(t);
    const size_t hints = 3 * HANDOFF_MOST + 5;
    std::map<std::string, int> sent;
    std::vector<std::string> answered;

    for (size_t i = 0; i < hints; i++)
        holder.Hint(holder.owner, "key" + std::to_string(i), one);
    auto handed = holder.Handed(holder.node.Wait(holder.setup.handoff_ms));
    t.Expect(handed.size() == HANDOFF_MOST,
             "HANDOFF_MOST (" + std::to_string(HANDOFF_MOST) +
                 ") hints are sent in the first look",
             std::to_string(handed.size()) + " are");
    for (size_t i = 0; i < handed.size(); i++) {
        const std::string key = handed[i].second.key;

        t.Expect(++sent[key] == 1, "each hint is sent once",
                 "\"" + key + "\" is sent twice");
        const auto more =
            holder.Handed(holder.Merged(handed[i].first, key, one));
        t.Expect(more.size() == (handed.size() < hints ? 1u : 0u),
                 "each answer brings one hint more, as long as there is one",
                 std::to_string(more.size()) + " after " +
                     std::to_string(i + 1) + " answers");
        handed.insert(handed.end(), more.begin(), more.end());
    }
    t.Expect(sent.size() == hints && HintsIn(holder.node.Stored()) == 0,
             "all " + std::to_string(hints) + " hints come home",
             std::to_string(HintsIn(holder.node.Stored())) + " are left");
    holder.node.Close();
}

GRADED_WORLD(Handoff, WaitsForTheOwnerToBeHeard, 1, 0,
             "An owner that is suspected is sent no hints, only the detector's "
             "probes; when it is heard again its hints are sent, and those of "
             "other owners meanwhile.")
{
    Holder holder(t);
    const Setup &setup = holder.setup;
    Letter pong;
    size_t merges = 0, pings = 0;

    holder.Hint(holder.owner, "x", one);
    holder.ExpectHandedOff(holder.owner, "x", one, "of its coming");
    (void)holder.node.Wait(2 * setup.retry_ms); // the question stays open
    for (const auto &[to, letter] : holder.node.Wait(100 * setup.handoff_ms)) {
        merges += to == holder.owner && letter.kind == MESSAGE_MERGE;
        pings += to == holder.owner && letter.kind == MESSAGE_PING;
    }
    t.Expect(merges == 0, "no hint is sent to an owner that is suspected",
             std::to_string(merges) + " in " +
                 std::to_string(100 * setup.handoff_ms) + " ms");
    t.Expect(pings >= 3, "it is probed meanwhile",
             std::to_string(pings) + " probes");
    // Whether their hints lie before or behind those of who is away.
    for (const node_id other : {holder.owners[0] + 1, holder.owners[2] + 1}) {
        holder.Hint(other, "x", two);
        holder.ExpectHandedOff(other, "x", two,
                               "of its coming, while another owner is "
                               "suspected");
        (void)holder.Merged(other, "x", two);
    }
    pong.kind = MESSAGE_PONG;
    (void)holder.node.Tell(holder.owner, pong);
    holder.ExpectHandedOff(holder.owner, "x", one, "of its owner's return");
    holder.node.Close();
}

// Whoever counts again under a name under which it has counted makes two versions of
// one dot.
GRADED_WORLD(
    Name, IsNewAfterForgetting, 2, 0,
    "A node that has dropped a hint in which it has counted counts under "
    "a name that it has never had, also after a crash.")
{
    const uint32_t disk = static_cast<uint32_t>(t.Between(1, 3));
    Holder holder(t, disk);
    Letter stand_in, forwarded;
    uint32_t forgotten = 0;

    const auto name = [&] {
        return (disk - 1) << 24 | forgotten << 10 | holder.self;
    };
    const auto put = [&](const std::string &value, bool crash) {
        stand_in.kind = MESSAGE_STAND_IN;
        stand_in.operation++;
        stand_in.key = "x";
        stand_in.value = value;
        stand_in.owner = holder.owner;
        if (crash)
            holder.node.LiveAgain();
        (void)holder.Held("x"); // tells for which disk a put is forwarded
        stand_in.disk = holder.told_disk;
        (void)holder.node.Tell(9, stand_in);
        const std::string set = holder.Held("x");
        const std::vector<DottedValue> versions = VersionsOf(t, set);
        t.Expect(!versions.empty(),
                 "\"stand in\" makes a version for the owner", "there is none");
        for (const DottedValue &version : versions)
            if (version.value == value)
                t.Expect(version.name == name(),
                         "the version of \"" + value + "\" is counted by " +
                             std::to_string(name()) + ", the name for disk " +
                             std::to_string(disk) + ", " +
                             std::to_string(forgotten) + " forgotten, node " +
                             std::to_string(holder.self),
                         std::to_string(version.name));
        holder.ExpectHint(holder.owner, "x", set);
        return set;
    };

    // Nothing is forgotten: the same name.
    (void)put("a", false);
    const std::string set = put("b", t.Choose(2) == 1);
    (void)holder.Merged(holder.owner, "x", set);
    holder.ExpectHint(holder.owner, "x", "");
    forgotten = 1;
    const std::string again = put("c", t.Choose(2) == 1);
    // What it has not counted in is dropped under the same name.
    holder.Hint(holder.owner, "y", one);
    (void)holder.Merged(holder.owner, "y", one);
    (void)holder.Merged(holder.owner, "x", again);
    holder.ExpectHint(holder.owner, "x", "");
    forgotten = 2;
    (void)put("d", true);
    holder.node.Close();
}

GRADED_WORLD(
    Handoff, NeedsNoClient, 3, 0,
    "An owner that was down while keys were put holds all of them soon "
    "after its return, though nobody reads.")
{
    Setup setup = SloppyStoreOf(5, 3, 1, 2);
    World world(t, setup);
    const uint32_t down = static_cast<uint32_t>(t.Choose(5)),
                   through = (down + 1) % 5;
    const std::string rule = "hints bring an owner what it has missed";
    std::vector<std::string> keys;

    world.Crash(down);
    for (int i = 0; i < 40; i++) {
        const std::string key = "key" + std::to_string(i);

        PutValue(&world, through, key, ValueName(static_cast<uint64_t>(i)), -1,
                 UntilServedMs(setup, 1), "the store stays writable");
        for (const uint32_t owner : ReplicasOf(setup, key))
            if (owner == down)
                keys.push_back(key);
    }
    world.Restart(down);
    ExpectHintsComeHome(&world, 60 * setup.handoff_ms);
    // Alone it can tell only what it holds itself.
    CutFromAll(&world, down);
    for (const std::string &key : keys)
        GetValues(&world, down, key,
                  {ValueName(static_cast<uint64_t>(std::stoi(key.substr(3))))},
                  UntilServedMs(setup, 4), rule);
    world.Close();
}

} // namespace
} // namespace judge
