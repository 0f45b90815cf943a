#include "cluster/raw_connection.h"

#include "harness/cluster/await.h"
#include "harness/violation.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
#include "uv/frame.h"
}

namespace judge
{
namespace
{

sockaddr_in Local(uint16_t port)
{
    sockaddr_in address = {};

    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

[[noreturn]] void Fail(const std::string &what)
{
    throw InfraError(what + ": " + std::strerror(errno));
}

int Connect(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Local(port);

    if (fd < 0)
        Fail("no socket");
    if (connect(fd, reinterpret_cast<const sockaddr *>(&address),
                sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

void AwaitInput(int fd)
{
    Await("the other side of a connection says something", [fd] {
        pollfd descriptor = {fd, POLLIN, 0};

        return poll(&descriptor, 1, 100) > 0;
    });
}

} // namespace

RawConnection::RawConnection(uint16_t port) : fd_(Connect(port))
{
    if (fd_ < 0)
        Fail("no connection to port " + std::to_string(port));
}

RawConnection::RawConnection(RawConnection &&other) : fd_(other.fd_)
{
    other.fd_ = -1;
}

RawConnection::~RawConnection()
{
    if (fd_ >= 0)
        close(fd_);
}

void RawConnection::Send(const std::string &bytes)
{
    size_t done = 0;

    while (done < bytes.size()) {
        const ssize_t put =
            send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);

        if (put < 0 && errno != EINTR)
            return;
        done += put > 0 ? static_cast<size_t>(put) : 0;
    }
}

bool RawConnection::TrySend(const std::string &bytes)
{
    size_t done = 0;

    while (done < bytes.size()) {
        pollfd descriptor = {fd_, POLLOUT, 0};

        if (poll(&descriptor, 1, 1000) == 0)
            return false;
        const ssize_t put = send(fd_, bytes.data() + done, bytes.size() - done,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        done += put > 0 ? static_cast<size_t>(put) : 0;
    }
    return true;
}

std::string RawConnection::Receive(size_t size)
{
    std::string bytes;
    char room[4096];

    while (bytes.size() < size) {
        AwaitInput(fd_);
        const ssize_t got =
            recv(fd_, room, std::min(sizeof room, size - bytes.size()), 0);

        if (got <= 0)
            break;
        bytes.append(room, static_cast<size_t>(got));
    }
    return bytes;
}

std::string RawConnection::ReceiveAll()
{
    return Receive(SIZE_MAX);
}

bool RawConnection::HasMore()
{
    pollfd descriptor = {fd_, POLLIN, 0};

    return poll(&descriptor, 1, 0) > 0;
}

RawListener::RawListener()
{
    sockaddr_in address = Local(0);
    socklen_t size = sizeof address;

    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0 ||
        bind(fd_, reinterpret_cast<sockaddr *>(&address), size) != 0 ||
        listen(fd_, 16) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        Fail("no port to listen on");
    port_ = ntohs(address.sin_port);
}

RawListener::~RawListener()
{
    close(fd_);
}

RawConnection RawListener::Accept()
{
    RawConnection connection;

    AwaitInput(fd_);
    connection.fd_ = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection.fd_ < 0)
        Fail("no connection to accept");
    return connection;
}

bool PortIsOpen(uint16_t port)
{
    const int fd = Connect(port);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

std::string GreetingBytes(node_id sender)
{
    uint8_t room[GREETING_SIZE];

    greeting_write(room, sender);
    return {reinterpret_cast<char *>(room), sizeof room};
}

std::string FrameBytes(uint64_t number, const std::string &message)
{
    uint8_t room[FRAME_HEADER_SIZE];

    frame_write_header(room, number, message.size());
    return std::string(reinterpret_cast<char *>(room), sizeof room) + message;
}

} // namespace judge
