// world_words.cc: what an administrator says to nodes.
#include "harness/world/word.h"
#include "harness/world/world_state.h"

namespace judge
{

namespace
{

constexpr uint64_t kAgainMs = 50;

bool IsSettled(int code)
{
    return code == DYN_OK || code == DYN_EEXIST || code == DYN_ENOENT;
}

} // namespace

std::optional<int> World::State::Say(uint32_t node, node_id who,
                                     uint32_t weight)
{
    Node &it = nodes[node];
    Effects effects;

    if (it.host == nullptr || it.paused)
        return std::nullopt;
    word = it.asked++ * nodes.size() + node + 1;
    said.reset();
    Log("note", node).Whole("text", WordText(who, weight));
    Happened(node, What::Word, MixSeed(who, weight), it.depth + 1);
    events++;
    const std::string bytes = WordBytes(who, weight);
    Guarded(node, [&] {
        effects = it.host->Request(ClockMs(node), word, Slice(bytes));
    });
    Apply(node, effects);
    return said;
}

void World::State::SayNext(size_t number)
{
    Word &it = words[number];
    const std::optional<int> code = Say(it.node, it.who, it.weight);

    if (code && (it.once || IsSettled(*code))) {
        unfinished--;
        return;
    }
    it.node = (it.node + 1) % setup.nodes;
    At(now + kAgainMs * kMs, What::Word, 0, number);
}

void World::State::SayLater(const Word &word)
{
    At(now + word.after_ms * kMs, What::Word, 0, words.size());
    words.push_back(word);
    unfinished++;
}

void World::Administrator(std::vector<Word> words)
{
    for (const Word &word : words)
        state_->SayLater(word);
}

std::optional<int> World::SayJoins(uint32_t node, node_id who, uint32_t weight)
{
    return state_->Say(node, who, weight);
}

std::optional<int> World::SayLeaves(uint32_t node, node_id who)
{
    return state_->Say(node, who, 0);
}

} // namespace judge
