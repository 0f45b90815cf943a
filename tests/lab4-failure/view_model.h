// view_model.h: view.h in the plainest way: a set, gone through for each question.
#pragma once

#include "lab4-failure/student_view.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace judge
{

class ViewModel
{
  public:
    // What the bytes say; nullopt if they are damaged.
    static std::optional<ViewModel> Read(const std::string &bytes);

    int Join(node_id by, node_id node, uint32_t weight);
    int Leave(node_id by, node_id node);
    void Merge(const ViewModel &from)
    {
        changes_.insert(from.changes_.begin(), from.changes_.end());
    }
    Changes All() const
    {
        return {changes_.begin(), changes_.end()};
    }
    std::vector<node_id> Members() const;
    std::string Bytes() const;

  private:
    std::set<Change> changes_;

    int Add(Change change);
};

// The bytes of any changes, right or not, in any order.
std::string ViewBytesOf(const Changes &changes);

// The members that a ring has which was told these changes.
std::vector<node_id> RingMembers(const ring_config &config,
                                 const Changes &changes);

// A student's view and the model, told the same.
struct ViewTwin {
    explicit ViewTwin(Trial &trial) : t(&trial), view(trial)
    {
    }
    // The view that the student's view_decode makes of these changes, as of another
    // node's.
    ViewTwin(Trial &trial, const Changes &changes);

    void Join(node_id by, node_id node, uint32_t weight = 1);
    void Leave(node_id by, node_id node);
    void Merge(const ViewTwin &from);
    // The view is what the contract says, in all that can be seen of it but rings.
    void ExpectRight(const std::string &when) const;
    // Its changes and members alone.
    void ExpectChanges(const std::string &when) const;
    // view_ring makes the ring that the changes make.
    void ExpectRing(const ring_config &config) const;

    Trial *t;
    StudentView view;
    ViewModel model;
};

} // namespace judge
