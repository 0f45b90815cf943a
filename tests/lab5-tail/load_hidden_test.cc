// load_hidden_test.cc: the graded tests of load.h that only instructors have.
#include "harness/refusals.h"
#include "lab5-tail/load_model.h"

namespace judge
{
namespace
{

// ---- Part B ----

GRADED_TEST(Load, KnowsTheLargestNumbers,
            "Times, requests and connections may be as large as the contract "
            "says.")
{
    const uint64_t begin = (uint64_t{1} << 63) - 1 - 5'000'000'000'000'000;
    const uint64_t many = LOAD_REQUESTS_MAX;
    LoadTwin load(t, {begin, LOAD_US_MAX, many, LOAD_CONNECTIONS_MAX});

    load.Late(begin - 1);
    load.Next();
    load.SendAll(begin);
    for (const uint64_t requests : {many - 1, many})
        load.Late(begin + requests * LOAD_US_MAX);
    // Up to those whose times, from the first on, are beyond 2^32 us.
    for (int i = 0; i < 1300; i++)
        load.Due(begin + many * LOAD_US_MAX);
    load.Answer(1, begin + many * LOAD_US_MAX);
    load.Answer(1299, begin + many * LOAD_US_MAX);
    load.Due(begin + many * LOAD_US_MAX);
    load.Next();
    load.ExpectLatency();
    load.ExpectService();
}

GRADED_TEST(Load, FillsAllConnections,
            "As many requests are open as there are connections, and no more.")
{
    const uint32_t connections = 300;
    LoadTwin load(t, {0, 1, 1000, connections});

    load.SendAll(5000);
    load.Late(5000);
    for (uint32_t connection = 0; connection < connections; connection += 7)
        load.Answer(connection, 6000);
    load.Next();
    load.SendAll(6001);
    load.Late(6001);
    load.ExpectLatency();
}

GRADED_TEST(LoadMemory, ChangesNothingWhereThereIsNone,
            "A call that gets no memory returns DYN_ENOMEM, and changes "
            "nothing: an answer that is refused has not come.")
{
    LoadTwin load(t, {0, 100, 10, 2});
    std::optional<StudentLoad> made;

    FailEach(
        t, "load_open",
        [&] {
            return StudentLoad::Open(t, {0, 100, 10, 20}, &made);
        },
        [] {});
    // It got all that it needs.
    t.Expect(made->Due(0).has_value(), "request 0 leaves at 0 us",
             "nothing leaves");
    t.ExpectCode(DYN_OK, made->Answered(0, 50), "load_answered");
    t.Expect(made->Latency().Count() == 1 && made->Service().Count() == 1,
             "both histograms to count one request", "another number");
    for (uint64_t i = 0; i < 8; i++) {
        const uint64_t left = 100 * i + 30, now = left + 2 * i;

        load.Due(left);
        FailEach(
            t, "load_answered", [&] { return load.seen.Answered(0, now); },
            [&] {
                load.ExpectLatency();
                load.ExpectService();
            });
        load.model.Answered(0, now);
    }
    load.ExpectLatency();
    load.ExpectService();
}

} // namespace
} // namespace judge
