// quorum_sizes.h: nobody is answered before W replicas hold a put, or before R
// have been asked for a get. From a trace (labs/trace/schema.md).
//
// A register can break this and seem right for long: it needs a crash or a
// partition at a bad moment to show. Here every answer shows it.
#pragma once

#include "check/history.h"
#include "harness/trace_reader.h"

#include <map>
#include <set>

namespace judge
{

struct QuorumSetting {
    uint64_t r = 0, w = 0; // 0: as the trace's first line says
    // The replicas of keys, as traces write keys; only they count. For a key
    // that is not here every node does.
    std::map<std::string, std::set<uint64_t>> replicas;
    std::set<uint64_t> liars; // whose 'stored' need not be true
};

// Put. When its coordinator replies DYN_OK, there is a version under which it
// sent the put's key and value in "store" after the request, and W nodes hold
// that version or a higher one:
// - a node from which a "stored", "version" or "value" of that key with such a
//   version has arrived at the coordinator, and which, before it sent that, had
//   put something into its store since it learned of such a version, and synced
//   it (it learns of it from a message, or makes it for a put of its own);
// - the coordinator, if it has put something into its store since then, and
//   synced it.
// If it sent no such "store", only the coordinator may hold it.
//
// Get. When its coordinator replies DYN_OK, R nodes count: those from which a
// "value" or "version" of that key has arrived at it, which was sent after the
// request; and the coordinator itself, which may have looked into its store.
//
// So nothing depends on how a program numbers its operations, lays out its
// store, talks to itself, asks again, or lets gets of one key share answers.
//
// Not covered:
// - What a node puts into its store: any put by it counts, also one of a number
//   of its own, since only its program can read them. Whether 'stored' was true
//   shows after crashes.
// - Which answer a get returns, and whether a get writes back: Linearizable.
// - Whether a put asked R replicas for their versions.
// - Two puts of one key and one value through one node at the same time: either
//   may pass with the other's version.
// - Values beyond 60 bytes that differ only later: traces cut them.
// - Traces that do not begin with the run.
//
// Undecided if R and W are not known.
Finding QuorumSizes(const Trace &trace, const QuorumSetting &setting = {});

} // namespace judge
