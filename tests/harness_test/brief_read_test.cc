// brief_read_test.cc: a read that waits, and ends.
#include "harness/brief_read.h"

#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace judge
{
namespace
{

class BriefRead : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    }

    void TearDown() override
    {
        close(ends_[0]);
        close(ends_[1]);
    }

    // What came, or the error's name.
    std::string Read()
    {
        char buffer[64];
        const ssize_t got = ReadBriefly(ends_[0], buffer, sizeof buffer);

        if (got < 0)
            return errno == EAGAIN ? "EAGAIN" : "another error";
        return std::string(buffer, static_cast<size_t>(got));
    }

    bool Blocks() const
    {
        return (fcntl(ends_[0], F_GETFL) & O_NONBLOCK) == 0;
    }

    int ends_[2];
};

TEST_F(BriefRead, TakesWhatIsThere)
{
    ASSERT_EQ(write(ends_[1], "abc", 3), 3);
    EXPECT_EQ(Read(), "abc");
}

TEST_F(BriefRead, GivesUpAndLeavesTheDescriptorAsItWas)
{
    for (int i = 0; i < 20; i++) {
        EXPECT_EQ(Read(), "EAGAIN");
        EXPECT_TRUE(Blocks());
    }
    ASSERT_EQ(write(ends_[1], "abc", 3), 3);
    EXPECT_EQ(Read(), "abc");
}

TEST_F(BriefRead, TellsTheEnd)
{
    close(ends_[1]);
    EXPECT_EQ(Read(), "");
    ends_[1] = -1;
}

// A child has no timer of its parent's, though one was to go off just then.
TEST_F(BriefRead, GivesUpInAChildToo)
{
    ASSERT_EQ(write(ends_[1], "abc", 3), 3);
    EXPECT_EQ(Read(), "abc");
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0)
        _exit(Read() == "EAGAIN" && Read() == "EAGAIN" ? 0 : 1);
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

// Bytes that come just when the timer goes off are neither lost nor read twice.
TEST_F(BriefRead, LosesNothingThatComesAsItGivesUp)
{
    constexpr int kBytes = 200;
    const pid_t child = fork();

    ASSERT_GE(child, 0);
    if (child == 0) {
        for (int i = 0; i < kBytes; i++) {
            usleep(4900 + static_cast<useconds_t>(i));
            if (write(ends_[1], i % 2 == 0 ? "a" : "b", 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    std::string all;
    while (all.size() < kBytes) {
        const std::string got = Read();
        if (got != "EAGAIN")
            all += got;
        EXPECT_TRUE(Blocks());
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    for (size_t i = 0; i < all.size(); i++)
        ASSERT_EQ(all[i], i % 2 == 0 ? 'a' : 'b') << "at " << i;
}

} // namespace
} // namespace judge
