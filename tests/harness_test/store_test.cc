// store_test.cc: the local stores (labs/store), each against a std::map.
#include "harness/contract.h"

extern "C" {
#include "dynamo/prng.h"
#include "store/memory.h"
}

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace
{

using Map = std::map<std::string, std::string>;
using Engines = std::vector<std::pair<std::string, store *>>;

constexpr size_t kSize = 64 << 20;

slice Slice(const std::string &bytes)
{
    return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
}

std::string Text(slice bytes)
{
    return bytes.size == 0
               ? std::string()
               : std::string(reinterpret_cast<const char *>(bytes.data),
                             bytes.size);
}

int Put(store *s, const std::string &key, const std::string &value)
{
    return s->engine->put(s, Slice(key), Slice(value));
}
int Remove(store *s, const std::string &key)
{
    return s->engine->remove(s, Slice(key));
}
// The value, or the name of the error.
std::string Get(store *s, const std::string &key)
{
    slice value;
    const int rv = s->engine->get(s, Slice(key), &value);

    return rv == DYN_OK ? Text(value) : dyn_error_name(rv);
}

// All that it holds, walked by next: in order, each key once.
Map Contents(store *s)
{
    Map contents;
    std::string last;
    slice key, value;
    int rv;

    while ((rv = s->engine->next(s, Slice(last), &key, &value)) == DYN_OK) {
        EXPECT_LT(last, Text(key));
        last = Text(key);
        contents[last] = Text(value);
    }
    EXPECT_EQ(rv, DYN_ENOENT);
    return contents;
}

// A folder for a test, removed with all in it.
class Folder
{
  public:
    Folder()
    {
        path_ = (std::filesystem::temp_directory_path() / "storeXXXXXX");
        if (mkdtemp(path_.data()) == nullptr)
            path_.clear();
    }
    ~Folder()
    {
        std::filesystem::remove_all(path_);
    }
    const char *Path() const
    {
        return path_.c_str();
    }
    store *Open(size_t size = kSize) const
    {
        store *opened = nullptr;
        const char *why = "";

        EXPECT_EQ(store_lmdb(&opened, Path(), size, &why), DYN_OK) << why;
        return opened;
    }

  private:
    std::string path_;
};

// ---- Both engines ----

class BothStores : public testing::TestWithParam<const char *>
{
  protected:
    BothStores()
        : store_(GetParam() == std::string("lmdb") ? folder_.Open()
                                                   : store_memory())
    {
    }
    ~BothStores() override
    {
        store_->engine->close(store_);
    }
    Folder folder_;
    store *store_;
};

INSTANTIATE_TEST_SUITE_P(Engines, BothStores, testing::Values("memory", "lmdb"),
                         [](const auto &test) { return test.param; });

std::string RandomKey(prng *random)
{
    // Few and short ones, so that they meet again, and now and then a long one.
    const size_t size = prng_below(random, 20) == 0
                            ? 1 + prng_below(random, STORE_KEY_MAX)
                            : 1 + prng_below(random, 3);
    std::string key(size, '\0');

    for (char &byte : key)
        byte = "\x00\x01\x7f\x80\xff"[prng_below(random, 5)];
    return key;
}

TEST_P(BothStores, AgreeWithAMapOverRandomOperations)
{
    prng random = prng_seeded(1);
    Map map;

    for (int step = 0; step < 20000; step++) {
        const std::string key = RandomKey(&random);
        switch (prng_below(&random, 8)) {
        case 0:
        case 1:
        case 2: {
            const std::string value(prng_below(&random, 300), char(step));
            ASSERT_EQ(Put(store_, key, value), DYN_OK);
            map[key] = value;
            break;
        }
        case 3:
            ASSERT_EQ(Remove(store_, key), DYN_OK);
            map.erase(key);
            break;
        case 4:
        case 5: {
            const auto found = map.find(key);
            ASSERT_EQ(Get(store_, key),
                      found != map.end() ? found->second : "DYN_ENOENT");
            break;
        }
        case 6: {
            slice next = {}, value = {};
            const auto found = map.upper_bound(key);
            const int rv =
                store_->engine->next(store_, Slice(key), &next, &value);
            ASSERT_EQ(rv, found != map.end() ? DYN_OK : DYN_ENOENT);
            if (rv == DYN_OK) {
                ASSERT_EQ(Text(next), found->first);
                ASSERT_EQ(Text(value), found->second);
            }
            break;
        }
        default:
            // Seldom, since a real one waits for the disk.
            if (prng_below(&random, 50) == 0) {
                ASSERT_EQ(store_->engine->sync(store_), DYN_OK);
            }
        }
    }
    EXPECT_EQ(Contents(store_), map);
    EXPECT_GT(map.size(), 100u);
}

TEST_P(BothStores, KeysAreOrderedByTheirBytesAPrefixFirst)
{
    const std::string longest(STORE_KEY_MAX, '\xff');
    const std::vector<std::string> keys = {std::string("\0", 1),
                                           std::string("\0\0", 2),
                                           "A",
                                           "a",
                                           std::string("a\0", 2),
                                           "aa",
                                           "b",
                                           "\x80",
                                           "\xff",
                                           longest};

    for (size_t i = 0; i < keys.size(); i++)
        ASSERT_EQ(Put(store_, keys[(i * 7) % keys.size()], "v"), DYN_OK);
    slice key = {}, value;
    for (const std::string &expected : keys) {
        ASSERT_EQ(store_->engine->next(store_, key, &key, &value), DYN_OK);
        EXPECT_EQ(Text(key), expected);
    }
    EXPECT_EQ(store_->engine->next(store_, key, &key, &value), DYN_ENOENT);
    EXPECT_EQ(Text(key), longest);
}

TEST_P(BothStores, HoldTheLargestKeyAndValue)
{
    const std::string key(STORE_KEY_MAX, 'k'), value(STORE_VALUE_MAX, 'v');

    ASSERT_EQ(Put(store_, key, value), DYN_OK);
    EXPECT_EQ(Get(store_, key), value);
    ASSERT_EQ(store_->engine->sync(store_), DYN_OK);
    EXPECT_EQ(Get(store_, key), value);
    ASSERT_EQ(Put(store_, key, ""), DYN_OK);
    EXPECT_EQ(Get(store_, key), "");
}

// ---- Memory: crashes ----

// A crash loses the latest writes first, and none that was synced.
TEST(StoreInMemory, RollsBackToWhatItHeldThatManyWritesAgo)
{
    prng random = prng_seeded(2);

    for (int round = 0; round < 200; round++) {
        store *s = store_memory();
        std::vector<Map> after = {{}}; // after each write since the last sync
        for (int step = 0; step < 100; step++) {
            Map map = after.back();
            const std::string key(1, char('a' + prng_below(&random, 6)));
            const uint64_t what = prng_below(&random, 12);
            if (what == 0) {
                ASSERT_EQ(s->engine->sync(s), DYN_OK);
                after = {map};
            } else if (what < 3) {
                const size_t lost = prng_below(&random, after.size() + 3);
                store_memory_rollback(s, lost);
                after.resize(lost < after.size() ? after.size() - lost : 1);
            } else if (what < 6) {
                ASSERT_EQ(Remove(s, key), DYN_OK);
                if (map.erase(key) > 0)
                    after.push_back(map);
            } else {
                map[key] = std::to_string(step);
                ASSERT_EQ(Put(s, key, map[key]), DYN_OK);
                after.push_back(map);
            }
            ASSERT_EQ(store_memory_unsynced(s), after.size() - 1);
            ASSERT_EQ(Contents(s), after.back());
        }
        s->engine->close(s);
    }
}

// Its lists must not degrade into one, in whichever order keys come.
TEST(StoreInMemory, FindsItsWayAmongManyKeys)
{
    constexpr int kKeys = 200000;
    store *s = store_memory();

    for (int i = 0; i < kKeys; i++)
        ASSERT_EQ(Put(s, "key" + std::to_string(i), std::to_string(i)), DYN_OK);
    ASSERT_EQ(s->engine->sync(s), DYN_OK);
    for (int i = 0; i < kKeys; i += 7)
        ASSERT_EQ(Get(s, "key" + std::to_string(i)), std::to_string(i));
    EXPECT_EQ(Contents(s).size(), size_t(kKeys));
    s->engine->close(s);
}

// ---- LMDB: the disk ----

TEST(StoreOnDisk, KeepsWhatWasSyncedAndForgetsTheRest)
{
    const Folder folder;
    store *s = folder.Open();

    Put(s, "synced", "1");
    Put(s, "removed", "2");
    EXPECT_EQ(s->engine->sync(s), DYN_OK);
    Put(s, "unsynced", "3");
    Remove(s, "removed");
    EXPECT_EQ(Contents(s), (Map{{"synced", "1"}, {"unsynced", "3"}}));
    s->engine->close(s);
    s = folder.Open();
    EXPECT_EQ(Contents(s), (Map{{"synced", "1"}, {"removed", "2"}}));
    s->engine->close(s);
}

// Runs it in a process of its own, which it may leave as it likes. What wait
// gives.
template <typename Run>
int InAnotherProcess(Run run)
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        run();
        _exit(0);
    }
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status;
}

TEST(StoreOnDisk, OutlivesItsProcessBeingKilled)
{
    const Folder folder;
    const int status = InAnotherProcess([&] {
        store *s = folder.Open();
        for (int i = 0; i < 100; i++)
            Put(s, std::to_string(i), "value");
        s->engine->sync(s);
        Put(s, "unsynced", "value");
        kill(getpid(), SIGKILL);
    });

    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    store *s = folder.Open();
    EXPECT_EQ(Contents(s).size(), 100u);
    EXPECT_EQ(Get(s, "unsynced"), "DYN_ENOENT");
    s->engine->close(s);
}

std::string ReadFile(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);

    return {std::istreambuf_iterator<char>(in), {}};
}

// The power fails while a transaction is written: any of its pages are there, not there
// or there in part, in any order, all but the page that says that it counts, which is
// written last and fits a sector. A simulated crash promises no more and no less: what
// was synced, and nothing in part.
TEST(StoreOnDisk, DropsAWriteThatWasTorn)
{
    constexpr size_t kPage = 4096, kMetaPages = 2;
    const Folder folder;
    const std::string path = std::string(folder.Path()) + "/data.mdb";
    Map synced, both;
    prng random = prng_seeded(7);
    store *s = folder.Open();

    for (int i = 0; i < 200; i++)
        Put(s, std::to_string(i),
            synced[std::to_string(i)] = std::string(300, 'a'));
    EXPECT_EQ(s->engine->sync(s), DYN_OK);
    s->engine->close(s);
    const std::string before = ReadFile(path);
    s = folder.Open();
    both = synced;
    for (int i = 100; i < 300; i++)
        Put(s, std::to_string(i),
            both[std::to_string(i)] = std::string(900, 'b'));
    Put(s, "large", both["large"] = std::string(20000, 'c'));
    EXPECT_EQ(s->engine->sync(s), DYN_OK);
    s->engine->close(s);
    const std::string after = ReadFile(path);
    ASSERT_GT(after.size(), before.size());

    for (int round = 0; round < 60; round++) {
        std::string torn = before;
        size_t changed = 0;

        torn.resize(after.size(), '\0');
        for (size_t at = kMetaPages * kPage; at < after.size(); at += kPage) {
            const size_t kept = std::min<size_t>(
                prng_below(&random, 3) * prng_below(&random, kPage + 1), kPage);

            changed += torn.compare(at, kept, after, at, kept) != 0;
            torn.replace(at, kept, after, at, kept);
        }
        EXPECT_GT(changed, 5u);
        // All pages but that one are there in the last round.
        if (round == 59)
            torn = before.substr(0, kMetaPages * kPage) +
                   after.substr(kMetaPages * kPage);
        std::ofstream(path, std::ios::binary) << torn;
        s = folder.Open();
        EXPECT_EQ(Contents(s), synced) << round;
        // And it can go on from there.
        Put(s, "large", "d");
        EXPECT_EQ(s->engine->sync(s), DYN_OK);
        s->engine->close(s);
        s = folder.Open();
        EXPECT_EQ(Get(s, "large"), "d");
        EXPECT_EQ(Contents(s).size(), synced.size() + 1);
        s->engine->close(s);
    }
    std::ofstream(path, std::ios::binary) << after;
    s = folder.Open();
    EXPECT_EQ(Contents(s), both);
    s->engine->close(s);
}

// The code and the sentence, which must say what is wrong.
void ExpectRefused(const char *folder, size_t size, int code,
                   const std::string &words)
{
    store *s = reinterpret_cast<store *>(1);
    const char *why = "";

    EXPECT_EQ(store_lmdb(&s, folder, size, &why), code) << why;
    EXPECT_NE(std::string(why).find(words), std::string::npos) << why;
    EXPECT_EQ(s, reinterpret_cast<store *>(1));
}

// Two nodes that write to one store would each believe in their own.
TEST(StoreOnDisk, BelongsToOneProcess)
{
    const Folder folder;
    store *s = folder.Open();

    ExpectRefused(folder.Path(), kSize, DYN_EEXIST, "another process");
    EXPECT_EQ(InAnotherProcess([&] {
                  ExpectRefused(folder.Path(), kSize, DYN_EEXIST,
                                "another process");
                  if (testing::Test::HasFailure())
                      _exit(1);
              }),
              0);
    EXPECT_EQ(Put(s, "k", "v"), DYN_OK);
    s->engine->close(s);
    s = folder.Open();
    s->engine->close(s);
}

TEST(StoreOnDisk, SaysWhyAFolderCannotBeUsed)
{
    const Folder folder;
    const std::string file = std::string(folder.Path()) + "/file";

    std::ofstream(file) << "x";
    ExpectRefused((file + "s").c_str(), kSize, DYN_EINVAL, "does not exist");
    ExpectRefused(file.c_str(), kSize, DYN_EINVAL, "not a folder");
    ExpectRefused(folder.Path(), 0, DYN_EINVAL, "size");
    ExpectRefused(folder.Path(), size_t(1) << 60, DYN_ENOMEM, "no memory");
    // Nothing of that keeps the folder from being used.
    store *s = folder.Open();
    s->engine->close(s);

    const Folder damaged;
    std::ofstream(std::string(damaged.Path()) + "/data.mdb")
        << std::string(100000, 'x');
    ExpectRefused(damaged.Path(), kSize, DYN_ECORRUPT, "damaged");
}

TEST(StoreOnDisk, SaysThatAFolderMayNotBeWrittenTo)
{
    constexpr uid_t kNobody = 65534;
    constexpr int kStillRoot = 77;
    const Folder folder;

    std::filesystem::permissions(folder.Path(),
                                 std::filesystem::perms::owner_read |
                                     std::filesystem::perms::owner_exec |
                                     std::filesystem::perms::others_read |
                                     std::filesystem::perms::others_exec);
    const int status = InAnotherProcess([&] {
        // Root may write anywhere.
        if (geteuid() == 0 && setuid(kNobody) != 0)
            _exit(kStillRoot);
        ExpectRefused(folder.Path(), kSize, DYN_EIO, "may not be written");
        if (testing::Test::HasFailure())
            _exit(1);
    });
    if (WIFEXITED(status) && WEXITSTATUS(status) == kStillRoot)
        GTEST_SKIP() << "root here cannot become anybody else";
    EXPECT_EQ(status, 0);
}

// What was not synced is lost with a write that failed, so nothing goes on.
TEST(StoreOnDisk, IsBrokenOnceItIsFull)
{
    const Folder folder;
    store *s = folder.Open(1 << 20);
    int rv = DYN_OK;

    EXPECT_STREQ(store_lmdb_why(s), "nothing has failed");
    Put(s, "synced", "v");
    EXPECT_EQ(s->engine->sync(s), DYN_OK);
    for (int i = 0; i < 100 && rv == DYN_OK; i++)
        rv = Put(s, std::to_string(i), std::string(50000, 'v'));
    EXPECT_EQ(rv, DYN_EIO);
    EXPECT_NE(std::string(store_lmdb_why(s)).find("is full"), std::string::npos)
        << store_lmdb_why(s);
    EXPECT_EQ(Get(s, "synced"), "DYN_EIO");
    EXPECT_EQ(Put(s, "k", "v"), DYN_EIO);
    EXPECT_EQ(Remove(s, "k"), DYN_EIO);
    EXPECT_EQ(s->engine->sync(s), DYN_EIO);
    s->engine->close(s);
    s = folder.Open(1 << 20);
    EXPECT_EQ(Contents(s), (Map{{"synced", "v"}}));
    s->engine->close(s);
}

} // namespace
