// check_histories.h: histories for the tests of the checkers: written down by
// hand, and drawn at random.
#pragma once

#include "check/history.h"
#include "harness/choices.h"

#include <gtest/gtest.h>
#include <optional>

namespace judge
{

// By client 1 at node 1, unless a test changes it.
inline Operation Put(int id, const std::string &value, uint64_t invoked,
                     uint64_t returned, int code = 0)
{
    Operation made;

    made.id = id;
    made.client = 1;
    made.is_put = true;
    made.key = "x";
    made.value = value;
    made.invoked = invoked;
    made.returned = returned;
    made.code = code;
    made.node = 1;
    return made;
}

// By client 2 at node 2. No value: it found nothing.
inline Operation Get(int id, const std::optional<std::string> &value,
                     uint64_t invoked, uint64_t returned, int code = 0)
{
    Operation made;

    made.id = id;
    made.client = 2;
    made.key = "x";
    if (value)
        made.values = {*value};
    made.invoked = invoked;
    made.returned = returned;
    made.code = code;
    made.node = 2;
    return made;
}

inline Operation Of(Operation operation, const std::string &key)
{
    operation.key = key;
    return operation;
}

// What clients of real registers see: operations take effect at one moment
// between their beginning and their end, or, where the outcome stays unknown,
// later or never.
struct RealRegister {
    int operations = 60, clients = 5, keys = 1;
    int unknown = 0; // in 100 puts
};
History DrawReal(Choices &choices, const RealRegister &what);

// Few operations, with anything in them: values that occur twice or that nobody
// put, errors, no answers.
History DrawAny(Choices &choices, int operations_most);

// Whether there is one order of all operations on all keys: tries every one.
bool HasOrderByForce(const History &history);

} // namespace judge
