// contract.h: the contracts, which are C, for the judge, which is C++.
#pragma once

extern "C" {
#include "dynamo/err.h"
#include "dynamo/ring.h"
}
