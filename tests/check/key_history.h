// key_history.h: the part of a history that is about one key, and which of its
// puts a get may still see.
#pragma once

#include "check/history.h"

#include <map>
#include <string>
#include <vector>

namespace judge
{

class KeyHistory
{
  public:
    // Borrows the operations, which are all of one key.
    explicit KeyHistory(std::vector<const Operation *> operations);

    // By invocation.
    const std::vector<const Operation *> &Puts() const
    {
        return puts_;
    }
    // Those that were answered, with an error or not, by return.
    const std::vector<const Operation *> &Gets() const
    {
        return gets_;
    }

    // The puts of a value, by invocation.
    const std::vector<const Operation *> &
    PutsOf(const std::string &value) const;

    // Those of them that were invoked before a get returned: it may have seen
    // one of these. Empty for a get that found nothing.
    std::vector<const Operation *> Sources(const Operation &get) const;

    // Whether a put was invoked after this one had returned, and had returned
    // itself when `get` was invoked. If so, returns the last such put; what
    // `put` wrote was not to be read any more. NULL for `put`: what was there
    // before all puts.
    const Operation *Replaced(const Operation *put, const Operation &get) const;

  private:
    std::vector<const Operation *> puts_, gets_, none_;
    std::map<std::string, std::vector<const Operation *>> by_value_;
    // The successful puts by return, and of each the put that was invoked last
    // among it and those before it.
    std::vector<const Operation *> returned_, latest_;
};

// One a key, in the order of keys. The history is borrowed. Throws InfraError
// for an operation that returned before it was invoked.
std::map<std::string, KeyHistory> SplitByKey(const History &history);

// That a get returned more than one value, which no register does.
std::optional<Finding> SeveralValues(const std::string &rule,
                                     const Operation &get);

// That a get returned what no put had been asked to write until then.
std::optional<Finding> Invented(const std::string &rule, const KeyHistory &key,
                                const Operation &get, const std::string &value);

// Why a get should not have returned what it did: `newer` (of Replaced) was
// over, and the get's value older.
Finding Stale(const std::string &rule, const KeyHistory &key,
              const Operation &get, const Operation &newer);

// The put that made what a get returned out of date, if every put that it may
// have seen was replaced (or there is none, and it found nothing).
const Operation *ReplacedForAll(const KeyHistory &key, const Operation &get);

} // namespace judge
