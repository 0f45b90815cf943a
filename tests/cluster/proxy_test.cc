// proxy_test.cc: what the proxy does to frames, with both ends in hand.
#include "cluster/raw_connection.h"
#include "harness/cluster/await.h"
#include "harness/cluster/proxy.h"

#include <chrono>
#include <gtest/gtest.h>

namespace judge
{
namespace
{

constexpr node_id kFrom = 1, kTo = 2;

// A source and a target with the proxy between them. Messages are one letter.
class ProxyTest : public testing::Test
{
  protected:
    ProxyTest()
        : source_(Port()),
          target_((source_.Send(GreetingBytes(kFrom)), listener_.Accept()))
    {
        EXPECT_EQ(GreetingBytes(kFrom),
                  target_.Receive(GreetingBytes(0).size()));
        Await("the link stands", [&] { return proxy_.Connected(kFrom, kTo); });
    }

    uint16_t Port()
    {
        proxy_.Lead(kTo, listener_.Port());
        return proxy_.Open(kTo);
    }

    void Send(const std::string &letters)
    {
        std::string bytes;

        for (const char letter : letters)
            bytes += FrameBytes(++number_, std::string(1, letter));
        source_.Send(bytes);
    }

    // The letters of so many frames.
    std::string Receive(size_t frames)
    {
        const size_t size = FrameBytes(0, "a").size();
        const std::string bytes = target_.Receive(frames * size);
        std::string letters;

        for (size_t at = size; at <= bytes.size(); at += size)
            letters += bytes[at - 1];
        return letters;
    }

    void AwaitArrived(uint64_t count)
    {
        Await("the proxy has all",
              [&] { return proxy_.Counts(kFrom, kTo).arrived == count; });
    }

    Proxy proxy_;
    RawListener listener_;
    RawConnection source_, target_;
    uint64_t number_ = 0;
};

TEST_F(ProxyTest, PassesFramesOnUnchangedAndInOrder)
{
    std::string all;

    for (int i = 0; i < 500; i++)
        all += static_cast<char>('a' + i % 26);
    Send(all);
    EXPECT_EQ(all, Receive(all.size()));
    EXPECT_EQ(500u, proxy_.Counts(kFrom, kTo).delivered);
    EXPECT_EQ(0u, proxy_.Counts(kFrom, kTo).lost);
}

// Bytes come as TCP likes, not as frames.
TEST_F(ProxyTest, PutsFramesTogetherFromSingleBytes)
{
    for (const char byte : FrameBytes(1, "a") + FrameBytes(2, "b"))
        source_.Send(std::string(1, byte));
    EXPECT_EQ("ab", Receive(2));
}

TEST_F(ProxyTest, DropsDoublesAndSwapsTheFramesThatItIsTold)
{
    proxy_.Record();
    proxy_.Fault(kFrom, kTo, FrameFault::Drop, 2);
    proxy_.Fault(kFrom, kTo, FrameFault::Double, 3);
    proxy_.Fault(kFrom, kTo, FrameFault::Swap, 5);
    Send("abcdefg");
    EXPECT_EQ("accdfeg", Receive(7));
    const auto events = proxy_.TakeEvents();
    ASSERT_EQ(2u, events.size());
    EXPECT_EQ(ProxyEvent::Kind::LoseFault, events[0].kind);
    EXPECT_EQ(2u, events[0].number);
    EXPECT_EQ(ProxyEvent::Kind::Double, events[1].kind);
    EXPECT_EQ(3u, events[1].number);
}

// A swap with nothing to change places with must not keep the message.
TEST_F(ProxyTest, DeliversASwappedFrameThatNoneFollows)
{
    proxy_.Fault(kFrom, kTo, FrameFault::Swap);
    Send("a");
    EXPECT_EQ("a", Receive(1));
}

TEST_F(ProxyTest, LosesWhatIsSentAndOnItsWayWhileItIsCut)
{
    proxy_.Delay(kFrom, kTo, 50);
    Send("a");
    AwaitArrived(1);
    proxy_.Cut(kFrom, kTo);
    Send("b");
    Await("both are lost", [&] { return proxy_.Counts(kFrom, kTo).lost == 2; });
    proxy_.Join(kFrom, kTo);
    proxy_.Delay(kFrom, kTo, 0);
    Send("c");
    EXPECT_EQ("c", Receive(1));
    EXPECT_TRUE(proxy_.Connected(kFrom, kTo));
}

// The other way round nothing was said of.
TEST_F(ProxyTest, CutsNoOtherLink)
{
    proxy_.Cut(kTo, kFrom);
    proxy_.Cut(3, kTo);
    Send("a");
    EXPECT_EQ("a", Receive(1));
}

TEST_F(ProxyTest, DelaysInOrder)
{
    const auto before = std::chrono::steady_clock::now();

    proxy_.Delay(kFrom, kTo, 40);
    Send("a");
    AwaitArrived(1);
    proxy_.Delay(kFrom, kTo, 0);
    Send("b");
    EXPECT_EQ("ab", Receive(2));
    EXPECT_GE(std::chrono::steady_clock::now() - before,
              std::chrono::milliseconds(39));
}

TEST_F(ProxyTest, EndsTheOtherSideToo)
{
    Send("a");
    {
        const RawConnection gone = std::move(source_);
    }
    EXPECT_EQ(FrameBytes(1, "a"), target_.ReceiveAll());
    EXPECT_FALSE(proxy_.Connected(kFrom, kTo));
}

TEST_F(ProxyTest, EndsTheSourceWhenTheTargetIsGone)
{
    {
        const RawConnection gone = std::move(target_);
    }
    EXPECT_EQ("", source_.ReceiveAll());
}

TEST_F(ProxyTest, RefusesWhatIsNoFrame)
{
    source_.Send(std::string(64, '\xff'));
    EXPECT_EQ("", source_.ReceiveAll());
    RawConnection stranger(proxy_.Open(3));
    stranger.Send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ("", stranger.ReceiveAll());
}

// A target that reads nothing must not fill the memory.
TEST_F(ProxyTest, StopsReadingWhenTheTargetDoes)
{
    const std::string large(1 << 20, 'x');
    bool blocked = false;

    for (int i = 0; i < 64 && !blocked; i++)
        blocked = !source_.TrySend(FrameBytes(++number_, large));
    EXPECT_TRUE(blocked);
}

} // namespace
} // namespace judge
