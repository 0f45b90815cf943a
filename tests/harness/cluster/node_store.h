// node_store.h: what a real node has stored, read from its disk and not asked of it.
#pragma once

#include "check/convergence.h"

#include <cstddef>
#include <filesystem>

namespace judge
{

// All that is in a node's LMDB folder, as of its last sync. The node may run or be
// down; it does not notice. Nothing if it has not written yet. Throws an InfraError for
// what is not LMDB's.
Content ReadStore(const std::filesystem::path &folder);

// What a node of lab 4 holds in its own name: keys and their sets, encoded. Where a node keeps
// these is its own choice (coordinator.h): this knows the reference's.
Content HeldIn(const Content &store);

} // namespace judge
