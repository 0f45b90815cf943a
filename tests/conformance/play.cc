#include "conformance/play.h"

#include "harness/violation.h"

#include <deque>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

void Do(const Action &action, Stage *stage, std::deque<int> *begun,
        Transcript *transcript)
{
    switch (action.kind) {
    case Action::Kind::Put:
    case Action::Kind::Get:
    case Action::Kind::Unknown: {
        const int client = stage->Ask(action);

        if (action.begun_only)
            begun->push_back(client);
        else
            transcript->told.push_back(stage->Answer(client));
        break;
    }
    case Action::Kind::Take:
        if (begun->empty())
            throw InfraError("the script takes an answer to nothing");
        transcript->told.push_back(stage->Answer(begun->front()));
        begun->pop_front();
        break;
    case Action::Kind::Crash:
        stage->Crash(action.node);
        break;
    case Action::Kind::Restart:
        stage->Restart(action.node);
        break;
    case Action::Kind::RestartEmpty:
        stage->RestartEmpty(action.node);
        break;
    case Action::Kind::Pause:
        stage->Pause(action.node);
        break;
    case Action::Kind::Resume:
        stage->Resume(action.node);
        break;
    case Action::Kind::Cut:
        stage->Cut(action.node, action.to);
        break;
    case Action::Kind::Join:
        stage->Join(action.node, action.to);
        break;
    case Action::Kind::Rest:
        stage->Rest(action.key);
        break;
    }
}

} // namespace

Transcript Play(const Script &script,
                const std::function<std::unique_ptr<Stage>()> &raise)
{
    Transcript transcript;
    std::string at = "the cluster begins";

    try {
        const std::unique_ptr<Stage> stage = raise();
        std::deque<int> begun;

        for (const Action &action : script.Actions()) {
            at = action.Show();
            Do(action, stage.get(), &begun, &transcript);
            stage->Settle();
        }
        at = "the cluster ends";
        stage->End();
    } catch (const Violation &violation) {
        transcript.broke =
            at + ": " + violation.kind + ": " + violation.expected +
            (violation.expected.empty() ? "" : "; ") + violation.seen;
    } catch (const std::exception &error) {
        transcript.broke = at + ": " + error.what();
    }
    return transcript;
}

// ---- Between programs ----

std::string Encode(const Transcript &transcript)
{
    const nlohmann::json line = {{"told", transcript.told},
                                 {"broke", transcript.broke}};

    return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) +
           "\n";
}

Transcript Decode(const std::string &line)
{
    try {
        const nlohmann::json read = nlohmann::json::parse(line);
        Transcript transcript;

        read.at("told").get_to(transcript.told);
        read.at("broke").get_to(transcript.broke);
        return transcript;
    } catch (const nlohmann::json::exception &error) {
        throw InfraError("what the other program said is no transcript: " +
                         std::string(error.what()));
    }
}

} // namespace judge
