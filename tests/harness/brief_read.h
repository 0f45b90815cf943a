// brief_read.h: a read that gives up soon, in one system call.
//
// A judge that asks the kernel whether an answer is there, and then reads it, makes
// two calls and goes to sleep in the first. Lockstep lives on few system calls, so
// the read itself waits, and a timer that seldom goes off sees that it ends.
#pragma once

#include <cstddef>
#include <sys/types.h>

namespace judge
{

// Reads as read() does from a descriptor in blocking mode whose only reader is the
// calling process, but comes back with EAGAIN when nothing came within 5 ms, or
// sooner: the timer runs from one of the reads before. Takes SIGALRM for itself, which
// goes off at most once within 5 ms after the last call, and only in programs with
// one thread; poll() and its like then end with EINTR.
ssize_t ReadBriefly(int fd, void *buffer, size_t size);

} // namespace judge
