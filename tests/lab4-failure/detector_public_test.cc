// detector_public_test.cc: the graded tests of detector.h that students are given.
#include "lab4-failure/detector_model.h"

namespace judge
{
namespace
{

// ---- Part A ----

// A detector and its model, told the same.
struct Watch {
    Watch(Trial &trial, const detector_config &config)
        : t(&trial), seen(trial, config), model(config)
    {
    }
    void Asked(node_id node, uint64_t now_ms)
    {
        model.Asked(node, now_ms);
        t->ExpectCode(DYN_OK, seen.Asked(node, now_ms), "detector_asked");
    }
    void Heard(node_id node, uint64_t now_ms)
    {
        model.Heard(node);
        t->ExpectCode(DYN_OK, seen.Heard(node, now_ms), "detector_heard");
    }
    void Look(const std::vector<node_id> &nodes, uint64_t now_ms)
    {
        ExpectDetector(*t, seen, model, nodes, now_ms);
    }
    void Due(uint64_t now_ms, size_t capacity = 8)
    {
        ExpectDue(*t, &seen, &model, now_ms, capacity);
    }

    Trial *t;
    StudentDetector seen;
    DetectorModel model;
};

// Too early, and every slow answer sends requests to the wrong nodes; too late, and
// every request waits for one that is dead.
GRADED_TEST(Detector, SuspectsWhoLeavesAQuestionOpen,
            "A node is suspected when a question to it has been open for "
            "patience_ms, and no longer once something came from it.")
{
    Watch watch(t, {100, 50, 400});

    watch.Look({1}, 0);
    watch.Asked(1, 1000);
    for (const uint64_t now : {1000, 1099, 1100, 5000})
        watch.Look({1}, now);
    watch.Heard(1, 5001);
    watch.Look({1}, 5001);
    watch.Look({1}, 9000);
    watch.Asked(1, 9000);
    watch.Look({1}, 9099);
    watch.Heard(1, 9099);
    watch.Look({1}, 9200);
}

// A busy coordinator asks a dead node all the time: if each question set the clock
// back, it would never find out.
GRADED_TEST(Detector, CountsTheOldestOpenQuestion,
            "If a question is open already, it is that one which counts, and "
            "not one that is asked later.")
{
    Watch watch(t, {100, 50, 400});

    for (uint64_t now = 0; now <= 90; now += 30)
        watch.Asked(1, now);
    watch.Look({1}, 99);
    watch.Look({1}, 100);
    watch.Asked(1, 120);
    watch.Look({1}, 120);
    watch.Look({1}, 160);
}

GRADED_TEST(Detector, TellsNodesApart,
            "What one node answers says nothing of another.")
{
    Watch watch(t, {100, 50, 400});
    const std::vector<node_id> all = {1, 2, 3, 4, 7};

    watch.Asked(4, 0);
    watch.Asked(2, 10);
    watch.Asked(1, 20);
    watch.Heard(2, 30);
    watch.Heard(7, 40);
    watch.Look(all, 99);
    watch.Look(all, 100);
    watch.Look(all, 120);
    watch.Heard(4, 130);
    watch.Asked(2, 140);
    watch.Look(all, 141);
    watch.Look(all, 240);
}

// ---- Probes ----

// A rack that is off for a day must not be asked thousands of times a minute, and
// must be noticed soon when it is back.
GRADED_TEST(DetectorProbes, ComeLessAndLessOften,
            "The first probe is due probe_ms after the suspicion began, each "
            "later one after twice the time, but never more than "
            "probe_most_ms.")
{
    Watch watch(t, {100, 50, 300});

    watch.Due(0);
    watch.Asked(1, 1000);
    watch.Due(1100);
    watch.Due(1149);
    for (const uint64_t now :
         {1150, 1151, 1249, 1250, 1449, 1450, 1749, 1750, 2049, 2050, 2350}) {
        watch.Look({1}, now);
        watch.Due(now);
    }
    // From when it was named, not from when it could have been.
    watch.Due(2900);
    watch.Due(2950);
    watch.Due(3199);
    watch.Due(3200);
}

GRADED_TEST(DetectorProbes, StayDueIfThereIsNoRoom,
            "Probes are named in ascending order of the node, as many as "
            "there is room for; the others stay due.")
{
    Watch watch(t, {100, 50, 400});

    for (const node_id node : {5, 2, 9, 1, 7})
        watch.Asked(node, 0);
    watch.Due(150, 2);
    watch.Due(150, 2);
    watch.Due(160, 2);
    watch.Due(160, 2);
    // Those that were named early are due again before the last one.
    watch.Due(255, 3);
    watch.Due(400, 1);
    watch.Due(400, 4);
}

GRADED_TEST(DetectorProbes, BeginAnewOnceTheNodeWasHeard,
            "Whoever was heard is not probed any more; if it falls silent "
            "again, its probes begin as they did the first time.")
{
    Watch watch(t, {100, 50, 400});

    watch.Asked(1, 0);
    for (const uint64_t now : {150, 250, 450})
        watch.Due(now);
    watch.Heard(1, 460);
    watch.Look({1}, 460);
    watch.Due(2000);
    watch.Asked(1, 2000);
    for (const uint64_t now : {2149, 2150, 2249, 2250})
        watch.Due(now);
    // Nobody is probed who is merely slow.
    watch.Asked(2, 2300);
    watch.Heard(2, 2399);
    watch.Due(2600);
}

GRADED_TEST(DetectorProbes, AreToldBeforeTheyAreDue,
            "detector_next tells when the next probe of any node is due, also "
            "if that has passed.")
{
    Watch watch(t, {100, 50, 400});

    watch.Look({}, 0);
    watch.Asked(3, 40);
    watch.Look({}, 40);
    watch.Asked(1, 20 + 40);
    watch.Look({}, 60);
    watch.Due(190);
    watch.Look({}, 190);
    watch.Heard(1, 195);
    watch.Look({}, 195);
    watch.Look({}, 5000);
    watch.Heard(3, 5000);
    watch.Look({}, 5000);
}

GRADED_PROPERTY(Detector, IsRightAfterAnyHistory, 60,
                "Whatever was asked, heard and named before, the detector "
                "suspects and probes as its contract says.")
{
    const uint32_t probe = static_cast<uint32_t>(t.Between(1, 40));
    Watch watch(t, {static_cast<uint32_t>(t.Between(1, 60)), probe,
                    probe + static_cast<uint32_t>(t.Choose(200))});
    uint64_t now = t.Choose(1000);

    for (uint64_t steps = t.Choose(20); steps > 0; steps--) {
        const node_id node = static_cast<node_id>(t.Between(1, 4));

        switch (t.Choose(4)) {
        case 0:
            watch.Asked(node, now);
            break;
        case 1:
            watch.Heard(node, now);
            break;
        case 2:
            watch.Due(now, t.Between(1, 4));
            break;
        default:
            now += t.Choose(120);
        }
        watch.Look({1, 2, 3, 4}, now);
    }
}

GRADED_TEST(BadInput, DetectorRefusesWhatIsOutOfRange,
            "NULL pointers and numbers that are out of their ranges are "
            "refused with DYN_EINVAL, and nothing changes.")
{
    const uint32_t most = DETECTOR_MS_MAX;
    const detector_config bad[] = {
        {0, 50, 400},        {100, 0, 400},
        {100, 50, 0},        {100, 50, 49},
        {most + 1, 50, 400}, {100, most + 1, most + 1},
        {100, 50, most + 1}, {UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    std::vector<node_id> nodes;

    for (const detector_config &config : bad)
        t.ExpectCode(DYN_EINVAL, StudentDetector::Refused(t, config),
                     "detector_open");
    Watch watch(t, {1, 1, 1}), wide(t, {most, most, most});
    watch.Asked(1, 0);
    t.ExpectCode(DYN_EINVAL, watch.seen.Due(10, 0, &nodes),
                 "detector_due without room for any node");
    watch.Due(10);
    wide.Asked(1, 1);
    wide.Look({1}, most);
    wide.Look({1}, 1 + most);
    wide.Due(2 * most);
    wide.Due(2 * most + 1);
    ExpectDetectorNullsRefused(t);
}

} // namespace
} // namespace judge
