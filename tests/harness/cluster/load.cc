#include "harness/cluster/load.h"

#include "harness/cluster/await.h"
#include "harness/violation.h"

#include <nlohmann/json.hpp>
#include <poll.h>

namespace judge
{
namespace
{

using Clock = std::chrono::steady_clock;

int CodeOf(const RespAnswer &answer)
{
    if (answer.kind != RespAnswer::Kind::Error)
        return DYN_OK;
    // "UNAVAILABLE too few ..." is DYN_EUNAVAILABLE.
    const std::string word = answer.text.substr(0, answer.text.find(' '));
#define CODE(name, number, sentence)                                           \
    if (word == std::string(#name).substr(sizeof "DYN_E" - 1))                 \
        return name;
    DYN_ERRORS(CODE)
#undef CODE
    throw Violation{"expectation", "",
                    "a node answered a get or put with: " + answer.text};
}

} // namespace

Load::Load(RealCluster *cluster, const LoadSetup &setup)
    : cluster_(cluster), setup_(setup), random_(setup.seed)
{
    clients_.resize(static_cast<size_t>(setup.clients));
}

uint64_t Load::Draw(uint64_t bound)
{
    return random_() % bound;
}

void Load::Keys(std::vector<std::string> keys)
{
    setup_.keys = std::move(keys);
}

// ---- One client ----

// The connection to a node, a new one if that has ended; nullptr when the node
// is not up.
Load::Connection *Load::Connect(Client *client, node_id node)
{
    Connection &connection = client->connections[node];

    // An answer that nobody waits for is none of this operation's.
    while (connection.resp && connection.resp->Poll())
        continue;
    if (connection.resp && !connection.resp->Ended())
        return &connection;
    connection = {};
    if (!cluster_->IsUp(node))
        return nullptr;
    connection.resp = std::make_unique<RespClient>(cluster_->ClientPort(node));
    return &connection;
}

void Load::Begin(Client *client, int number)
{
    const auto &nodes = cluster_->Nodes();
    const node_id node = nodes[Draw(nodes.size())];
    const bool is_put = Draw(100) < setup_.puts_percent;
    const std::string &key = setup_.keys[Draw(setup_.keys.size())];

    client->connection = Connect(client, node);
    client->node = node;
    if (client->connection != nullptr)
        Invoke(client, number, is_put, key);
}

void Load::Invoke(Client *client, int number, bool is_put,
                  const std::string &key)
{
    Operation operation;

    operation.id = static_cast<int>(history_.size());
    operation.client = number;
    operation.is_put = is_put;
    operation.key = key;
    operation.node = client->node;
    if (is_put)
        operation.value = "v" + std::to_string(operation.id);
    std::string context;
    if (const auto read = client->read.find(key);
        is_put && read != client->read.end()) {
        operation.context_of = read->second.get;
        context = read->second.context;
    }
    operation.invoked = ++position_;
    history_.push_back(operation);
    client->operation = operation.id;
    client->began = Clock::now();
    client->connection->sent++;

    nlohmann::ordered_json event = {
        {"e", "invoke"},     {"op", operation.id},           {"client", number},
        {"n", client->node}, {"do", is_put ? "put" : "get"}, {"key", key}};
    if (is_put)
        event["value"] = operation.value;
    if (operation.context_of)
        event["context_of"] = *operation.context_of;
    cluster_->TraceEvent(event.dump(),
                         std::to_string(client->connection->resp->LocalPort()) +
                             "." + std::to_string(client->connection->sent),
                         operation.id);
    RespClient &resp = *client->connection->resp;
    if (!setup_.contexts)
        resp.Send(is_put ? std::vector<std::string>{"SET", key, operation.value}
                         : std::vector<std::string>{"GET", key});
    else if (is_put)
        resp.Send({"DYN.PUT", key, context, operation.value});
    else
        resp.Send({"DYN.GET", key});
}

void Load::Return(Client *client, const RespAnswer &answer)
{
    Operation &operation = history_[static_cast<size_t>(client->operation)];

    operation.code = CodeOf(answer);
    operation.returned = ++position_;
    client->operation = -1;
    answered_ += operation.code == DYN_OK ? 1 : 0;
    if (!operation.is_put && answer.kind == RespAnswer::Kind::Bulk)
        operation.values = {answer.text};
    if (!operation.is_put && answer.kind == RespAnswer::Kind::Array) {
        if (answer.elements.size() != 2)
            throw Violation{"expectation", "a context and values",
                            answer.Show()};
        for (const RespAnswer &value : answer.elements[1].elements)
            operation.values.push_back(value.text);
        client->read[operation.key] = {operation.id, answer.elements[0].text};
    }
    cluster_->TraceEvent(nlohmann::ordered_json{
        {"e", "return"},
        {"op", operation.id},
        {"client", operation.client},
        {"code", operation.code},
        {"values",
         operation.values}}.dump());
}

void Load::Abandon(Client *client)
{
    const Operation &operation =
        history_[static_cast<size_t>(client->operation)];

    client->connections.erase(client->node);
    client->operation = -1;
    cluster_->TraceEvent(nlohmann::ordered_json{
        {"e", "abandon"}, {"op", operation.id}, {"client", operation.client}}
                             .dump());
}

bool Load::Look(Client *client)
{
    if (client->operation < 0)
        return false;
    if (const auto answer = client->connection->resp->Poll()) {
        Return(client, *answer);
        return true;
    }
    // The node crashed, or stands still: who knows what became of it.
    if (!client->connection->resp->Ended() &&
        Clock::now() - client->began < setup_.patience)
        return false;
    Abandon(client);
    return true;
}

void Load::WaitForAnything(int ms)
{
    std::vector<pollfd> descriptors;

    for (const Client &client : clients_)
        if (client.operation >= 0)
            descriptors.push_back(
                {client.connection->resp->Descriptor(),
                 static_cast<short>(client.connection->resp->Unsent()
                                        ? POLLIN | POLLOUT
                                        : POLLIN),
                 0});
    poll(descriptors.data(), descriptors.size(), ms);
}

// ---- All of them ----

void Load::Run(size_t operations, std::chrono::milliseconds at_most)
{
    const auto end = Clock::now() + at_most;
    size_t ended = 0;

    while (ended < operations && Clock::now() < end) {
        for (size_t i = 0; i < clients_.size(); i++) {
            if (clients_[i].operation < 0)
                Begin(&clients_[i], static_cast<int>(i));
            ended += Look(&clients_[i]) ? 1 : 0;
        }
        cluster_->ExpectAlive();
        WaitForAnything(2);
    }
}

void Load::Drain()
{
    Await(
        "all operations end",
        [this] {
            bool idle = true;

            for (Client &client : clients_) {
                Look(&client);
                idle = idle && client.operation < 0;
            }
            if (!idle)
                WaitForAnything(20);
            return idle;
        },
        setup_.patience + kPatience);
    cluster_->ExpectAlive();
}

// A machine may be too slow for what nodes think is long enough, now and then.
void Load::Read(Client *reader, const std::string &key)
{
    const std::string node = "node " + std::to_string(reader->node);

    Await("a get of " + key + " through " + node + " succeeds", [&] {
        Invoke(reader, -1, false, key);
        const auto answer = reader->connection->resp->Wait();

        if (!answer)
            throw Violation{"expectation", node + " to answer, all being well",
                            "it ended the connection"};
        Return(reader, *answer);
        const int code = history_.back().code;
        if (code != DYN_OK && code != DYN_EUNAVAILABLE)
            throw Violation{"expectation",
                            "a get of " + key + " through " + node +
                                " to succeed, all being well",
                            answer->text};
        return code == DYN_OK;
    });
}

void Load::ReadAll()
{
    Client reader;

    for (const node_id node : cluster_->Nodes()) {
        reader.connection = Connect(&reader, node);
        reader.node = node;
        if (reader.connection == nullptr)
            throw InfraError("ReadAll: node " + std::to_string(node) +
                             " is not up");
        for (const std::string &key : setup_.keys)
            Read(&reader, key);
    }
}

} // namespace judge
