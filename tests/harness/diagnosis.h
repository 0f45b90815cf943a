// diagnosis.h: from what a dead host left behind to what a student can use.
#pragma once

#include "harness/violation.h"

#include <string>
#include <vector>

namespace judge
{

// Control characters and bytes that are not UTF-8 become \xNN; newlines stay.
std::string Printable(const std::string &text);

// The last `lines` lines, with a mark where some were left out.
std::string Tail(const std::string &text, int lines);

// What a host's end means. `status` is waitpid's, `out` and `err` are what it
// printed, of which nothing is believed beyond what it says of itself.
Violation DiagnoseEnd(int status, const std::string &out,
                      const std::string &err);

// Whether a process that ended before it said a word ended for our reasons: the
// program or the sandbox before it could not be started.
bool NeverStarted(int status, const std::string &err);

// "ring_join at ring.c:120" for offsets in the host's program file.
// Gives nothing while it is switched off, as for failures nobody will read.
std::vector<std::string> Symbolize(const std::vector<std::string> &offsets);

void EnableSymbolizer(bool on);

} // namespace judge
