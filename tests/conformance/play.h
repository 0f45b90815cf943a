// play.h: one world in which a script is played, and what came of it.
#pragma once

#include "conformance/script.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace judge
{

// A running cluster, in whatever world.
class Stage
{
  public:
    virtual ~Stage() = default;

    // A client of its own asks, and does not wait. Gives the client's number.
    virtual int Ask(const Action &action) = 0;
    // Waits until that client is answered, or knows that it will not be.
    virtual Result Answer(int client) = 0;

    virtual void Crash(node_id node) = 0;
    virtual void Restart(node_id node) = 0;
    virtual void RestartEmpty(node_id node) = 0;
    virtual void Pause(node_id node) = 0;
    virtual void Resume(node_id node) = 0;
    virtual void Cut(node_id from, node_id to) = 0;
    virtual void Join(node_id from, node_id to) = 0;

    // Returns when nothing is on its way any more.
    virtual void Settle() = 0;

    // Of lab 4's store: returns when no hint is kept and all replicas of the key, or
    // of each, hold the same.
    virtual void Rest(const std::string &key) = 0;

    // After the last action: throws a Violation when something broke that no
    // client was told.
    virtual void End() = 0;
};

// What the clients of a script were told: one text for each action that has an
// answer, in order. When the world broke down, fewer, and why.
struct Transcript {
    std::vector<Result> told;
    std::string broke;
};

Transcript Play(const Script &script,
                const std::function<std::unique_ptr<Stage>()> &raise);

// {"broke":"...","told":["..."]} in one line, and back. The second throws an
// InfraError for anything else.
std::string Encode(const Transcript &transcript);
Transcript Decode(const std::string &line);

} // namespace judge
