// check_quorum_sizes_test.cc: an answer that came too early is noticed in every
// run, and no way of building a right register is taken for one.
#include "check/quorum_sizes.h"

#include "harness/contract.h"

#include <gtest/gtest.h>

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Ids = std::vector<int>;

// A trace, event by event, as a world writes it.
class Story
{
  public:
    Trace trace;

    Story(uint64_t r, uint64_t w)
    {
        trace.run.r = r;
        trace.run.w = w;
    }

    TraceEvent &Event(const std::string &kind, uint64_t node)
    {
        TraceEvent event;

        event.number = trace.events.size();
        event.kind = kind;
        event.n = node;
        trace.events.push_back(event);
        return trace.events.back();
    }

    // A client asks, and the request arrives.
    void Ask(uint64_t op, uint64_t node, const std::string &action,
             const std::string &value = "")
    {
        TraceEvent &invoke = Event("invoke", node);
        invoke.op = op;
        invoke.client = 1;
        invoke.action = action;
        invoke.key = "x";
        if (action == "put")
            invoke.value = value;
        TraceEvent &request = Event("request", node);
        request.op = op;
        request.request = 100 + op;
    }

    void Reply(uint64_t op, uint64_t node, int code = DYN_OK)
    {
        TraceEvent &reply = Event("reply", node);
        reply.op = op;
        reply.request = 100 + op;
        reply.code = code;
    }

    uint64_t Send(uint64_t from, uint64_t to, const std::string &label,
                  const std::string &version = "",
                  const std::string &value = "")
    {
        TraceEvent &send = Event("send", from);
        send.to = to;
        send.m = next_message_++;
        send.label = label;
        send.operation = 7;
        send.key = "x";
        if (!version.empty())
            send.version = version;
        if (!value.empty())
            send.value = value;
        return *send.m;
    }

    void Receive(uint64_t node, uint64_t from, uint64_t message)
    {
        TraceEvent &recv = Event("recv", node);
        recv.from = from;
        recv.m = message;
    }

    uint64_t Copy(uint64_t message)
    {
        TraceEvent &copy = Event("copy", 0);
        copy.n.reset();
        copy.m = next_message_++;
        copy.of = message;
        return *copy.m;
    }

    void Keep(uint64_t node) // puts into its store, durably
    {
        Event("put", node).key = "whatever";
        Event("sync", node);
    }

    // A message there and back: `node` is told to store, does so, and says so.
    void Store(uint64_t coordinator, uint64_t node, const std::string &version,
               const std::string &value, bool keeps = true)
    {
        Receive(node, coordinator,
                Send(coordinator, node, "store", version, value));
        if (keeps)
            Keep(node);
        Receive(coordinator, node, Send(node, coordinator, "stored", version));
    }

    void Read(uint64_t coordinator, uint64_t node, const std::string &version,
              const std::string &value)
    {
        Receive(node, coordinator, Send(coordinator, node, "read?"));
        Receive(coordinator, node,
                Send(node, coordinator, "value", version, value));
    }

    Finding Check(const QuorumSetting &setting = {}) const
    {
        return QuorumSizes(trace, setting);
    }

  private:
    uint64_t next_message_ = 0;
};

void Broken(const Story &run, const std::string &text, int op,
            const QuorumSetting &setting = {})
{
    const Finding finding = run.Check(setting);

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.text, text);
    EXPECT_EQ(finding.operations, Ids{op});
    EXPECT_EQ(finding.at, run.trace.events.back().number);
}

void Holds(const Story &run, const QuorumSetting &setting = {})
{
    const Finding finding = run.Check(setting);

    EXPECT_EQ(finding.verdict, Verdict::Holds) << finding.text;
    EXPECT_EQ(finding.text, "");
}

// ---- Puts ----

TEST(QuorumSizes, CountsTheCoordinatorThatTalksToItself)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    run.Store(1, 2, "1.1", "a");
    run.Reply(3, 1);
    Holds(run);
}

TEST(QuorumSizes, CountsTheCoordinatorThatStoresForItself)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Event("put", 1).key = "k";
    const uint64_t m = run.Send(1, 2, "store", "1.1", "a");
    run.Event("sync", 1); // a world syncs before a send; any time will do here
    run.Receive(2, 1, m);
    run.Keep(2);
    run.Receive(1, 2, run.Send(2, 1, "stored", "1.1"));
    run.Reply(3, 1);
    Holds(run);
}

TEST(QuorumSizes, LetsTheCoordinatorAloneSufficeForAWOfOne)
{
    Story run(1, 1);

    run.Ask(3, 1, "put", "");
    run.Keep(1);
    run.Reply(3, 1);
    Holds(run);
}

TEST(QuorumSizes, TellsOfAPutThatIsAnsweredTooEarly)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 2, "1.1", "a");
    run.Reply(3, 1);
    Broken(run,
           "n1 answered op 3 (put x \"a\") with DYN_OK at #8, but W is 2 and "
           "it could know of only 1 replica (n2) that version 1.1 or a higher "
           "one was durable there",
           3);
}

TEST(QuorumSizes, CountsEachNodeOnce)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Receive(2, 1, run.Send(1, 2, "store", "1.1", "a"));
    run.Keep(2);
    const uint64_t m = run.Send(2, 1, "stored", "1.1");
    const uint64_t twin = run.Copy(m);
    run.Receive(1, 2, m);
    run.Receive(1, 2, twin);
    run.Reply(3, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, TakesACopyForItsOriginal)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Keep(1);
    run.Receive(2, 1, run.Copy(run.Send(1, 2, "store", "1.1", "a")));
    run.Keep(2);
    run.Receive(1, 2, run.Copy(run.Send(2, 1, "stored", "1.1")));
    run.Reply(3, 1);
    Holds(run);
}

TEST(QuorumSizes, DoesNotCountAnAnswerThatIsStillOnItsWay)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    run.Receive(2, 1, run.Send(1, 2, "store", "1.1", "a"));
    run.Keep(2);
    run.Send(2, 1, "stored", "1.1");
    run.Reply(3, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, TellsOfANodeThatSaysStoredAndDidNot)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    run.Store(1, 2, "1.1", "a", false);
    run.Reply(3, 1);
    Broken(run,
           "n1 answered op 3 (put x \"a\") with DYN_OK at #12, but W is 2 and "
           "it could know of only 1 replica (n1) that version 1.1 or a higher "
           "one was durable there; n2 sent \"stored\" at #10 without having "
           "stored anything since it heard of that version",
           3);
    Holds(run, {0, 0, {}, {2}}); // it is a liar: that was to be expected
}

TEST(QuorumSizes, DoesNotCountWhatIsNotSynced)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    const uint64_t m = run.Send(1, 2, "store", "1.1", "a");
    run.Receive(2, 1, m);
    run.Event("put", 2);
    run.Receive(1, 2, run.Send(2, 1, "stored", "1.1"));
    run.Event("sync", 2);
    run.Reply(3, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, DoesNotCountWhatACrashUndid)
{
    for (const uint64_t lost : {0, 1}) {
        Story run(2, 2);

        run.Ask(3, 1, "put", "a");
        run.Store(1, 1, "1.1", "a");
        const uint64_t m = run.Send(1, 2, "store", "1.1", "a");
        run.Receive(2, 1, m);
        run.Event("put", 2);
        run.Event("crash", 2).lost = lost;
        run.Event("open", 2);
        // It says so again, though after a loss it has nothing.
        run.Receive(2, 1, run.Copy(m));
        run.Event("sync", 2);
        run.Receive(1, 2, run.Send(2, 1, "stored", "1.1"));
        run.Reply(3, 1);
        EXPECT_EQ(run.Check().verdict,
                  lost == 0 ? Verdict::Holds : Verdict::Broken);
    }
}

TEST(QuorumSizes, CountsANodeThatHoldsAHigherVersionAlready)
{
    Story run(2, 2);

    // Node 3 writes for itself first and tells the others later.
    run.Ask(2, 3, "put", "b");
    run.Event("put", 3);
    const uint64_t later = run.Send(3, 2, "store", "1.3", "b");
    run.Event("sync", 3);
    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    run.Store(1, 3, "1.1", "a", false); // 1.3 is higher
    run.Reply(3, 1);
    Holds(run);
    // Node 2 learned of 1.3 by a message, and keeps nothing for a lower one.
    run.Receive(2, 3, later);
    run.Keep(2);
    run.Ask(4, 1, "put", "c");
    run.Store(1, 2, "1.2", "c", false);
    run.Store(1, 3, "1.2", "c", false);
    run.Reply(4, 1);
    Holds(run);
}

TEST(QuorumSizes, DoesNotCountWhoHoldsALowerVersion)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "2.1", "a");
    run.Receive(2, 1, run.Send(1, 2, "version?"));
    run.Keep(2);
    run.Receive(1, 2, run.Send(2, 1, "version", "1.3"));
    run.Reply(3, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, CountsOnlyWhatTheCoordinatorWasTold)
{
    Story run(2, 2);

    // Node 2 holds it, but said so of something older only.
    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "2.1", "a");
    run.Receive(2, 1, run.Send(1, 2, "store", "2.1", "a"));
    run.Keep(2);
    run.Receive(1, 2, run.Send(2, 1, "stored", "1.3"));
    run.Reply(3, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, CountsANodeThatOnlyHeardOfAHigherVersion)
{
    Story run(2, 2);

    run.Store(4, 3, "5.4", "b");
    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    run.Read(1, 3, "5.4", "b");
    run.Reply(3, 1);
    Holds(run);
}

TEST(QuorumSizes, DoesNotCountAnEarlierPutOfTheSameValue)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    run.Store(1, 2, "1.1", "a");
    run.Reply(3, 1);
    Holds(run);
    run.Ask(4, 1, "put", "a");
    run.Reply(4, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, ComparesVersionsAsNumbers)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "10.1", "a");
    run.Send(1, 2, "store", "10.1", "a");
    run.Receive(2, 1, run.Send(1, 2, "read?"));
    run.Keep(2);
    run.Receive(1, 2, run.Send(2, 1, "value", "9.3", "z"));
    run.Reply(3, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, CountsReplicasOnlyWhereTheyAreKnown)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Store(1, 1, "1.1", "a");
    run.Store(1, 2, "1.1", "a");
    run.Reply(3, 1);
    Holds(run, {0, 0, {{"y", {5}}}, {}});
    Broken(run,
           "n1 answered op 3 (put x \"a\") with DYN_OK at #14, but W is 2 and "
           "it could know of only 1 replica (n2) that version 1.1 or a higher "
           "one was durable there",
           3, {0, 0, {{"x", {2, 3}}}, {}});
}

TEST(QuorumSizes, TellsOfAPutThatNobodyWasToldOf)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Reply(3, 1);
    Broken(
        run,
        "n1 answered op 3 (put x \"a\") with DYN_OK at #2, but W is 2 and it "
        "had sent no \"store\" with that value, nor stored anything itself",
        3);
}

TEST(QuorumSizes, DemandsNothingOfAnswersThatFail)
{
    Story run(2, 2);

    run.Ask(3, 1, "put", "a");
    run.Reply(3, 1, DYN_EUNAVAILABLE);
    run.Ask(4, 1, "get");
    run.Reply(4, 1, DYN_EUNAVAILABLE);
    Holds(run);
}

// ---- Gets ----

TEST(QuorumSizes, LetsAGetCountItsCoordinator)
{
    Story run(2, 2);

    run.Ask(5, 1, "get");
    run.Read(1, 3, "", "");
    run.Reply(5, 1);
    Holds(run);
}

TEST(QuorumSizes, TellsOfAGetThatIsAnsweredTooEarly)
{
    Story run(3, 2);

    run.Ask(5, 1, "get");
    run.Read(1, 3, "1.1", "a");
    run.Reply(5, 1);
    Broken(run,
           "n1 answered op 5 (get x) with DYN_OK at #6, but R is 3 and, since "
           "it was asked, it can have learned of only 2 replicas (n1 and n3), "
           "counting itself, what is held there",
           5);
    Broken(run,
           "n1 answered op 5 (get x) with DYN_OK at #6, but R is 2 and, since "
           "it was asked, it can have learned of only 1 replica (n3) what is "
           "held there",
           5, {2, 2, {{"x", {2, 3, 4}}}, {}});
}

TEST(QuorumSizes, DoesNotCountAnswersFromBeforeTheGet)
{
    Story run(2, 2);

    run.Receive(3, 1, run.Send(1, 3, "read?"));
    const uint64_t old = run.Send(3, 1, "value", "1.1", "a");
    run.Ask(5, 1, "get");
    run.Receive(1, 3, old);
    run.Receive(1, 3, run.Copy(old));
    run.Reply(5, 1);
    EXPECT_EQ(run.Check().verdict, Verdict::Broken);
}

TEST(QuorumSizes, LetsGetsShareAnswersThatAreNewEnough)
{
    Story run(2, 2);

    run.Ask(5, 1, "get");
    run.Ask(6, 1, "get");
    run.Read(1, 3, "1.1", "a");
    run.Reply(5, 1);
    run.Reply(6, 1);
    Holds(run);
}

// ---- What comes in ----

TEST(QuorumSizes, ReadsATraceAsWritten)
{
    const Trace trace = ReadTrace(
        R"({"trace":1,"world":"direct","program":"register","nodes":[1,2,3],"n":3,"r":2,"w":2,"f":0}
{"e":"invoke","t":0,"i":0,"n":1,"op":0,"client":0,"do":"put","key":"x","value":"a"}
{"e":"request","t":0,"i":1,"n":1,"op":0,"request":1}
{"e":"send","t":0,"i":2,"n":1,"to":2,"m":0,"kind":"store","operation":0,"key":"x","version":"1.1","value":"a"}
{"e":"recv","t":5,"i":3,"n":2,"from":1,"m":0}
{"e":"put","t":5,"i":4,"n":2,"key":"kx","value":"..."}
{"e":"sync","t":5,"i":5,"n":2}
{"e":"send","t":5,"i":6,"n":2,"to":1,"m":1,"kind":"stored","operation":0,"key":"x","version":"1.1"}
{"e":"recv","t":9,"i":7,"n":1,"from":2,"m":1}
{"e":"reply","t":9,"i":8,"n":1,"op":0,"request":1,"code":0,"values":[]}
)");

    EXPECT_EQ(QuorumSizes(trace).verdict, Verdict::Broken);
    EXPECT_EQ(QuorumSizes(trace, {2, 1, {}, {}}).verdict, Verdict::Holds);
}

TEST(QuorumSizes, IsUndecidedWithoutSizes)
{
    EXPECT_EQ(Story(0, 2).Check().verdict, Verdict::Undecided);
    EXPECT_EQ(Story(2, 0).Check().verdict, Verdict::Undecided);
    EXPECT_EQ(Story(2, 0).Check({1, 1, {}, {}}).verdict, Verdict::Holds);
}

TEST(QuorumSizes, BearsATraceThatMakesNoSense)
{
    Story run(1, 1);

    run.Receive(1, 2, 99);
    run.Copy(98);
    run.Reply(7, 1);
    for (const char *kind : {"send", "recv", "copy", "put", "sync", "crash",
                             "invoke", "request", "reply", "return"}) {
        TraceEvent event;
        event.kind = kind;
        event.code = 0;
        run.trace.events.push_back(event);
    }
    run.Send(1, 2, "stored", "no version");
    run.Send(1, 2, "stored", "99999999999999999999.1");
    run.Event("crash", 1).lost = 1000;
    Holds(run);
}

} // namespace
} // namespace judge
