#include "harness/cluster/chaos.h"

#include "check/acknowledged.h"
#include "check/causal.h"
#include "check/linearizable.h"
#include "harness/cluster/administrator.h"
#include "harness/cluster/agreement.h"
#include "harness/cluster/growth.h"
#include "harness/cluster/load.h"
#include "harness/violation.h"

extern "C" {
#include "dynamo/handoff.h"
}

#include <algorithm>
#include <poll.h>
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
// Until all replicas agree: far more than what a slow machine needs.
constexpr auto kAgreed = std::chrono::seconds(300);

constexpr node_id kNobody = 0; // nodes are numbered from 1

class Chaos
{
  public:
    explicit Chaos(const ChaosSetup &setup)
        : setup_(setup), random_(setup.seed), cluster_(setup.cluster),
          load_(&cluster_, TheLoad(setup)),
          growth_(static_cast<uint64_t>(setup.clients)),
          administrator_(setup.cluster),
          spared_(setup.cluster.HasHints() ? cluster_.Nodes().front() : kNobody)
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
            if (setup_.cluster.HasHints())
                growth_.Sample(cluster_);
            if (cycle % kEpoch != kEpoch - 1 && cycle != setup_.cycles - 1)
                continue;
            EndEpoch();
            if (setup_.enough && setup_.enough())
                break;
        }
        if (setup_.cluster.HasHints())
            EndAll();
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

    // Nodes that are down or stand still may be so many that a quorum is left; where
    // others stand in, so many that most nodes are.
    bool MayHurtOneMore()
    {
        const size_t nodes = cluster_.Nodes().size();
        const size_t hurt = nodes - Which(true, false).size();

        if (setup_.cluster.HasHints())
            return hurt < (nodes - 1) / 2;
        return hurt <
               setup_.cluster.n - std::max(setup_.cluster.r, setup_.cluster.w);
    }

    std::vector<node_id> MayBeKilled()
    {
        std::vector<node_id> nodes = Which(true, false);

        nodes.erase(std::remove(nodes.begin(), nodes.end(), spared_),
                    nodes.end());
        return nodes;
    }

    void BeginAgain(node_id node)
    {
        if (node != without_disk_) {
            cluster_.Restart(node);
            return;
        }
        cluster_.RestartEmpty(node);
        without_disk_ = kNobody;
    }

    node_id AnyOf(const std::vector<node_id> &nodes)
    {
        return nodes[Draw(nodes.size())];
    }

    void Strike()
    {
        switch (Draw(10)) {
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
        case 8:
            Befall();
            break;
        default:
            ChangeMembers();
            break;
        }
    }

    void CrashOrRestart()
    {
        const auto down = Which(false, false);

        if (!down.empty() && (!MayHurtOneMore() || Draw(2) == 0)) {
            BeginAgain(AnyOf(down));
        } else if (const auto nodes = MayBeKilled();
                   MayHurtOneMore() && !nodes.empty()) {
            cluster_.Crash(AnyOf(nodes));
            result_.crashes++;
        }
    }

    // One joins or leaves. The next one does so when all have heard of it and what it
    // moved has arrived, so that of the owners of a key one at a time is another. Who
    // has just lost its disk is not told: it knows nothing yet of earlier changes.
    void ChangeMembers()
    {
        std::vector<node_id> nodes = Which(true, false);

        nodes.erase(std::remove(nodes.begin(), nodes.end(), knows_little_),
                    nodes.end());
        if (!may_change_ || nodes.empty())
            return;
        const node_id told = AnyOf(nodes), who = AnyOf(cluster_.Nodes());
        if (!administrator_.Change(cluster_, told, who))
            return;
        may_change_ = false;
        result_.changes++;
    }

    // The power fails: only what is on the disks is left.
    void CrashAll()
    {
        for (const node_id node : cluster_.Nodes())
            if (cluster_.IsUp(node) && node != spared_) {
                cluster_.Crash(node);
                result_.crashes++;
            }
        for (const node_id node : cluster_.Nodes())
            if (!cluster_.IsUp(node))
                BeginAgain(node);
    }

    // All replicas agree, and nobody has been told anything since: all that the node
    // holds is held by others, and what is acknowledged while it is down does not
    // count on it.
    void LoseADisk()
    {
        std::vector<node_id> nodes;

        for (const node_id node : cluster_.Nodes())
            if (node != spared_ && cluster_.DiskOf(node) < HANDOFF_DISKS)
                nodes.push_back(node);
        if (nodes.empty())
            return;
        without_disk_ = knows_little_ = AnyOf(nodes);
        cluster_.Crash(without_disk_);
        result_.crashes++;
        result_.wipes++;
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
        keys_.insert(keys_.end(), keys.begin(), keys.end());
        load_.Keys(keys);
        begin_ = load_.Operations().size();
        may_change_ = setup_.cluster.gossip_ms > 0;
        knows_little_ = kNobody;
        if (setup_.cluster.HasHints() && epoch > 0 && Draw(3) > 0)
            LoseADisk();
    }

    void Heal()
    {
        if (without_disk_ != kNobody)
            BeginAgain(without_disk_);
        cluster_.Heal();
        load_.Drain();
    }

    void EndEpoch()
    {
        Heal();
        if (setup_.cluster.HasHints() && !Agree())
            return;
        const CausalRules rules = {
            setup_.cluster.HasHints() ? load_.NextPosition() : 0};
        load_.ReadAll();
        const History epoch(load_.Operations().begin() +
                                static_cast<long>(begin_),
                            load_.Operations().end());

        if (setup_.cluster.HasContexts()) {
            result_.finding = NothingIsLost(epoch, rules);
        } else {
            result_.finding = Linearizable(epoch);
            if (Holds())
                result_.finding = AcknowledgedSurvive(epoch);
        }
        std::ostringstream text;
        text << result_.cycles << " cycles, " << result_.crashes << " crashes, "
             << load_.Operations().size() << " operations";
        if (setup_.cluster.HasHints())
            text << ", " << result_.wipes << " disks lost, " << result_.changes
                 << " joins and leaves; " << agreed_;
        Tell(text.str());
    }

    // Waits until every hint is home and all replicas hold the same, and then looks
    // what that took of the machine. False: they do not, or there is no time.
    bool Agree()
    {
        const auto began = std::chrono::steady_clock::now();
        Agreement agreement;
        long ms = 0;

        // One look takes a while, and a put may be in its midst: two in a row count.
        for (int reached = 0; reached < 2;) {
            poll(nullptr, 0, 100);
            cluster_.ExpectAlive();
            agreement = LookAtAgreement(cluster_, administrator_.Members());
            reached = agreement.Reached() ? reached + 1 : 0;
            const auto took = std::chrono::steady_clock::now() - began;
            ms = std::chrono::duration_cast<std::chrono::milliseconds>(took)
                     .count();
            if (Stopped())
                return false;
            if (took > kAgreed) {
                result_.finding = {
                    Finding::Verdict::Broken,
                    "when nothing fails any more, every hint comes home and "
                    "all replicas of a key come to hold the same",
                    std::to_string(ms / 1000) +
                        " s after all was healed: " + agreement.Show(),
                    {},
                    {},
                    ""};
                return false;
            }
        }
        agreed_ = Show(agreement, ms);
        result_.agreed_ms_most = std::max(result_.agreed_ms_most, ms);
        result_.finding = growth_.AtRest(cluster_);
        return Holds();
    }

    static std::string Show(const Agreement &agreement, long ms)
    {
        std::ostringstream text;

        text << "all replicas of " << agreement.keys << " keys agreed after "
             << ms << " ms";
        return text.str();
    }

    // What later epochs did to the keys of earlier ones shows in the end.
    void EndAll()
    {
        result_.sizes = growth_.Show();
        if (!Holds() || Stopped())
            return;
        const CausalRules rules = {load_.NextPosition()};
        load_.Keys(keys_);
        load_.ReadAll();
        result_.finding = NothingIsLost(load_.Operations(), rules);
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
    Growth growth_;
    Administrator administrator_;
    const node_id spared_; // never killed
    node_id without_disk_ = kNobody, knows_little_ = kNobody;
    bool may_change_ = false;
    ChaosResult result_;
    std::vector<std::string> keys_; // of all epochs
    std::string agreed_;
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
    if (!sizes.empty())
        text << "; " << wipes << " disks lost, " << changes
             << " joins and leaves; all healed, all replicas agreed within "
             << agreed_ms_most << " ms\n"
             << sizes;
    if (finding.verdict == Finding::Verdict::Broken)
        text << "\nBROKEN: " << finding.rule << "\n" << finding.text;
    if (finding.verdict == Finding::Verdict::Undecided)
        text << "\nUNDECIDED: " << finding.rule << "\n" << finding.text;
    return text.str();
}

RealSetup OfFailures(RealSetup setup)
{
    setup.program = "failure";
    setup.nodes = 7;
    setup.sloppy = 1;
    setup.handoff_ms = 100;
    setup.sync_ms = 100;
    setup.gossip_ms = 100;
    setup.first = 5;
    return setup;
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
