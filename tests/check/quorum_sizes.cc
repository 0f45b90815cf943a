#include "check/quorum_sizes.h"

#include "check/node_record.h"

#include <algorithm>
#include <tuple>

namespace judge
{
namespace
{

const char kRule[] = "a put is answered when W replicas hold it, a get when R "
                     "replicas have said what they hold";

struct Asked { // a client's operation
    const TraceEvent *invoke = nullptr, *request = nullptr;
};

class Checker
{
  public:
    Checker(const Trace &trace, const QuorumSetting &setting)
        : trace_(trace), setting_(setting)
    {
        if (setting_.r == 0)
            setting_.r = trace.run.r;
        if (setting_.w == 0)
            setting_.w = trace.run.w;
    }

    Finding Run()
    {
        if (setting_.r == 0 || setting_.w == 0)
            return {Finding::Verdict::Undecided,
                    kRule,
                    "R and W are not known; the trace's first line has to say "
                    "them",
                    {},
                    {},
                    ""};
        for (const TraceEvent &event : trace_.events) {
            Take(event);
            if (broken_)
                return *broken_;
        }
        return {Finding::Verdict::Holds, kRule, "", {}, {}, ""};
    }

  private:
    using NodeKey = std::pair<uint64_t, std::string>;

    void Take(const TraceEvent &event)
    {
        const std::string &kind = event.kind;
        const uint64_t node = event.n.value_or(0);

        if (kind == "send") {
            Sent(event, node);
        } else if (kind == "copy") {
            messages_[event.m.value_or(0)] = messages_[event.of.value_or(0)];
        } else if (kind == "recv") {
            Arrived(event, node);
        } else if (kind == "put" || kind == "delete") {
            disks_[node].Change(event.number);
        } else if (kind == "sync") {
            disks_[node].Sync(event.number);
        } else if (kind == "crash") {
            disks_[node].Crash(event.number, event.lost.value_or(0));
        } else if (kind == "invoke") {
            asked_[event.op.value_or(0)].invoke = &event;
        } else if (kind == "request") {
            Requested(event, node);
        } else if (kind == "reply" && event.code.value_or(-1) == 0) {
            Replied(event);
        }
    }

    void Sent(const TraceEvent &event, uint64_t node)
    {
        messages_[event.m.value_or(0)] = &event;
        if (!event.key)
            return;
        uint64_t since = event.number;
        if (event.label == "store") {
            stores_[{node, *event.key}].push_back(&event);
            // The version of its own put it made, and may have put into its
            // store, before it told anybody.
            const auto found =
                requested_.find({node, *event.key, event.value.value_or("")});
            if (found != requested_.end())
                since = found->second;
        }
        heard_[{node, *event.key}].Learn(VersionOf(event), since);
    }

    void Requested(const TraceEvent &event, uint64_t node)
    {
        Asked &asked = asked_[event.op.value_or(0)];

        asked.request = &event;
        if (asked.invoke != nullptr && asked.invoke->action == "put")
            requested_.emplace(std::tuple(node, asked.invoke->key.value_or(""),
                                          asked.invoke->value.value_or("")),
                               event.number);
    }

    void Arrived(const TraceEvent &event, uint64_t node)
    {
        const TraceEvent *send = messages_[event.m.value_or(0)];

        if (send == nullptr || !send->key)
            return;
        heard_[{node, *send->key}].Learn(VersionOf(*send), event.number);
        if (send->label == "stored" || send->label == "version" ||
            send->label == "value")
            answers_[{node, *send->key}].push_back(send);
    }

    void Replied(const TraceEvent &reply)
    {
        const auto asked = asked_.find(reply.op.value_or(0));

        // A program's answer to what it was not asked is the runtime's matter.
        if (asked == asked_.end() || asked->second.invoke == nullptr ||
            asked->second.request == nullptr)
            return;
        if (asked->second.invoke->action == "put")
            CheckPut(asked->second, reply);
        else
            CheckGet(asked->second, reply);
    }

    bool IsReplica(const std::string &key, uint64_t node) const
    {
        const auto found = setting_.replicas.find(key);

        return found == setting_.replicas.end() ||
               found->second.count(node) > 0;
    }

    // The nodes of which the coordinator knows that they hold the version or a
    // higher one. What others say without holding it goes to *untrue.
    std::set<uint64_t> Holders(uint64_t self, const std::string &key,
                               const TraceVersion &version, uint64_t until,
                               std::vector<const TraceEvent *> *untrue)
    {
        std::set<uint64_t> holders;

        for (const TraceEvent *answer : answers_[{self, key}]) {
            const uint64_t node = answer->n.value_or(0);

            if (VersionOf(*answer) < version || !IsReplica(key, node))
                continue;
            if (setting_.liars.count(node) > 0 ||
                Holds(node, key, version, answer->number))
                holders.insert(node);
            else
                untrue->push_back(answer);
        }
        if (IsReplica(key, self) && Holds(self, key, version, until))
            holders.insert(self);
        return holders;
    }

    bool Holds(uint64_t node, const std::string &key,
               const TraceVersion &version, uint64_t until)
    {
        return disks_[node].Durable(heard_[{node, key}].Since(version), until);
    }

    void CheckPut(const Asked &asked, const TraceEvent &reply)
    {
        const std::string key = asked.invoke->key.value_or("");
        const uint64_t self = asked.request->n.value_or(0);
        std::set<uint64_t> best;
        std::vector<const TraceEvent *> untrue;
        std::optional<TraceVersion> version;
        std::set<TraceVersion> versions;

        for (const TraceEvent *store : stores_[{self, key}])
            if (store->number > asked.request->number &&
                store->value.value_or("") == asked.invoke->value.value_or(""))
                versions.insert(VersionOf(*store));
        for (const TraceVersion &candidate : versions) {
            std::vector<const TraceEvent *> denied;
            const auto holders =
                Holders(self, key, candidate, reply.number, &denied);

            if (version && holders.size() <= best.size())
                continue;
            version = candidate;
            best = holders;
            untrue = denied;
        }
        if (!version && IsReplica(key, self) &&
            disks_[self].Durable(asked.request->number, reply.number))
            best.insert(self);
        if (best.size() < setting_.w)
            Break(asked, reply, PutText(best, version, untrue));
    }

    std::string PutText(const std::set<uint64_t> &holders,
                        const std::optional<TraceVersion> &version,
                        const std::vector<const TraceEvent *> &untrue) const
    {
        std::string text = "but W is " + std::to_string(setting_.w);

        if (!version)
            return text + " and it had sent no \"store\" with that value" +
                   (holders.empty() ? ", nor stored anything itself" : "");
        text += " and it could know of only " +
                Count(holders.size(), "replica") + Nodes(holders) +
                " that version " + Shown(*version) +
                " or a higher one was durable there";
        std::set<uint64_t> named;
        for (const TraceEvent *answer : untrue)
            if (holders.count(*answer->n) == 0 &&
                named.insert(*answer->n).second)
                text += "; n" + std::to_string(*answer->n) + " sent \"" +
                        answer->label.value_or("") + "\" at #" +
                        std::to_string(answer->number) +
                        " without having stored anything since it heard of "
                        "that version";
        return text;
    }

    void CheckGet(const Asked &asked, const TraceEvent &reply)
    {
        const std::string key = asked.invoke->key.value_or("");
        const uint64_t self = asked.request->n.value_or(0);
        std::set<uint64_t> counted;

        for (const TraceEvent *answer : answers_[{self, key}])
            if (answer->number > asked.request->number &&
                answer->label != "stored" &&
                IsReplica(key, answer->n.value_or(0)))
                counted.insert(answer->n.value_or(0));
        if (IsReplica(key, self))
            counted.insert(self);
        if (counted.size() < setting_.r)
            Break(asked, reply,
                  "but R is " + std::to_string(setting_.r) +
                      " and, since it was asked, it can have learned of only " +
                      Count(counted.size(), "replica") + Nodes(counted) +
                      (counted.count(self) > 0 ? ", counting itself," : "") +
                      " what is held there");
    }

    static std::string Nodes(const std::set<uint64_t> &nodes)
    {
        std::vector<std::string> words;

        for (const uint64_t node : nodes)
            words.push_back("n" + std::to_string(node));
        return nodes.empty() ? "" : " (" + Listed(words, 16) + ")";
    }

    void Break(const Asked &asked, const TraceEvent &reply,
               const std::string &why)
    {
        const bool put = asked.invoke->action == "put";
        const uint64_t op = reply.op.value_or(0);
        const uint64_t node = asked.request->n.value_or(0);
        // A trace's texts have been made printable already.
        std::string text = "n" + std::to_string(node) + " answered op " +
                           std::to_string(op) + " (" + (put ? "put " : "get ") +
                           asked.invoke->key.value_or("");

        if (put)
            text += " \"" + asked.invoke->value.value_or("") + "\"";
        text +=
            ") with DYN_OK at #" + std::to_string(reply.number) + ", " + why;
        broken_ = Finding{Finding::Verdict::Broken,
                          kRule,
                          text,
                          {static_cast<int>(op)},
                          reply.number,
                          put ? "too few writes" : "too few reads"};
    }

    const Trace &trace_;
    QuorumSetting setting_;
    std::map<uint64_t, DiskRecord> disks_;
    std::map<NodeKey, VersionRecord> heard_;
    std::map<NodeKey, std::vector<const TraceEvent *>> stores_;  // sent
    std::map<NodeKey, std::vector<const TraceEvent *>> answers_; // arrived
    std::map<uint64_t, const TraceEvent *> messages_; // of a copy: the original
    // A node, key and value: the first request to put that.
    std::map<std::tuple<uint64_t, std::string, std::string>, uint64_t>
        requested_;
    std::map<uint64_t, Asked> asked_;
    std::optional<Finding> broken_;
};

} // namespace

Finding QuorumSizes(const Trace &trace, const QuorumSetting &setting)
{
    return Checker(trace, setting).Run();
}

} // namespace judge
