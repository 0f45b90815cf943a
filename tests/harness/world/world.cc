// world.cc: the face of a world.
#include "harness/odometer.h"
#include "harness/world/world_state.h"

namespace judge
{

std::string ValueName(uint64_t number)
{
    std::string name(1, static_cast<char>('a' + number % 26));

    if (number >= 26)
        name += std::to_string(number / 26);
    return name;
}

World::World(Trial &t, const Setup &setup)
{
    state_ = std::make_unique<State>(t, setup);
}

World::~World()
{
    state_->t.KeepTrace(state_->trace.Text(), state_->events);
    state_->t.KeepFaults(state_->happened);
}

void World::Client(std::vector<Wish> wishes)
{
    State::ClientState client;

    client.wishes.assign(wishes.begin(), wishes.end());
    state_->clients.push_back(std::move(client));
}

void World::Run()
{
    try {
        state_->Run();
    } catch (const Seen &) {
        Close(); // the nodes' processes serve the next run
        throw;
    }
}

int World::Invoke(uint32_t node, bool is_put, const std::string &key,
                  const std::string &value)
{
    state_->unfinished++;
    return state_->Ask(-1, node, is_put, key, value);
}

int World::PutAfter(uint32_t node, const std::string &key,
                    const std::string &value, int get)
{
    state_->unfinished++;
    return state_->Ask(-1, node, true, key, value, {get, ContextOf(get)});
}

int World::PutWith(uint32_t node, const std::string &key,
                   const std::string &value, const std::string &context)
{
    state_->unfinished++;
    return state_->Ask(-1, node, true, key, value, {{}, context});
}

const std::string &World::ContextOf(int op) const
{
    return state_->contexts.at(static_cast<size_t>(op));
}

void World::Quiet(uint64_t ms)
{
    const uint64_t until = state_->now + ms * State::kMs;

    while (state_->Step(until))
        continue;
    state_->now = until;
}

void World::Cut(uint32_t from, uint32_t to)
{
    state_->SetCut(from, to, true);
}

void World::Join(uint32_t from, uint32_t to)
{
    state_->SetCut(from, to, false);
}

void World::Crash(uint32_t node)
{
    if (state_->nodes.at(node).host != nullptr)
        state_->Die(node, 0);
}

void World::Restart(uint32_t node)
{
    if (state_->nodes.at(node).host == nullptr)
        state_->Start(node);
}

void World::RestartEmpty(uint32_t node)
{
    state_->Wipe(node);
    state_->Start(node);
}

void World::Pause(uint32_t node)
{
    state_->Stun(node);
}

void World::Resume(uint32_t node)
{
    state_->Awake(node);
}

void World::Close()
{
    state_->Close();
}

const History &World::Operations() const
{
    return state_->history;
}

const std::vector<node_id> &World::Nodes() const
{
    return state_->ids;
}

uint32_t World::DiskOf(uint32_t node) const
{
    return state_->nodes.at(node).disk;
}

const Entries &World::Stored(uint32_t node) const
{
    return state_->nodes.at(node).stored;
}

uint64_t World::Events() const
{
    return state_->events;
}

uint64_t World::Writes() const
{
    return state_->writes;
}

uint64_t World::Digest() const
{
    return state_->digest;
}

const TraceLog &World::Trace() const
{
    return state_->trace;
}

void World::Expect(const Finding &finding)
{
    if (finding.verdict == Finding::Verdict::Undecided)
        throw std::runtime_error("the checker could not decide: " +
                                 finding.text);
    if (finding.verdict == Finding::Verdict::Broken) {
        state_->Mark(finding.rule, finding.text, finding.operations, {});
        throw Violation{"expectation", finding.rule, finding.text};
    }
}

void World::Break(const std::string &rule, const std::string &text,
                  const std::vector<int> &ops)
{
    state_->Fail(rule, text, ops);
}

} // namespace judge
