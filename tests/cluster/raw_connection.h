// raw_connection.h: a TCP connection for bytes that no well-behaved program
// sends, and the other side of one.
#pragma once

#include "harness/contract.h"

#include <cstdint>
#include <string>

namespace judge
{

class RawConnection
{
  public:
    explicit RawConnection(uint16_t port); // to 127.0.0.1
    RawConnection(RawConnection &&other);
    ~RawConnection();

    // All of it, unless the other side has closed.
    void Send(const std::string &bytes);
    // False if the other side took nothing for a second: the rest is not sent.
    bool TrySend(const std::string &bytes);
    // That many bytes, or fewer if the connection ends before.
    std::string Receive(size_t size);
    // Waits until the other side has closed; what it sent before.
    std::string ReceiveAll();
    // Whether there is something to receive at the moment.
    bool HasMore();

  private:
    friend class RawListener;
    RawConnection() = default;
    int fd_ = -1;
};

class RawListener
{
  public:
    RawListener(); // on a free port of 127.0.0.1
    ~RawListener();
    uint16_t Port() const
    {
        return port_;
    }
    RawConnection Accept(); // waits

  private:
    int fd_ = -1;
    uint16_t port_ = 0;
};

// Whether anybody listens there.
bool PortIsOpen(uint16_t port);

// As labs/uv/frame.h has them.
std::string GreetingBytes(node_id sender);
std::string FrameBytes(uint64_t number, const std::string &message);

} // namespace judge
