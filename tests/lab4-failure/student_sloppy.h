// student_sloppy.h: sloppy.h as a test sees it, with the student's code far away.
#pragma once

#include "harness/trial.h"

extern "C" {
#include "dynamo/err.h"
#include "dynamo/sloppy.h"
}

#include <string>
#include <vector>

namespace judge
{

// "1, 4 for 2": whom to ask, and whose places they hold.
std::string ShowTargets(const std::vector<target> &targets);

// sloppy_targets, whose targets are those of a call that succeeds. Which pointer is
// NULL: 0 none, 1 list, 2 suspected, 3 targets.
int SloppyTargets(Trial &t, const std::vector<node_id> &list,
                  const std::vector<bool> &suspected, size_t n,
                  std::vector<target> *targets, int null = 0);

} // namespace judge
