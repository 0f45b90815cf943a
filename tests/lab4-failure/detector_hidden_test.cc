// detector_hidden_test.cc: the graded tests of detector.h that only instructors
// have.
#include "harness/refusals.h"
#include "lab4-failure/detector_model.h"

namespace judge
{
namespace
{

// ---- Part A ----

GRADED_TEST(Detector, HasNoLimitOfNodes,
            "Any number of nodes may be silent at the same time.")
{
    const detector_config config = {100, 50, 400};
    StudentDetector seen(t, config);
    DetectorModel model(config);
    std::vector<node_id> some;

    for (uint32_t i = 0; i < 2000; i++) {
        const node_id node = i * 2654435761u; // all over their range

        model.Asked(node, i);
        t.ExpectCode(DYN_OK, seen.Asked(node, i), "detector_asked");
        if (i % 3 == 0) {
            model.Heard(node);
            t.ExpectCode(DYN_OK, seen.Heard(node, i), "detector_heard");
        }
        if (i % 100 < 2)
            some.push_back(node);
    }
    ExpectDetector(t, seen, model, some, 2000);
    ExpectDue(t, &seen, &model, 2050, 500);
    ExpectDue(t, &seen, &model, 2150, 4000);
    ExpectDetector(t, seen, model, some, 2150);
}

// After a month of uptime a clock in ms no longer fits in 32 bits.
GRADED_TEST(Detector, KnowsLateTimes,
            "Times may be as late as 2^63 ms, and a node may be away for as "
            "long.")
{
    const uint64_t late = (1ull << 63) - 4 * DETECTOR_MS_MAX;
    const detector_config config = {DETECTOR_MS_MAX, DETECTOR_MS_MAX,
                                    DETECTOR_MS_MAX};
    StudentDetector seen(t, config);
    DetectorModel model(config);

    const std::pair<node_id, uint64_t> asked[] = {
        {UINT32_MAX, 5}, {0, (1ull << 32) - 10}, {1, late}};

    for (const auto &[node, now] : asked) {
        model.Asked(node, now);
        t.ExpectCode(DYN_OK, seen.Asked(node, now), "detector_asked");
        ExpectDetector(t, seen, model, {0, 1, UINT32_MAX},
                       now + DETECTOR_MS_MAX - 1);
        ExpectDetector(t, seen, model, {0, 1, UINT32_MAX},
                       now + DETECTOR_MS_MAX);
    }
    ExpectDue(t, &seen, &model, late + 2 * DETECTOR_MS_MAX - 1, 3);
    ExpectDue(t, &seen, &model, late + 2 * DETECTOR_MS_MAX, 3);
    ExpectDetector(t, seen, model, {}, late + 2 * DETECTOR_MS_MAX);
}

// So that many probes never come to more than their least, whatever is doubled.
GRADED_TEST(DetectorProbes, GoOnForEver,
            "A node that stays away is probed every probe_most_ms, for ever.")
{
    const detector_config config = {10, 3, DETECTOR_MS_MAX};
    StudentDetector seen(t, config);
    DetectorModel model(config);

    model.Asked(1, 0);
    t.ExpectCode(DYN_OK, seen.Asked(1, 0), "detector_asked");
    for (int probes = 0; probes < 100; probes++) {
        const uint64_t next = model.ProbeOf(1);

        ExpectDetector(t, seen, model, {1}, next - 1);
        ExpectDue(t, &seen, &model, next, 1);
    }
}

GRADED_TEST(DetectorMemory, ChangesNothingWhereThereIsNone,
            "A call that gets no memory returns DYN_ENOMEM, and changes "
            "nothing.")
{
    const detector_config config = {100, 50, 400};

    for (const node_id others : {0, 1, 8, 9, 40}) {
        StudentDetector seen(t, config);
        DetectorModel model(config);
        std::vector<node_id> nodes = {77};

        for (node_id node = 100; node < 100 + others; node++) {
            nodes.push_back(node);
            model.Asked(node, node);
            t.ExpectCode(DYN_OK, seen.Asked(node, node), "detector_asked");
        }
        FailEach(
            t, "detector_asked", [&] { return seen.Asked(77, 200); },
            [&] { ExpectDetector(t, seen, model, nodes, 400); });
        model.Asked(77, 200);
        ExpectDetector(t, seen, model, nodes, 400);
    }
    FailEach(
        t, "detector_open", [&] { return StudentDetector::Refused(t, config); },
        [] {});
}

} // namespace
} // namespace judge
