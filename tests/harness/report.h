// report.h: verdicts: on the terminal, and as JSON Lines for the grader.
#pragma once

#include "harness/lab_file.h"

#include <string>

namespace judge
{

struct Verdict {
    std::string test;    // "Suite.Name"
    std::string verdict; // passed, failed, infra-error; of a hunt also found
    std::string kind;    // of a violation; "infra"; empty when passed
    std::string message; // the whole story, for the student
    uint64_t seed = 0;
    long ms = 0;
    uint64_t events = 0;     // that worlds went through
    std::string remark = {}; // a sentence for whoever reads the terminal
    bool hunt = false;       // for what breaks a rule; it has no points
};

// Loads the lab and opens the results. Throws std::runtime_error.
void OpenReport();
const LabFile &TheLab();

void Record(const Verdict &verdict);

// Prints the table of parts and points. Returns the judge's exit status.
int CloseReport();

} // namespace judge
