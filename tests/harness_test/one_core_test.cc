// one_core_test.cc: judges that run at once stay on cores of their own.
#include "harness/one_core.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{

// A process that stays on a core, and lives until it is told to end.
struct Staying {
    pid_t pid;
    cpu_set_t cores;
};

// Names that no judge takes that runs beside.
Staying Stay()
{
    static const std::string name = "test-" + std::to_string(getpid());
    int told[2];
    Staying it = {};

    EXPECT_EQ(0, pipe(told));
    it.pid = fork();
    if (it.pid == 0) {
        judge::StayOnOneCore(name);
        close(told[0]);
        cpu_set_t cores;
        sched_getaffinity(0, sizeof cores, &cores);
        if (write(told[1], &cores, sizeof cores) == sizeof cores)
            pause();
        _exit(1);
    }
    close(told[1]);
    EXPECT_EQ(ssize_t{sizeof it.cores},
              read(told[0], &it.cores, sizeof it.cores));
    close(told[0]);
    return it;
}

void End(const Staying &it)
{
    kill(it.pid, SIGKILL);
    waitpid(it.pid, nullptr, 0);
}

TEST(OneCore, IsAnotherForEachThatStays)
{
    cpu_set_t all, taken, both;
    std::vector<Staying> each;

    CPU_ZERO(&taken);
    ASSERT_EQ(0, sched_getaffinity(0, sizeof all, &all));
    for (int i = 0; i < CPU_COUNT(&all); i++) {
        each.push_back(Stay());
        EXPECT_EQ(1, CPU_COUNT(&each.back().cores));
        CPU_AND(&both, &taken, &each.back().cores);
        EXPECT_EQ(0, CPU_COUNT(&both));
        CPU_OR(&taken, &taken, &each.back().cores);
    }
    // Who finds none may run on all.
    const Staying late = Stay();
    EXPECT_TRUE(CPU_EQUAL(&all, &late.cores));
    End(late);
    // A core is free again when who stayed on it has ended.
    End(each.back());
    const Staying next = Stay();
    EXPECT_TRUE(CPU_EQUAL(&each.back().cores, &next.cores));
    each.back() = next;
    for (const Staying &it : each)
        End(it);
}

} // namespace
