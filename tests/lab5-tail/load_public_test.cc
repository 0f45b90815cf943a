// load_public_test.cc: the graded tests of load.h that students are given.
#include "harness/refusals.h"
#include "lab5-tail/load_model.h"

#include <queue>

namespace judge
{
namespace
{

// ---- Part B ----

// A caller is never there at the very microsecond.
GRADED_TEST(Load, KeepsToTheTimesAtWhichRequestsAreMeantToLeave,
            "Request i is meant to leave at begin_us + i * interval_us, "
            "however late the ones before it left.")
{
    LoadTwin load(t, {1000, 100, 6, 8});

    load.Next();
    for (const uint64_t now : {900, 999, 1000, 1099, 1170, 1199, 1205, 1290,
                               1300, 1399, 1400, 1499, 1500, 1600}) {
        load.SendAll(now);
        load.Next();
    }
}

GRADED_TEST(Load, SendsLateRatherThanNever,
            "A request that finds no connection free leaves as soon as one "
            "is: requests leave in their order, and none is left out.")
{
    LoadTwin load(t, {0, 100, 7, 2});

    for (const uint64_t now : {0, 100, 200, 300, 400}) {
        load.SendAll(now);
        load.Next();
    }
    load.Answer(1, 450);
    load.Next();
    load.SendAll(450);
    load.Answer(0, 460);
    load.Answer(1, 460);
    load.SendAll(461);
    load.Next();
    load.Answer(0, 700);
    load.SendAll(701);
    load.Answer(0, 710);
    load.SendAll(711);
    load.Answer(1, 720);
    load.Next();
    load.SendAll(5000);
}

GRADED_TEST(Load, TakesTheFreeConnectionOfTheLowestNumber,
            "A request leaves on the free connection of the lowest number, "
            "and no connection carries two.")
{
    LoadTwin load(t, {0, 10, 9, 4});

    load.SendAll(30);
    load.Answer(2, 31);
    load.Answer(0, 32);
    load.Answer(0, 33);
    load.Due(50);
    load.Answer(3, 51);
    load.Answer(0, 52);
    load.SendAll(80);
}

GRADED_TEST(Load, TellsHowManyAreLate,
            "load_late tells how many requests were meant to have left by now "
            "and have not.")
{
    LoadTwin load(t, {500, 100, 5, 1});

    load.Late(0);
    load.Late(499);
    load.Late(500);
    load.SendAll(500);
    for (const uint64_t now : {500, 599, 600, 799, 800})
        load.Late(now);
    load.Answer(0, 810);
    load.SendAll(810);
    load.Late(810);
    for (const uint64_t now : {900, 1000, 100000})
        load.Late(now);
}

GRADED_TEST(LoadLatency, CountsFromWhenARequestWasMeantToLeave,
            "What a request took is counted from the time at which it was "
            "meant to leave to its answer.")
{
    LoadTwin load(t, {0, 100, 8, 1});

    load.SendAll(0);
    load.Answer(0, 40);
    load.SendAll(130);
    // The store stalls.
    load.Answer(0, 950);
    for (uint64_t now = 960; now < 1020; now += 10) {
        load.SendAll(now);
        load.Answer(0, now + 7);
    }
    load.ExpectLatency();
}

GRADED_TEST(LoadService, CountsFromWhenARequestLeft,
            "What the store took for a request is counted from when it left "
            "to its answer, also if it left late.")
{
    LoadTwin load(t, {0, 100, 5, 2});

    load.SendAll(160);
    load.Answer(1, 400);
    load.SendAll(410);
    load.Answer(0, 415);
    load.ExpectService();
    load.SendAll(500);
    load.Answer(0, 501);
    load.Answer(1, 777);
    load.SendAll(790);
    load.Answer(0, 1000);
    load.ExpectService();
    load.ExpectLatency();
}

// A store that answers in their order, one at a time, in 50 us, and does nothing
// for a while in between.
GRADED_TEST(LoadLatency, TellsOfAStall,
            "While a store stalls, requests keep coming: a stall of a tenth of "
            "the time makes a tenth of all requests wait.")
{
    const load_config config = {0, 100, 1000, 4};
    LoadTwin load(t, config);
    std::queue<uint32_t> open;
    uint64_t done_us = 0; // when the store has done all that it got before

    for (uint64_t now = 0; now < 150000; now += 50) {
        if (!open.empty() && now >= done_us) {
            load.Answer(open.front(), now);
            open.pop();
            done_us = now + 50;
        }
        if (now == 40000)
            done_us = 50000;
        const std::optional<Departure> departed = load.seen.Due(now);
        const std::optional<Departure> right = load.model.Due(now);
        t.Expect(departed.has_value() == right.has_value() &&
                     (!right || departed->connection == right->connection),
                 right ? "request " + std::to_string(right->request) +
                             " leaves at " + std::to_string(now) + " us"
                       : "nothing leaves at " + std::to_string(now) + " us",
                 departed ? "request " + std::to_string(departed->request) +
                                " leaves"
                          : "nothing leaves");
        if (right) {
            if (open.empty() && now >= done_us)
                done_us = now + 50;
            open.push(right->connection);
        }
    }
    load.ExpectLatency();
    load.ExpectService();
}

GRADED_PROPERTY(Load, IsRightWhateverTheStoreDoes, 60,
                "Whenever the caller asks and the store answers, requests "
                "leave in their order when they are meant to or as soon as "
                "they can, and all that was answered is measured.")
{
    const uint32_t connections = static_cast<uint32_t>(t.Between(1, 4));
    const uint64_t requests = t.Between(1, 20);
    LoadTwin load(t,
                  {t.Choose(1000), t.Between(1, 100), requests, connections});
    uint64_t now = load.model.Meant(0);

    for (uint64_t steps = t.Choose(40); steps > 0; steps--) {
        switch (t.Choose(5)) {
        case 0:
            load.Answer(static_cast<uint32_t>(t.Choose(connections)), now);
            break;
        case 1:
            load.Late(now);
            load.Next();
            break;
        case 2:
            load.Due(now);
            break;
        case 3:
            load.SendAll(now);
            break;
        default:
            now += t.Choose(300);
        }
    }
    load.Next();
    load.ExpectLatency();
    load.ExpectService();
}

GRADED_TEST(BadInput, LoadRefusesWhatIsOutOfRange,
            "NULL pointers, numbers out of their ranges and connections that "
            "there are none of are refused with DYN_EINVAL, answers to "
            "nothing with DYN_ENOENT, and nothing changes.")
{
    const uint64_t late = uint64_t{1} << 63;

    for (const load_config &config :
         {load_config{late, 1, 1, 1}, load_config{0, 0, 1, 1},
          load_config{0, LOAD_US_MAX + 1, 1, 1}, load_config{0, 1, 0, 1},
          load_config{0, 1, LOAD_REQUESTS_MAX + 1, 1}, load_config{0, 1, 1, 0},
          load_config{0, 1, 1, LOAD_CONNECTIONS_MAX + 1}})
        t.ExpectCode(DYN_EINVAL, StudentLoad::Open(t, config), "load_open");
    LoadTwin load(t, {0, 100, 3, 2});
    load.SendAll(0);
    for (const uint32_t connection : {2u, UINT32_MAX})
        t.ExpectCode(DYN_EINVAL, load.seen.Answered(connection, 10),
                     "load_answered");
    load.Answer(1, 20);
    load.Answer(0, 30);
    load.Answer(0, 40);
    load.SendAll(250);
    load.ExpectLatency();
    load.ExpectService();
    ExpectLoadNullsRefused(t);
}

} // namespace
} // namespace judge
