// narrative.h: a trace as a story for the terminal, 100 columns wide.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace judge
{

struct NarrativeOptions {
    // Events told at most, 0: all. The beginning, the end and all that was done
    // for the violated operations are kept, the latter even beyond the limit.
    size_t events_most = 0;
    // Only what is about this key (as the trace writes it), and what happens to
    // nodes and network.
    std::optional<std::string> key;
};

// Throws std::runtime_error with a sentence if `jsonl` is no trace.
std::string Narrative(const std::string &jsonl,
                      const NarrativeOptions &options = {});

} // namespace judge
