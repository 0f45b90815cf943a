// student_quorum.h: quorum.h and the plain functions of masking.h as a test sees
// them, with the student's code far away.
#pragma once

#include "harness/contract.h"
#include "harness/trial.h"

extern "C" {
#include "dynamo/masking.h"
#include "dynamo/quorum.h"
#include "dynamo/register.h"
}

#include <string>
#include <vector>

namespace judge
{

using Facts = struct ::quorum_facts; // a function has the name too

// "QUORUM_REACHED", an error's name, or the number.
std::string ShowDecision(int decision);
std::string Show(const quorum_sizes &sizes); // "N 3, R 2, W 2, f 0"

// One vote in the host, closed when its trial ends. Each function is the one of
// the contract.
class StudentQuorum
{
  public:
    // quorum_open, which must succeed.
    StudentQuorum(Trial &t, const std::vector<node_id> &voters, size_t needed);

    int Vote(node_id voter, bool yes);
    int Decision();
    uint64_t Count(bool yes);
    uint64_t Silent(size_t capacity, std::vector<node_id> *nodes);
    // All of them; there must be no more than 2,000.
    std::vector<node_id> Silent();
    void Close();

    std::string Name() const
    {
        return "vote " + std::to_string(handle_);
    }

  private:
    Trial *t_;
    int handle_;
    std::shared_ptr<bool> open_;
};

// quorum_open with what may be wrong; closed at once.
int StudentOpenQuorum(Trial &t, const std::vector<node_id> &voters,
                      uint64_t count, uint64_t needed);

int StudentFacts(Trial &t, const quorum_sizes &sizes, Facts *facts);
Facts StudentFacts(Trial &t, const quorum_sizes &sizes);

// What one replica answered.
struct RegisterReply {
    node_id from = 0;
    version at = {0, 0};
    std::vector<uint8_t> value;
};

std::string Show(const RegisterReply &reply); // "node 3: 7.1 'ab'"

int StudentChoose(Trial &t, const std::vector<RegisterReply> &replies,
                  uint32_t f, uint64_t *chosen);
int StudentCounter(Trial &t, const std::vector<RegisterReply> &replies,
                   uint32_t f, uint64_t *counter);
int StudentSize(Trial &t, uint32_t n, uint32_t f, uint32_t *size);

void ExpectQuorumNullsRefused(Trial &t);
void ExpectMaskingNullsRefused(Trial &t);

} // namespace judge
