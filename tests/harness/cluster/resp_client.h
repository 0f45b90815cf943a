// resp_client.h: a client of the Redis protocol, by hiredis, that never blocks
// unless asked to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct redisContext;

namespace judge
{

struct RespAnswer {
    enum class Kind { Status, Error, Bulk, Nil, Number, Array };
    Kind kind = Kind::Nil;
    std::string text; // of a status, error or bulk string
    long long number = 0;
    std::vector<RespAnswer> elements;

    bool operator==(const RespAnswer &other) const;
    std::string Show() const; // as redis-cli would
};

class RespClient
{
  public:
    explicit RespClient(uint16_t port); // on 127.0.0.1; connects in its time
    ~RespClient();
    RespClient(const RespClient &) = delete;
    RespClient &operator=(const RespClient &) = delete;

    // Queues a command, and sends what the connection takes now.
    void Send(const std::vector<std::string> &words);
    // Any bytes, for tests of the other side.
    void SendRaw(const std::string &bytes);

    // The next answer, if it is there.
    std::optional<RespAnswer> Poll();
    // Waits for it; nothing when the connection has ended.
    std::optional<RespAnswer> Wait();
    // Send and Wait. Throws an InfraError when the connection ends.
    RespAnswer Ask(const std::vector<std::string> &words);

    bool Ended() const; // broken, or closed by the other side
    int Descriptor() const;
    bool Unsent() const; // bytes that Poll is still to send
    uint16_t LocalPort() const;

  private:
    void Write();
    redisContext *redis_;
    bool ended_ = false, unsent_ = false;
};

} // namespace judge
