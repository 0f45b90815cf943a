// sloppy_model.h: what sloppy_targets must say, as a model of it.
#pragma once

#include "lab4-failure/student_sloppy.h"

namespace judge
{

// Calls it, and expects of it what sloppy.h says.
void ExpectTargets(Trial &t, const std::vector<node_id> &list,
                   const std::vector<bool> &suspected, size_t n);

} // namespace judge
