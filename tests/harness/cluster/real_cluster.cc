#include "harness/cluster/real_cluster.h"

#include "harness/cluster/await.h"
#include "harness/cluster/resp_client.h"
#include "harness/cluster/trace_merge.h"
#include "harness/violation.h"

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <sys/wait.h>

namespace fs = std::filesystem;

namespace judge
{
namespace
{

uint64_t NowUs()
{
    // libstdc++'s steady clock is CLOCK_MONOTONIC, as is libuv's.
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

std::string FileText(const fs::path &path)
{
    std::ifstream file(path);

    return {std::istreambuf_iterator<char>(file), {}};
}

std::string Option(const char *name, uint64_t value)
{
    return std::string("--") + name + "=" + std::to_string(value);
}

} // namespace

struct RealCluster::State {
    struct Member {
        std::unique_ptr<NodeProcess> process; // none: it is not up
        uint16_t proxy_port = 0;
        bool paused = false;
        int starts = 0;
        uint32_t disk = 1;
    };

    RealSetup setup;
    Workspace workspace;
    std::unique_ptr<Proxy> proxy;
    std::vector<node_id> nodes;
    std::map<node_id, Member> members; // after proxy: it ends first
    std::set<std::pair<node_id, node_id>> cut, delayed;
    TraceParts trace;

    Member &At(node_id node)
    {
        const auto at = members.find(node);

        if (at == members.end())
            throw InfraError("there is no node " + std::to_string(node));
        return at->second;
    }

    NodeProcess &Process(node_id node)
    {
        Member &member = At(node);

        if (!member.process)
            throw InfraError("node " + std::to_string(node) + " is not up");
        return *member.process;
    }

    Proxy &TheProxy()
    {
        if (!proxy)
            throw InfraError("this cluster's network has no proxy");
        return *proxy;
    }

    fs::path File(node_id node, const std::string &what)
    {
        return workspace.Path() / ("node-" + std::to_string(node) + what);
    }

    fs::path TraceFile(node_id node, int start)
    {
        return File(node, "." + std::to_string(start) + ".jsonl");
    }

    std::vector<std::string> CommandLine(node_id node, int start);
    void Start(node_id node);
    void Introduce(node_id node);
    uint16_t PortFor(node_id to);
    bool Connected();
    void Own(const nlohmann::ordered_json &event);
};

std::vector<std::string> RealCluster::State::CommandLine(node_id node,
                                                         int start)
{
    std::vector<std::string> argv = setup.wrap;
    std::string members;

    for (const node_id member : nodes)
        members += (members.empty() ? "" : ",") + std::to_string(member);
    argv.push_back(setup.node);
    argv.push_back("--program=" + setup.program);
    argv.push_back("--members=" + members);
    argv.push_back(Option("id", node));
    argv.push_back(Option("n", setup.n));
    argv.push_back(Option("r", setup.r));
    argv.push_back(Option("w", setup.w));
    argv.push_back(Option("f", setup.f));
    argv.push_back(Option("retry-ms", setup.retry_ms));
    argv.push_back(Option("give-up-ms", setup.give_up_ms));
    argv.push_back(Option("strategy", setup.ring.strategy));
    argv.push_back(Option("tokens", setup.ring.tokens));
    argv.push_back(Option("partitions", setup.ring.partitions));
    argv.push_back(Option("ring-seed", setup.ring.seed));
    if (setup.HasHints()) {
        argv.push_back(Option("sloppy", setup.sloppy));
        argv.push_back(Option("handoff-ms", setup.handoff_ms));
        argv.push_back(Option("sync-ms", setup.sync_ms));
        argv.push_back(Option("gossip-ms", setup.gossip_ms));
        argv.push_back(Option("first", setup.first));
    }
    argv.push_back(Option("disk", At(node).disk));
    argv.push_back(setup.on_disk
                       ? "--store=lmdb:" + File(node, ".store").string()
                       : "--store=memory");
    if (setup.traced)
        argv.push_back("--trace=" + TraceFile(node, start).string());
    return argv;
}

void RealCluster::State::Start(node_id node)
{
    Member &member = At(node);

    fs::create_directories(File(node, ".store"));
    member.process = std::make_unique<NodeProcess>(
        CommandLine(node, member.starts++), File(node, ".log"));
    member.paused = false;
}

uint16_t RealCluster::State::PortFor(node_id to)
{
    Member &member = At(to);

    return proxy ? member.proxy_port
                 : (member.process ? member.process->PeerPort() : 0);
}

// Tells it where the others are, and them where it is.
void RealCluster::State::Introduce(node_id node)
{
    if (proxy)
        proxy->Lead(node, Process(node).PeerPort());
    for (auto &[other, member] : members) {
        if (other == node || !member.process)
            continue;
        Process(node).TellPeer(other, PortFor(other));
        member.process->TellPeer(node, PortFor(node));
    }
}

bool RealCluster::State::Connected()
{
    for (auto &[from, sender] : members)
        for (auto &[to, receiver] : members)
            if (from != to && sender.process && receiver.process &&
                !sender.paused && !receiver.paused &&
                !proxy->Connected(from, to))
                return false;
    return true;
}

void RealCluster::State::Own(const nlohmann::ordered_json &event)
{
    if (setup.traced)
        trace.own.push_back({NowUs(), event.dump()});
}

// ---- Its life ----

RealCluster::RealCluster(const RealSetup &setup)
    : state_(std::make_unique<State>())
{
    State &state = *state_;

    state.setup = setup;
    state.trace.began_us = NowUs();
    if (setup.proxied)
        state.proxy = std::make_unique<Proxy>();
    if (setup.proxied && setup.traced)
        state.proxy->Record();
    for (node_id node = 1; node <= setup.nodes; node++)
        state.nodes.push_back(node);
    for (const node_id node : state.nodes)
        state.members[node].proxy_port =
            setup.proxied ? state.proxy->Open(node) : uint16_t{0};
    for (const node_id node : state.nodes)
        state.Start(node);
    for (const node_id node : state.nodes)
        state.Process(node).AwaitPorts();
    if (setup.proxied)
        for (const node_id node : state.nodes)
            state.proxy->Lead(node, state.Process(node).PeerPort());
    for (const node_id node : state.nodes)
        for (const node_id other : state.nodes)
            if (node != other)
                state.Process(node).TellPeer(other, state.PortFor(other));
    AwaitConnected();
}

RealCluster::~RealCluster() = default;

const RealSetup &RealCluster::Setup() const
{
    return state_->setup;
}

const std::vector<node_id> &RealCluster::Nodes() const
{
    return state_->nodes;
}

const fs::path &RealCluster::Folder() const
{
    return state_->workspace.Path();
}

uint16_t RealCluster::ClientPort(node_id node) const
{
    return state_->Process(node).ClientPort();
}

uint16_t RealCluster::PeerPort(node_id node) const
{
    return state_->Process(node).PeerPort();
}

pid_t RealCluster::Pid(node_id node) const
{
    return state_->Process(node).Pid();
}

fs::path RealCluster::StoreFolder(node_id node) const
{
    return state_->File(node, ".store");
}

uint32_t RealCluster::DiskOf(node_id node) const
{
    return state_->At(node).disk;
}

bool RealCluster::IsUp(node_id node) const
{
    return state_->At(node).process != nullptr;
}

bool RealCluster::IsPaused(node_id node) const
{
    return state_->At(node).paused;
}

void RealCluster::Crash(node_id node)
{
    state_->Process(node).Kill();
    state_->At(node).process.reset();
    state_->At(node).paused = false;
    // A node's trace never tells of what is not durable.
    state_->Own({{"e", "crash"}, {"n", node}, {"lost", 0}});
}

void RealCluster::Stop(node_id node)
{
    NodeProcess &process = state_->Process(node);

    if (state_->At(node).paused)
        Resume(node);
    const int status = process.Stop();
    if (status != 0)
        throw InfraError("node " + std::to_string(node) +
                         " did not stop in good order: " + process.Obituary());
    state_->At(node).process.reset();
    state_->Own({{"e", "crash"}, {"n", node}, {"lost", 0}});
}

void RealCluster::Restart(node_id node)
{
    if (IsUp(node))
        throw InfraError("node " + std::to_string(node) + " is up already");
    state_->Start(node);
    state_->Process(node).AwaitPorts();
    state_->Introduce(node);
}

void RealCluster::RestartEmpty(node_id node)
{
    if (IsUp(node))
        Crash(node);
    fs::remove_all(StoreFolder(node));
    state_->At(node).disk++;
    state_->Own({{"e", "wipe"}, {"n", node}});
    Restart(node);
}

void RealCluster::Pause(node_id node)
{
    state_->Process(node).Pause();
    state_->At(node).paused = true;
    state_->Own({{"e", "pause"}, {"n", node}});
}

void RealCluster::Resume(node_id node)
{
    state_->Own({{"e", "resume"}, {"n", node}});
    state_->At(node).paused = false;
    state_->Process(node).Resume();
}

// ---- The network ----

void RealCluster::Cut(node_id from, node_id to)
{
    state_->TheProxy().Cut(from, to);
    state_->cut.insert({from, to});
}

void RealCluster::Join(node_id from, node_id to)
{
    state_->TheProxy().Join(from, to);
    state_->cut.erase({from, to});
}

void RealCluster::Delay(node_id from, node_id to, uint32_t ms)
{
    state_->TheProxy().Delay(from, to, ms);
    state_->delayed.insert({from, to});
}

void RealCluster::Fault(node_id from, node_id to, FrameFault fault, uint64_t k)
{
    state_->TheProxy().Fault(from, to, fault, k);
}

LinkCounts RealCluster::Counts(node_id from, node_id to)
{
    return state_->TheProxy().Counts(from, to);
}

void RealCluster::Heal()
{
    for (const auto &[from, to] : std::set(state_->cut))
        Join(from, to);
    for (const auto &[from, to] : state_->delayed)
        state_->TheProxy().Delay(from, to, 0);
    state_->delayed.clear();
    for (const node_id node : state_->nodes) {
        if (!IsUp(node))
            Restart(node);
        else if (IsPaused(node))
            Resume(node);
    }
    AwaitConnected();
}

void RealCluster::AwaitConnected()
{
    size_t up = 0;

    if (state_->proxy) {
        Await("all nodes are connected", [this] {
            ExpectAlive();
            return state_->Connected();
        });
        return;
    }
    for (const node_id node : state_->nodes)
        up += IsUp(node) && !IsPaused(node) ? 1 : 0;
    for (const node_id node : state_->nodes)
        if (IsUp(node) && !IsPaused(node))
            Await("all nodes are connected", [&] {
                return std::stoull(Info(node)["peers_up"]) >= up - 1;
            });
}

// ---- What it tells ----

std::map<std::string, std::string> RealCluster::Info(node_id node)
{
    RespClient client(ClientPort(node));
    std::istringstream lines(client.Ask({"INFO"}).text);
    std::map<std::string, std::string> info;

    for (std::string line; std::getline(lines, line);) {
        const size_t colon = line.find(':');

        if (!line.empty() && line.back() == '\r')
            line.pop_back();
        if (colon != std::string::npos)
            info[line.substr(0, colon)] = line.substr(colon + 1);
    }
    return info;
}

void RealCluster::ExpectAlive()
{
    for (auto &[node, member] : state_->members)
        if (member.process && member.process->Ended())
            throw Violation{
                "crash", "",
                "node " + std::to_string(node) +
                    " ended by itself: " + member.process->Obituary()};
}

std::string RealCluster::Trace()
{
    const RealSetup &setup = state_->setup;
    const nlohmann::ordered_json header = {{"trace", 1},
                                           {"world", "real"},
                                           {"program", setup.program},
                                           {"n", setup.n},
                                           {"nodes", state_->nodes},
                                           {"r", setup.r},
                                           {"w", setup.w},
                                           {"f", setup.f}};

    if (!setup.traced)
        throw InfraError("this cluster writes no trace");
    TraceParts &parts = state_->trace;
    parts.header = header.dump();
    parts.nodes.clear();
    for (const auto &[node, member] : state_->members)
        for (int start = 0; start < member.starts; start++)
            parts.nodes.push_back(FileText(state_->TraceFile(node, start)));
    if (state_->proxy)
        for (const ProxyEvent &event : state_->proxy->TakeEvents())
            parts.proxy.push_back(event);
    return MergeTraces(parts);
}

void RealCluster::TraceEvent(const std::string &json, const std::string &call,
                             int op)
{
    if (!state_->setup.traced)
        return;
    state_->trace.own.push_back({NowUs(), json});
    if (!call.empty())
        state_->trace.calls[call] = op;
}

} // namespace judge
