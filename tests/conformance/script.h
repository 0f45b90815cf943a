// script.h: what is asked of a cluster and done to it, one after the other, and
// what its clients are told in any world.
//
//     Script script("OverwrittenAtAnotherNode", RegisterOf(3, 3, 2, 2));
//     script.Put(1, "x", "a").Put(2, "x", "b").Crash(2);
//     script.Get(3, "x", Value("b"));
#pragma once

#include "harness/contract.h"
#include "harness/world/world.h"

#include <string>
#include <vector>

namespace judge
{

// What a client is told, as text, so that worlds in other programs can say it
// and a difference can be read.
using Result = std::string;

Result Done();                          // of a put
Result Nothing();                       // of a get: it was never written
Result Value(const std::string &value); // of a get
Result Values(const std::vector<std::string> &values); // in any order
Result Code(int code); // the node answered an error
Result Refused();      // at the door: it is no request, and no node is asked
Result NoAnswer();     // the connection ended instead

// One thing that a script has done.
struct Action {
    enum class Kind {
        Put,
        Get,
        Unknown, // an operation that there is not
        Take,    // the answer of the oldest operation that was only begun
        Crash,
        Restart,
        RestartEmpty,
        Pause,
        Resume,
        Cut, // one way
        Join,
        Rest, // waits
    };

    Kind kind = Kind::Get;
    node_id node = 0, to = 0;
    std::string key, value;
    bool begun_only = false; // its answer is taken later
    Result expected;         // of those that have an answer
    // Of a get: a name for the context that it is told. Of a put: the name of the
    // one that it carries, or kNoContext for bytes that are none; empty: nothing.
    std::string context = {};

    bool HasAnswer() const;
    std::string Show() const; // put "x" = "a" at node 1
};

inline const char kNoContext[] = "rubbish";

// Nodes are numbered from 1. Whatever a script does, it does when the cluster
// is quiet: nothing is on its way, and nothing is waited for but what a paused
// node owes. Where replicas compare what they hold, none of that is ever so: there it
// has to wait for rest, or ask what R and W nodes that overlap can tell.
class Script
{
  public:
    Script(std::string name, const Setup &setup);

    Script &Put(node_id node, const std::string &key, const std::string &value,
                const Result &expected = Done());
    Script &Get(node_id node, const std::string &key, const Result &expected);
    // The get's context has a name from now on; the put carries that of one.
    Script &GetAs(const std::string &context, node_id node,
                  const std::string &key, const Result &expected);
    Script &PutAfter(const std::string &context, node_id node,
                     const std::string &key, const std::string &value,
                     const Result &expected = Done());
    Script &Unknown(node_id node, const std::string &key,
                    const Result &expected);

    // Without waiting for the answer: at a paused node.
    Script &BeginPut(node_id node, const std::string &key,
                     const std::string &value);
    Script &BeginGet(node_id node, const std::string &key);
    Script &Take(const Result &expected);

    Script &Crash(node_id node);
    Script &Restart(node_id node);
    Script &RestartEmpty(node_id node); // with its next disk
    Script &Pause(node_id node);
    Script &Resume(node_id node);
    Script &Cut(node_id from, node_id to);
    Script &Join(node_id from, node_id to);
    // Lab 4's store: waits until every hint is home and all replicas of each key, or
    // of this one, hold the same. All nodes have to be up.
    Script &Rest(const std::string &key = "");
    // Both ways.
    Script &CutOff(node_id node, const std::vector<node_id> &others);
    Script &JoinTo(node_id node, const std::vector<node_id> &others);

    const std::string &Name() const
    {
        return name_;
    }
    const Setup &Cluster() const
    {
        return setup_;
    }
    const std::vector<Action> &Actions() const
    {
        return actions_;
    }

  private:
    Script &Fault(Action::Kind kind, node_id node, node_id to = 0);

    std::string name_;
    Setup setup_;
    std::vector<Action> actions_;
};

} // namespace judge
