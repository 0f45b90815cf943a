// contract.h: the contracts, which are C, for the judge, which is C++.
#pragma once

extern "C" {
#include "dynamo/env.h"
#include "dynamo/err.h"
#include "dynamo/message.h"
#include "dynamo/program.h"
#include "dynamo/ring.h"
}
