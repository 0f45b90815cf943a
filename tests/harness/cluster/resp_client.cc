#include "harness/cluster/resp_client.h"

#include "harness/cluster/await.h"
#include "harness/violation.h"

#include <csignal>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace judge
{
namespace
{

RespAnswer Taken(const redisReply &reply)
{
    RespAnswer answer;

    switch (reply.type) {
    case REDIS_REPLY_STATUS:
        answer.kind = RespAnswer::Kind::Status;
        break;
    case REDIS_REPLY_ERROR:
        answer.kind = RespAnswer::Kind::Error;
        break;
    case REDIS_REPLY_STRING:
        answer.kind = RespAnswer::Kind::Bulk;
        break;
    case REDIS_REPLY_INTEGER:
        answer.kind = RespAnswer::Kind::Number;
        answer.number = reply.integer;
        return answer;
    case REDIS_REPLY_ARRAY:
        answer.kind = RespAnswer::Kind::Array;
        for (size_t i = 0; i < reply.elements; i++)
            answer.elements.push_back(Taken(*reply.element[i]));
        return answer;
    default:
        return answer;
    }
    answer.text.assign(reply.str, reply.len);
    return answer;
}

} // namespace

bool RespAnswer::operator==(const RespAnswer &other) const
{
    return kind == other.kind && text == other.text && number == other.number &&
           elements == other.elements;
}

std::string RespAnswer::Show() const
{
    std::string all;

    switch (kind) {
    case Kind::Status:
        return text;
    case Kind::Error:
        return "(error) " + text;
    case Kind::Bulk:
        return "\"" + text + "\"";
    case Kind::Nil:
        return "(nil)";
    case Kind::Number:
        return "(integer) " + std::to_string(number);
    case Kind::Array:
        for (const RespAnswer &element : elements)
            all += (all.empty() ? "" : ", ") + element.Show();
        return "[" + all + "]";
    }
    return all;
}

RespClient::RespClient(uint16_t port)
{
    // hiredis writes without MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    redis_ = redisConnectNonBlock("127.0.0.1", port);
    if (redis_ == nullptr)
        throw InfraError("no memory for a client");
    ended_ = redis_->err != 0;
}

RespClient::~RespClient()
{
    redisFree(redis_);
}

void RespClient::Write()
{
    int done = 0;

    if (ended_ || !unsent_)
        return;
    // While it connects, a write would fail.
    pollfd descriptor = {redis_->fd, POLLOUT, 0};
    if (poll(&descriptor, 1, 0) == 0)
        return;
    if (redisBufferWrite(redis_, &done) != REDIS_OK)
        ended_ = true;
    unsent_ = done == 0;
}

void RespClient::Send(const std::vector<std::string> &words)
{
    std::vector<const char *> starts;
    std::vector<size_t> sizes;

    for (const std::string &word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    if (redisAppendCommandArgv(redis_, static_cast<int>(words.size()),
                               starts.data(), sizes.data()) != REDIS_OK)
        throw InfraError("no memory for a command");
    unsent_ = true;
    Write();
}

void RespClient::SendRaw(const std::string &bytes)
{
    if (redisAppendFormattedCommand(redis_, bytes.data(), bytes.size()) !=
        REDIS_OK)
        throw InfraError("no memory for a command");
    unsent_ = true;
    Write();
}

std::optional<RespAnswer> RespClient::Poll()
{
    void *reply = nullptr;

    Write();
    if (redisGetReplyFromReader(redis_, &reply) != REDIS_OK)
        ended_ = true;
    pollfd descriptor = {redis_->fd, POLLIN, 0};
    while (reply == nullptr && !ended_ && poll(&descriptor, 1, 0) > 0)
        if (redisBufferRead(redis_) != REDIS_OK ||
            redisGetReplyFromReader(redis_, &reply) != REDIS_OK)
            ended_ = true;
    if (reply == nullptr)
        return std::nullopt;
    const RespAnswer answer = Taken(*static_cast<redisReply *>(reply));
    freeReplyObject(reply);
    return answer;
}

std::optional<RespAnswer> RespClient::Wait()
{
    std::optional<RespAnswer> answer;

    Await("a node answers a client", [&] {
        answer = Poll();
        if (!answer && !ended_) {
            pollfd descriptor = {
                redis_->fd,
                static_cast<short>(unsent_ ? POLLIN | POLLOUT : POLLIN), 0};
            poll(&descriptor, 1, 100);
            answer = Poll();
        }
        return answer || ended_;
    });
    return answer;
}

RespAnswer RespClient::Ask(const std::vector<std::string> &words)
{
    Send(words);
    const auto answer = Wait();

    if (!answer)
        throw InfraError("a node ended the connection instead of answering " +
                         words.at(0));
    return *answer;
}

bool RespClient::Ended() const
{
    return ended_;
}

int RespClient::Descriptor() const
{
    return redis_->fd;
}

bool RespClient::Unsent() const
{
    return unsent_ && !ended_;
}

uint16_t RespClient::LocalPort() const
{
    sockaddr_in address = {};
    socklen_t size = sizeof address;

    getsockname(redis_->fd, reinterpret_cast<sockaddr *>(&address), &size);
    return ntohs(address.sin_port);
}

} // namespace judge
