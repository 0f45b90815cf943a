// student_view.h: view.h as a test sees it, with the student's code far away.
#pragma once

#include "harness/bytes.h"
#include "harness/student_thing.h"

extern "C" {
#include "dynamo/view.h"
}

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

// As in the contract, but with an order.
struct Change {
    uint64_t stamp = 0;
    node_id by = 0, node = 0;
    uint32_t kind = 0, weight = 0;

    bool operator==(const Change &other) const
    {
        return Numbers() == other.Numbers();
    }
    bool operator<(const Change &other) const
    {
        return Numbers() < other.Numbers();
    }

  private:
    std::array<uint64_t, 5> Numbers() const
    {
        return {stamp, by, node, kind, weight};
    }
};

using Changes = std::vector<Change>;

std::string Show(const Change &change);   // "3 by 1: 5 joins, weight 2"
std::string Show(const Changes &changes); // "[1 by 2: 7 leaves; ...]"

// What can be seen of a ring from outside, whatever its strategy.
struct Placement {
    std::vector<node_id> members;
    std::vector<node_id> places; // first nodes, evenly over the circle
    std::string encoding;        // under strategy 3
};

class StudentView : public StudentThing
{
  public:
    explicit StudentView(Trial &t); // view_open, which must succeed
    static int Open(Trial &t);      // its code
    // The code; a view only if it succeeds.
    static int Decode(Trial &t, const std::string &bytes,
                      std::optional<StudentView> *view);

    int Join(node_id by, node_id node, uint32_t weight);
    int Leave(node_id by, node_id node);
    int Merge(const StudentView &from);
    // How many there are; those that there is room for.
    uint64_t ListChanges(uint64_t capacity, Changes *changes) const;
    uint64_t ListMembers(uint64_t capacity, std::vector<node_id> *nodes) const;
    // All of them, which are `count` if all is well.
    Changes AllChanges(size_t count) const;
    std::vector<node_id> AllMembers(size_t count) const;

    Encoded Encode(uint64_t capacity) const
    {
        return EncodeInto(capacity);
    }
    std::string Bytes() const; // with as much room as they need
    int Hash(std::string *hash) const;
    int Ring(const ring_config &config, Placement *placement) const;

  private:
    struct Unmade {
    };
    StudentView(Trial &t, Unmade) : StudentThing(t, "view", "view")
    {
    }
};

// A ring that is told these changes by ring_join and ring_leave, in this order.
Placement RingOf(Trial &t, const ring_config &config, const Changes &changes);

void ExpectViewNullsRefused(Trial &t);

} // namespace judge
