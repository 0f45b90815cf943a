// student_ring.h: ring.h as a test sees it, with the student's code far away.
#pragma once

#include "harness/contract.h"
#include "harness/trial.h"

#include <optional>
#include <string>
#include <vector>

namespace judge
{

using Nodes = std::vector<node_id>;

// As in the contract, but with an order.
struct Position {
    uint64_t hi = 0, lo = 0;

    bool operator==(const Position &other) const
    {
        return hi == other.hi && lo == other.lo;
    }
    bool operator<(const Position &other) const
    {
        return hi != other.hi ? hi < other.hi : lo < other.lo;
    }
};

std::string Show(const Nodes &nodes);        // "[4, 0, 2]"
std::string Show(const Position &position);  // hi and lo: "0x2a:0x0"
std::string Show(const ring_config &config); // "strategy 1, T 4, seed 0x7"
std::string ShowDoubles(const std::vector<double> &numbers);

struct Encoded {
    int code = 0;
    uint64_t length = 0;
    std::vector<uint8_t> bytes;
};

// One ring in the host, closed when its trial ends. Each function is the one
// of the contract; those with a plain result expect DYN_OK.
class StudentRing
{
  public:
    // ring_open, which must succeed.
    StudentRing(Trial &t, const ring_config &config);
    // ring_decode of bytes, which must succeed.
    StudentRing(Trial &t, const std::vector<uint8_t> &bytes);

    int Join(node_id node, uint32_t weight);
    int JoinAt(node_id node, const std::vector<Position> &tokens);
    int JoinAt(node_id node, const std::vector<Position> &tokens,
               uint64_t count); // a count that may be wrong
    int Leave(node_id node);
    void Close();

    Nodes Members();
    void ExpectMembers(const Nodes &due);
    uint64_t MemberCount(size_t capacity, Nodes *nodes);

    int Lookup(Position at, node_id *node);
    node_id Lookup(Position at);
    int PreferenceList(Position at, size_t n, Nodes *list);
    Nodes PreferenceList(Position at, size_t n);
    // Many at once: quick, and a step each.
    std::vector<Nodes> PreferenceLists(const std::vector<Position> &at,
                                       size_t n);
    int Successors(Position at, size_t skip, size_t capacity, Nodes *list);

    int Partition(Position at, uint32_t *partition);
    int Owner(uint32_t partition, node_id *node);
    Nodes Owners(); // of every partition

    Encoded Encode(size_t capacity);
    std::vector<uint8_t> Encode(); // with room enough

    int Shares(size_t n, size_t capacity, std::vector<double> *shares);
    uint64_t Metadata();
    int Moved(StudentRing &after, size_t n, const std::vector<Position> &keys,
              struct ring_moved *moved);

    const ring_config &Config() const
    {
        return config_;
    }
    std::string Name() const
    {
        return "ring " + std::to_string(handle_);
    }

  private:
    void CloseAtEnd();
    void CheckUntouched(int code, bool untouched, const std::string &function);

    Trial *t_;
    ring_config config_;
    int handle_;
    std::shared_ptr<bool> open_;
};

// Functions that need no ring, and calls with arguments that are wrong.
Position StudentPosition(Trial &t, const std::vector<uint8_t> &key);
Position StudentToken(Trial &t, uint64_t seed, node_id node, uint32_t index);
int StudentOpen(Trial &t, const ring_config &config); // closed at once
// `what` tells in the story what the bytes are.
int StudentDecode(Trial &t, const std::vector<uint8_t> &bytes,
                  const std::string &what);
double StudentEfficiency(Trial &t, const std::vector<double> &loads);
double StudentImbalance(Trial &t, const std::vector<double> &loads,
                        double threshold);
void ExpectNullsRefused(Trial &t);

} // namespace judge
