// store_model.h: what the tests of the two programs set up and look at.
#pragma once

#include "harness/world/shoppers.h"
#include "lab3-vclock/versions_model.h"

extern "C" {
#include "wire/wire.h"
}

#include <string>

namespace judge
{

// The context of a key with that clock.
std::string ContextBytes(const std::string &key, const Clock &clock);

} // namespace judge
