// lab_file.h: what lab.toml says: parts, points, limits. Points live there and
// nowhere else.
#pragma once

#include "harness/host_process.h"

#include <map>
#include <string>
#include <vector>

namespace judge
{

struct Part {
    std::string id, title, anchor;
    double hidden_points = 0; // a handout's lab.toml says only their sum
};

struct GradedTest {
    std::string part, suite;
    double points = 0;
};

struct LabFile {
    std::string id, title, handout;
    HostLimits limits;
    std::vector<Part> parts;
    std::map<std::string, GradedTest> tests; // by "Suite.Name"
};

// Throws std::runtime_error with a sentence that names the file and the mend.
LabFile LoadLab(const std::string &path);

} // namespace judge
