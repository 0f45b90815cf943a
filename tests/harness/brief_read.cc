#include "harness/brief_read.h"

#include "harness/violation.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace judge
{
namespace
{

constexpr long kBriefNs = 5'000'000;

volatile sig_atomic_t waiting = -1; // the descriptor that is read now
volatile sig_atomic_t hurried = 0;  // it was told not to block
volatile sig_atomic_t is_armed = 0; // the timer is going to go off

// The kernel begins an interrupted read anew, as SA_RESTART asks, and then finds a
// descriptor that does not block. So a signal that comes just before the read, or
// just after it, does no harm either.
void Hurry(int)
{
    const int saved = errno;

    is_armed = 0;
    if (waiting >= 0) {
        fcntl(waiting, F_SETFL, O_NONBLOCK);
        hurried = 1;
    }
    errno = saved;
}

bool is_made = false; // the timer, by this process
timer_t timer;

// A child has none of its parent's timers.
void Forget()
{
    is_made = false;
    is_armed = 0;
}

void Make()
{
    static const int told = pthread_atfork(nullptr, nullptr, Forget);
    struct sigaction action = {};
    struct sigevent event = {};

    action.sa_handler = Hurry;
    action.sa_flags = SA_RESTART;
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGALRM;
    if (told != 0 || sigaction(SIGALRM, &action, nullptr) != 0 ||
        timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        throw InfraError(std::string("no timer can be had: ") +
                         std::strerror(errno));
    is_made = true;
}

void Arm()
{
    const struct itimerspec once = {{0, 0}, {0, kBriefNs}};

    if (!is_made)
        Make();
    is_armed = 1;
    timer_settime(timer, 0, &once, nullptr);
}

} // namespace

ssize_t ReadBriefly(int fd, void *buffer, size_t size)
{
    if (is_armed == 0)
        Arm();
    waiting = fd;
    const ssize_t got = read(fd, buffer, size);
    const int error = errno;
    waiting = -1;
    if (hurried != 0) {
        hurried = 0;
        fcntl(fd, F_SETFL, 0);
    }
    errno = error;
    return got;
}

} // namespace judge
