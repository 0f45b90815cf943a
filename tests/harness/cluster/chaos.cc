#include "harness/cluster/chaos.h"

#include "check/acknowledged.h"
#include "check/causal.h"
#include "check/linearizable.h"
#include "harness/cluster/load.h"
#include "harness/violation.h"

#include <algorithm>
#include <random>
#include <sstream>

namespace judge
{
namespace
{

constexpr int kEpoch = 10;                                  // cycles
constexpr size_t kKeys = 4;                                 // an epoch
constexpr auto kCycleTime = std::chrono::milliseconds(200); // at most
constexpr auto kPatience = std::chrono::milliseconds(4000); // a client's

class Chaos
{
  public:
    explicit Chaos(const ChaosSetup &setup)
        : setup_(setup), random_(setup.seed), cluster_(setup.cluster),
          load_(&cluster_, TheLoad(setup))
    {
    }

    ChaosResult Run()
    {
        for (int cycle = 0; cycle < setup_.cycles && Holds() && !Stopped();
             cycle++) {
            if (cycle % kEpoch == 0)
                BeginEpoch(cycle / kEpoch);
            result_.cycles++;
            Strike();
            if (Draw(2) == 0)
                Strike();
            load_.Run(setup_.operations, kCycleTime);
            if (cycle % kEpoch == kEpoch - 1 || cycle == setup_.cycles - 1)
                EndEpoch();
        }
        Count();
        if (!Holds() && setup_.cluster.traced)
            result_.trace = cluster_.Trace();
        return result_;
    }

  private:
    static LoadSetup TheLoad(const ChaosSetup &setup)
    {
        LoadSetup load;

        load.clients = setup.clients;
        load.seed = setup.seed + 1;
        load.patience = kPatience;
        load.contexts = setup.cluster.HasContexts();
        return load;
    }

    uint64_t Draw(uint64_t bound)
    {
        return random_() % bound;
    }

    bool Holds() const
    {
        return result_.finding.verdict == Finding::Verdict::Holds;
    }

    bool Stopped() const
    {
        return setup_.stop && setup_.stop();
    }

    void Tell(const std::string &text)
    {
        if (setup_.tell)
            setup_.tell(text);
    }

    std::vector<node_id> Which(bool up, bool paused)
    {
        std::vector<node_id> which;

        for (const node_id node : cluster_.Nodes())
            if (cluster_.IsUp(node) == up && cluster_.IsPaused(node) == paused)
                which.push_back(node);
        return which;
    }

    // Nodes that are down or stand still may be so many that a quorum is left.
    bool MayHurtOneMore()
    {
        const size_t hurt = cluster_.Nodes().size() - Which(true, false).size();

        return hurt <
               setup_.cluster.n - std::max(setup_.cluster.r, setup_.cluster.w);
    }

    node_id AnyOf(const std::vector<node_id> &nodes)
    {
        return nodes[Draw(nodes.size())];
    }

    void Strike()
    {
        switch (Draw(9)) {
        case 0:
        case 1:
        case 2:
            CrashOrRestart();
            break;
        case 3:
            PauseOrResume();
            break;
        case 4:
            Partition();
            break;
        case 5:
            CutOne();
            break;
        case 6:
            JoinAll();
            break;
        case 7:
            CrashAll();
            break;
        default:
            Befall();
            break;
        }
    }

    void CrashOrRestart()
    {
        const auto down = Which(false, false);

        if (!down.empty() && (!MayHurtOneMore() || Draw(2) == 0)) {
            cluster_.Restart(AnyOf(down));
        } else if (MayHurtOneMore()) {
            cluster_.Crash(AnyOf(Which(true, false)));
            result_.crashes++;
        }
    }

    // The power fails: only what is on the disks is left.
    void CrashAll()
    {
        for (const node_id node : cluster_.Nodes())
            if (cluster_.IsUp(node)) {
                cluster_.Crash(node);
                result_.crashes++;
            }
        for (const node_id node : cluster_.Nodes())
            cluster_.Restart(node);
    }

    void PauseOrResume()
    {
        const auto paused = Which(true, true);

        if (!paused.empty()) {
            cluster_.Resume(AnyOf(paused));
        } else if (MayHurtOneMore()) {
            cluster_.Pause(AnyOf(Which(true, false)));
            result_.pauses++;
        }
    }

    void Partition()
    {
        std::vector<node_id> nodes = cluster_.Nodes();
        const size_t left = 1 + Draw(nodes.size() - 1);

        std::shuffle(nodes.begin(), nodes.end(), random_);
        for (size_t i = 0; i < left; i++)
            for (size_t j = left; j < nodes.size(); j++) {
                cluster_.Cut(nodes[i], nodes[j]);
                cluster_.Cut(nodes[j], nodes[i]);
            }
        result_.cuts++;
    }

    std::pair<node_id, node_id> AnyLink()
    {
        const node_id from = AnyOf(cluster_.Nodes());
        node_id to = from;

        while (to == from)
            to = AnyOf(cluster_.Nodes());
        return {from, to};
    }

    void CutOne()
    {
        const auto [from, to] = AnyLink();

        cluster_.Cut(from, to);
        result_.cuts++;
    }

    void JoinAll()
    {
        for (const node_id from : cluster_.Nodes())
            for (const node_id to : cluster_.Nodes())
                if (from != to)
                    cluster_.Join(from, to);
    }

    void Befall()
    {
        for (int i = 0; i < 20; i++) {
            const auto [from, to] = AnyLink();

            cluster_.Fault(from, to, static_cast<FrameFault>(Draw(3)),
                           1 + Draw(20));
        }
        const auto [from, to] = AnyLink();

        cluster_.Delay(from, to, static_cast<uint32_t>(Draw(60)));
        result_.faults++;
    }

    // Keys of its own, so that the history of each stays short.
    void BeginEpoch(int epoch)
    {
        std::vector<std::string> keys;

        for (size_t i = 0; i < kKeys; i++)
            keys.push_back("e" + std::to_string(epoch) + "." +
                           std::to_string(i));
        load_.Keys(keys);
        begin_ = load_.Operations().size();
    }

    void EndEpoch()
    {
        cluster_.Heal();
        load_.Drain();
        load_.ReadAll();
        const History epoch(load_.Operations().begin() +
                                static_cast<long>(begin_),
                            load_.Operations().end());

        if (setup_.cluster.HasContexts()) {
            result_.finding = NothingIsLost(epoch, {});
        } else {
            result_.finding = Linearizable(epoch);
            if (Holds())
                result_.finding = AcknowledgedSurvive(epoch);
        }
        std::ostringstream text;
        text << result_.cycles << " cycles, " << result_.crashes << " crashes, "
             << load_.Operations().size() << " operations";
        Tell(text.str());
    }

    void Count()
    {
        result_.operations = load_.Operations().size();
        result_.succeeded = load_.Answered();
        for (const Operation &operation : load_.Operations())
            result_.unknown += operation.returned == kNever ? 1 : 0;
    }

    const ChaosSetup setup_;
    std::mt19937_64 random_;
    RealCluster cluster_;
    Load load_;
    ChaosResult result_;
    size_t begin_ = 0;
};

} // namespace

std::string ChaosResult::Show() const
{
    std::ostringstream text;

    text << cycles << " cycles: " << crashes << " crashes, " << cuts
         << " cuts, " << pauses << " pauses, " << faults
         << " bursts of lost, doubled and swapped messages; " << operations
         << " operations, of which " << succeeded << " succeeded and "
         << unknown << " had no answer";
    if (finding.verdict == Finding::Verdict::Broken)
        text << "\nBROKEN: " << finding.rule << "\n" << finding.text;
    if (finding.verdict == Finding::Verdict::Undecided)
        text << "\nUNDECIDED: " << finding.rule << "\n" << finding.text;
    return text.str();
}

ChaosResult RunChaos(const ChaosSetup &setup)
{
    if (setup.cluster.r + setup.cluster.w <= setup.cluster.n ||
        !setup.cluster.on_disk || setup.cluster.nodes < 2)
        throw InfraError("chaos is for clusters of which nothing may be lost: "
                         "R + W > N, on disk, two nodes or more");
    return Chaos(setup).Run();
}

} // namespace judge
