#include "lab4-failure/sloppy_model.h"

namespace judge
{

void ExpectTargets(Trial &t, const std::vector<node_id> &list,
                   const std::vector<bool> &suspected, size_t n)
{
    std::vector<node_id> stand_ins;
    std::vector<target> expected, seen;

    for (size_t i = list.size(); i-- > n;)
        if (!suspected[i])
            stand_ins.push_back(list[i]); // the nearest is the last
    for (size_t i = 0; i < n; i++) {
        expected.push_back({list[i], list[i]});
        if (suspected[i] && !stand_ins.empty()) {
            expected.back().node = stand_ins.back();
            stand_ins.pop_back();
        }
    }
    t.ExpectCode(DYN_OK, SloppyTargets(t, list, suspected, n, &seen),
                 "sloppy_targets");
    t.Expect(ShowTargets(seen) == ShowTargets(expected),
             "the targets are " + ShowTargets(expected), ShowTargets(seen));
}

} // namespace judge
