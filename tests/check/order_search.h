// order_search.h: looks for an order of one register's operations in which each
// get returns what the last put before it wrote, and which respects real time.
//
// The search is Wing and Gong's (1993): again and again choose, among those
// operations before which no other has to come, the next one. Lowe's (2017)
// cache keeps it from coming twice to the same set of operations done. Four
// observations, each of which loses no order, make it fast:
// - A get that returns what the register holds can come at once. So only puts
//   are to be chosen, and the cache need not know what the register holds.
// - A put that nobody reads any more may come directly before another put.
// - A put of unknown outcome matters only directly before a get that reads it.
// - The register cannot change while a get of its value is still to come and no
//   put of that value is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace judge
{

struct RegisterOperation {
    bool is_put;
    int value; // at least 0; 0: never written, what the register begins with
    uint64_t invoked;
    // UINT64_MAX, of a put only: it may come at any time after it was invoked,
    // or never.
    uint64_t returned;
};

struct OrderSearch {
    enum class Answer { Found, None, GivenUp };

    Answer answer = Answer::GivenUp;
    // Indexes of the operations, when found. A put of unknown outcome that
    // nobody reads does not occur.
    std::vector<size_t> order;
    uint64_t steps = 0; // that it took
};

// `operations` are in the order of `invoked`. Gives up after `steps_most`
// steps; time and memory are in proportion to them.
OrderSearch FindOrder(const std::vector<RegisterOperation> &operations,
                      uint64_t steps_most);

} // namespace judge
