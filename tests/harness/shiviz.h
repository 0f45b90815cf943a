// shiviz.h: a trace in the log format of ShiViz, which draws it, too
// (https://bestchai.bitbucket.io/shiviz/).
//
// The first line is the regular expression that the events match, the second
// is empty (it would separate several runs); ShiViz reads both from the file.
// An event is two lines:
//
//     n2 {"client0":1,"n1":3,"n2":5} 12.5ms #17
//     n2 <- n1: store x 3.1 "b"
//
// The vector clocks count the events of nodes (n1, ...), clients (client0, ...),
// the network (losses, copies, partitions, phases) and the judge (violations).
// Network and judge have seen the messages and operations concerned; nobody has
// seen them.
#pragma once

#include <string>

namespace judge
{

// Throws std::runtime_error with a sentence if `jsonl` is no trace.
std::string ShiViz(const std::string &jsonl);

} // namespace judge
