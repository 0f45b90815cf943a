// env_test.cc: what handlers record, and what a runtime makes of it (labs/env).
#include "harness/contract.h"

extern "C" {
#include "env/effects_codec.h"
#include "store/memory.h"
#include "wire/wire.h"
}

#include <algorithm>
#include <climits>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace
{

slice Slice(const std::string &bytes)
{
    return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
}

// Of a literal, which lasts.
template <size_t N>
slice Slice(const char (&literal)[N])
{
    return {reinterpret_cast<const uint8_t *>(literal), N - 1};
}

// Bytes of a literal, zeros and all.
template <size_t N>
std::string Raw(const char (&literal)[N])
{
    return {literal, N - 1};
}

std::string Text(slice bytes)
{
    return bytes.size == 0
               ? std::string()
               : std::string(reinterpret_cast<const char *>(bytes.data),
                             bytes.size);
}

// A store in memory whose calls fail from a certain one on.
struct FailingStore {
    store base;
    store *inner;
    int calls_left, error;
};

int Tick(store *s)
{
    auto *failing = reinterpret_cast<FailingStore *>(s);

    return failing->calls_left-- > 0 ? int(DYN_OK) : failing->error;
}
store *Inner(store *s)
{
    return reinterpret_cast<FailingStore *>(s)->inner;
}

const store_engine kFailing = {
    [](store *s, slice key, slice *value) {
        const int rv = Tick(s);
        return rv ? rv : Inner(s)->engine->get(Inner(s), key, value);
    },
    [](store *s, slice key, slice value) {
        const int rv = Tick(s);
        return rv ? rv : Inner(s)->engine->put(Inner(s), key, value);
    },
    [](store *s, slice key) {
        const int rv = Tick(s);
        return rv ? rv : Inner(s)->engine->remove(Inner(s), key);
    },
    [](store *s, slice after, slice *key, slice *value) {
        const int rv = Tick(s);
        return rv ? rv : Inner(s)->engine->next(Inner(s), after, key, value);
    },
    nullptr, // env never syncs
    nullptr,
};

class Env : public testing::Test
{
  protected:
    Env()
    {
        env_begin(env_, 1000);
    }
    ~Env() override
    {
        env_close(env_);
        inner_->engine->close(inner_);
    }
    std::vector<effect> Recorded()
    {
        size_t count;
        const effect *effects = env_effects(env_, &count);

        return {effects, effects + count};
    }
    std::vector<effect_kind> Kinds()
    {
        std::vector<effect_kind> kinds;

        for (const effect &effect : Recorded())
            kinds.push_back(effect.kind);
        return kinds;
    }
    void Send(const std::string &key)
    {
        message sent = {};

        sent.kind = MESSAGE_READ;
        sent.operation = 1;
        sent.key = Slice(key);

        env_send(env_, 2, &sent);
    }
    int Put(const std::string &key, const std::string &value)
    {
        return env_put(env_, Slice(key), Slice(value));
    }
    std::string Get(const std::string &key)
    {
        slice value = Slice("untouched");
        const int rv = env_get(env_, Slice(key), &value);

        return rv == DYN_OK ? Text(value) : dyn_error_name(rv);
    }

    store *inner_ = store_memory();
    FailingStore failing_ = {{&kFailing}, inner_, INT_MAX, DYN_EIO};
    env *env_ = env_open(&failing_.base, 7);
};

// ---- Recording ----

TEST_F(Env, EffectsComeInTheOrderOfTheCallsWithAllThatWasPassed)
{
    std::string key = "key", value = "value";
    slice values[] = {Slice(value)};
    message sent = {};
    const reply answer = {DYN_OK, values, 1, {}};

    sent.kind = MESSAGE_STORE;
    sent.operation = 9;
    sent.key = Slice(key);
    sent.version = {4, 2};
    sent.value = Slice(value);

    env_send(env_, UINT32_MAX, &sent);
    EXPECT_EQ(env_put(env_, Slice(key), Slice(value)), DYN_OK);
    env_reply(env_, UINT64_MAX, &answer);
    const timer_id timer = env_timer(env_, UINT64_MAX, INT_MIN, 77);
    env_cancel(env_, timer);
    EXPECT_EQ(env_delete(env_, Slice(key)), DYN_OK);
    env_note(env_, "%s has %d", "node", 3);
    key = "XXX", value = "XXXXX"; // what was passed has been copied

    const std::vector<effect> got = Recorded();
    ASSERT_EQ(Kinds(), (std::vector<effect_kind>{
                           EFFECT_SEND, EFFECT_PUT, EFFECT_REPLY, EFFECT_TIMER,
                           EFFECT_CANCEL, EFFECT_DELETE, EFFECT_NOTE}));
    message message;
    ASSERT_EQ(message_decode(&message, got[0].bytes), DYN_OK);
    EXPECT_EQ(got[0].to, UINT32_MAX);
    EXPECT_EQ(message.operation, 9u);
    EXPECT_EQ(Text(message.key) + Text(message.value), "keyvalue");
    EXPECT_EQ(Text(got[1].key) + Text(got[1].bytes), "keyvalue");
    std::vector<slice> room(REPLY_VALUES_MAX);
    reply reply;
    ASSERT_EQ(reply_decode(&reply, room.data(), got[2].bytes), DYN_OK);
    EXPECT_EQ(got[2].id, UINT64_MAX);
    EXPECT_EQ(Text(reply.values[0]), "value");
    EXPECT_EQ(got[3].id, timer);
    EXPECT_EQ(got[3].after_ms, UINT64_MAX);
    EXPECT_EQ(got[3].timer_kind, INT_MIN);
    EXPECT_EQ(got[3].arg, 77u);
    EXPECT_EQ(got[4].id, timer);
    EXPECT_EQ(Text(got[5].key), "key");
    EXPECT_EQ(Text(got[6].bytes), "node has 3");
    EXPECT_EQ(env_error(env_), DYN_OK);
}

// Recording must not move what was recorded before, however much it is.
TEST_F(Env, EffectsStayWholeHoweverManyThereAre)
{
    for (int round = 0; round < 3; round++) {
        env_begin(env_, 0);
        for (int i = 0; i < 3000; i++)
            ASSERT_EQ(Put("k" + std::to_string(i),
                          std::string(size_t(i % 100 == 0 ? 20000 : i % 50),
                                      char('a' + i % 26))),
                      DYN_OK);
        const std::vector<effect> got = Recorded();
        ASSERT_EQ(got.size(), 3000u);
        for (int i = 0; i < 3000; i++) {
            EXPECT_EQ(Text(got[i].key), "k" + std::to_string(i));
            EXPECT_EQ(Text(got[i].bytes),
                      std::string(size_t(i % 100 == 0 ? 20000 : i % 50),
                                  char('a' + i % 26)));
        }
    }
}

TEST_F(Env, ANewEventForgetsTheLast)
{
    Send("k");
    EXPECT_EQ(env_now_ms(env_), 1000u);
    env_begin(env_, 1001);
    EXPECT_TRUE(Recorded().empty());
    EXPECT_EQ(env_now_ms(env_), 1001u);
}

// A world that tells timers apart by their ids must never meet one twice.
TEST_F(Env, TimersAreNeverZeroAndNeverUsedTwice)
{
    std::set<timer_id> seen;

    for (int event = 0; event < 10; event++) {
        env_begin(env_, 0);
        for (int i = 0; i < 100; i++) {
            const timer_id id = env_timer(env_, 1, 0, 0);
            EXPECT_NE(id, 0u);
            EXPECT_TRUE(seen.insert(id).second) << id;
            if (i % 3 == 0)
                env_cancel(env_, id);
        }
    }
    env_begin(env_, 0);
    env_cancel(env_, 0);
    EXPECT_TRUE(Recorded().empty()) << "cancelling timer 0 is nothing";
}

TEST_F(Env, RandomNumbersFollowFromTheSeed)
{
    env *same = env_open(inner_, 7), *other = env_open(inner_, 8);
    std::vector<uint64_t> a, b, c;

    for (int i = 0; i < 50; i++) {
        a.push_back(env_random(env_, 1000));
        b.push_back(env_random(same, 1000));
        c.push_back(env_random(other, 1000));
        EXPECT_LT(a.back(), 1000u);
    }
    EXPECT_EQ(a, b);
    EXPECT_NE(a, c);
    EXPECT_EQ(env_random(env_, 0), 0u);
    env_close(same);
    env_close(other);
}

TEST_F(Env, ANoteIsCutAtItsLimit)
{
    const std::string line(2 * NOTE_SIZE_MAX, 'x');

    env_note(env_, "%s", line.c_str());
    env_note(env_, "%.*s", NOTE_SIZE_MAX, line.c_str());
    env_note(env_, "%s", "");
    ASSERT_EQ(Recorded().size(), 3u);
    EXPECT_EQ(Text(Recorded()[0].bytes), std::string(500, 'x'));
    EXPECT_EQ(Text(Recorded()[1].bytes), std::string(500, 'x'));
    EXPECT_EQ(Recorded()[2].bytes.size, 0u);
}

// ---- The store ----

TEST_F(Env, WhatIsPutIsSeenAtOnce)
{
    EXPECT_EQ(Get("k"), "DYN_ENOENT");
    EXPECT_EQ(Put("k", "1"), DYN_OK);
    EXPECT_EQ(Get("k"), "1");
    EXPECT_EQ(Put("k", ""), DYN_OK);
    EXPECT_EQ(Get("k"), "");
    EXPECT_EQ(env_delete(env_, Slice("k")), DYN_OK);
    EXPECT_EQ(Get("k"), "DYN_ENOENT");
    EXPECT_EQ(env_delete(env_, Slice("k")), DYN_OK);
    EXPECT_EQ(Kinds(),
              (std::vector<effect_kind>{EFFECT_PUT, EFFECT_PUT, EFFECT_DELETE,
                                        EFFECT_DELETE}));
    EXPECT_EQ(store_memory_unsynced(inner_), 3u) << "env synced the store";
}

TEST_F(Env, SizesOutOfRangeAreRefusedAndChangeNothing)
{
    const std::string longest(STORE_KEY_MAX, 'k'), longer = longest + "k";
    const std::string large(STORE_VALUE_MAX, 'v'), larger = large + "v";
    slice value = Slice("untouched");

    EXPECT_EQ(Put("", "v"), DYN_EINVAL);
    EXPECT_EQ(Put(longer, "v"), DYN_EINVAL);
    EXPECT_EQ(Put("k", larger), DYN_EINVAL);
    EXPECT_EQ(env_delete(env_, Slice("")), DYN_EINVAL);
    EXPECT_EQ(env_delete(env_, Slice(longer)), DYN_EINVAL);
    EXPECT_EQ(env_get(env_, Slice(""), &value), DYN_ENOENT);
    EXPECT_EQ(env_get(env_, Slice(longer), &value), DYN_ENOENT);
    EXPECT_EQ(Text(value), "untouched");
    EXPECT_TRUE(Recorded().empty());
    EXPECT_EQ(env_error(env_), DYN_OK) << "a refused call ends no node";
    EXPECT_EQ(Put(longest, large), DYN_OK);
    EXPECT_EQ(Get(longest), large);
}

TEST_F(Env, NextWalksTheKeysInOrderAPrefixFirst)
{
    const std::string longest(STORE_KEY_MAX, '\xff');
    const std::vector<std::string> keys = {Raw("\0"), "a", "a" + Raw("\0"), "b",
                                           longest};
    std::vector<std::string> walked;
    slice key = {}, value;

    for (const std::string &put : {keys[3], keys[1], keys[4], keys[0], keys[2]})
        ASSERT_EQ(Put(put, "of " + put), DYN_OK);
    while (env_next(env_, key, &key, &value) == DYN_OK) {
        walked.push_back(Text(key));
        EXPECT_EQ(Text(value), "of " + walked.back());
    }
    EXPECT_EQ(walked, keys);
    EXPECT_EQ(Text(key), longest) << "at the end nothing is written";
    // From keys that no store can hold.
    EXPECT_EQ(env_next(env_, Slice(longest + "x"), &key, &value), DYN_ENOENT);
    EXPECT_EQ(env_next(env_, Slice("a" + std::string(600, 'z')), &key, &value),
              DYN_OK);
    EXPECT_EQ(Text(key), "b");
}

// env.h lends a value until the handler returns or changes that key, though an
// engine may forget it with the next write.
TEST_F(Env, AValueThatWasLentOutlivesChangesOfOtherKeys)
{
    slice lent;

    ASSERT_EQ(Put("a", "first"), DYN_OK);
    ASSERT_EQ(env_get(env_, Slice("a"), &lent), DYN_OK);
    ASSERT_EQ(Put("b", std::string(5000, 'b')), DYN_OK);
    ASSERT_EQ(env_delete(env_, Slice("b")), DYN_OK);
    inner_->engine->sync(inner_);
    EXPECT_EQ(Text(lent), "first");
    // It may be what is put, even under its own key.
    ASSERT_EQ(env_put(env_, Slice("a"), lent), DYN_OK);
    EXPECT_EQ(Get("a"), "first");
}

#if defined(__SANITIZE_ADDRESS__)
extern "C" int __asan_address_is_poisoned(const volatile void *);

// Reading longer, or beyond the end, must show: with LMDB it reads whatever is
// there by then.
TEST_F(Env, AValueThatWasLentEndsWithItsKeyOrItsHandler)
{
    slice value, key;

    ASSERT_EQ(Put("a", "12345678"), DYN_OK);
    ASSERT_EQ(env_get(env_, Slice("a"), &value), DYN_OK);
    EXPECT_FALSE(__asan_address_is_poisoned(value.data + 7));
    EXPECT_TRUE(__asan_address_is_poisoned(value.data + 8));
    ASSERT_EQ(Put("a", "2"), DYN_OK);
    EXPECT_TRUE(__asan_address_is_poisoned(value.data));

    ASSERT_EQ(env_next(env_, {}, &key, &value), DYN_OK);
    EXPECT_TRUE(__asan_address_is_poisoned(key.data + 1));
    ASSERT_EQ(Put("another", "3"), DYN_OK);
    EXPECT_TRUE(__asan_address_is_poisoned(key.data));
    EXPECT_TRUE(__asan_address_is_poisoned(value.data));

    ASSERT_EQ(env_get(env_, Slice("a"), &value), DYN_OK);
    env_begin(env_, 0);
    EXPECT_TRUE(__asan_address_is_poisoned(value.data));
}
#endif

// ---- Errors ----

// A node whose store failed ends as in a crash: what it did before may happen,
// and nothing that it did after.
TEST_F(Env, NothingIsRecordedFromAnErrorOn)
{
    Send("before");
    failing_.calls_left = 0;
    EXPECT_EQ(Put("k", "v"), DYN_EIO);
    EXPECT_EQ(env_error(env_), DYN_EIO);
    failing_.calls_left = INT_MAX;
    Send("after");
    EXPECT_NE(env_timer(env_, 1, 1, 1), 0u);
    env_note(env_, "after");
    EXPECT_EQ(Put("k", "v"), DYN_EIO);
    EXPECT_EQ(env_delete(env_, Slice("k")), DYN_EIO);
    EXPECT_EQ(Kinds(), (std::vector<effect_kind>{EFFECT_SEND}));
    EXPECT_EQ(Get("k"), "DYN_ENOENT");

    env_begin(env_, 0);
    EXPECT_EQ(env_error(env_), DYN_OK);
    EXPECT_EQ(Put("k", "v"), DYN_OK);
}

TEST_F(Env, EveryCallOnTheStoreTellsItsError)
{
    slice key = Slice("untouched"), value = Slice("untouched");

    for (const int error : {int(DYN_EIO), int(DYN_ENOMEM)}) {
        failing_.error = error;
        for (int call = 0; call < 4; call++) {
            env_begin(env_, 0);
            failing_.calls_left = 0;
            const int rv = call == 0   ? env_get(env_, Slice("k"), &value)
                           : call == 1 ? env_put(env_, Slice("k"), Slice("v"))
                           : call == 2
                               ? env_delete(env_, Slice("k"))
                               : env_next(env_, Slice("k"), &key, &value);
            EXPECT_EQ(rv, error) << call;
            EXPECT_EQ(env_error(env_), error) << call;
            EXPECT_TRUE(Recorded().empty());
            EXPECT_EQ(Text(key) + Text(value), "untoucheduntouched");
        }
    }
}

// A handler that never stops sending must not take all memory there is.
TEST_F(Env, WhatAnEventMayRecordIsBounded)
{
    for (int i = 0; i < EFFECTS_MAX; i++)
        env_timer(env_, 1, 1, 1);
    EXPECT_EQ(env_error(env_), DYN_OK);
    env_timer(env_, 1, 1, 1);
    EXPECT_EQ(env_error(env_), DYN_ERANGE);
    EXPECT_EQ(Recorded().size(), size_t(EFFECTS_MAX));

    const std::string large(VALUE_SIZE_MAX, 'v');
    message large_one = {};
    large_one.kind = MESSAGE_VALUE;
    large_one.operation = 1;
    large_one.key = Slice("k");
    large_one.value = Slice(large);
    env_begin(env_, 0);
    for (int i = 0; i < 100; i++)
        env_send(env_, 1, &large_one);
    EXPECT_EQ(env_error(env_), DYN_ERANGE);
    EXPECT_EQ(Recorded().size(), 31u) << "32 MB, but for their headers";
    const std::vector<slice> values(1000, Slice(large));
    const reply answer = {DYN_OK, values.data(), values.size(), {}};
    env_begin(env_, 0);
    env_reply(env_, 1, &answer);
    EXPECT_EQ(env_error(env_), DYN_ERANGE);
}

// ---- Applying ----

// A world that writes down what it is told.
struct World {
    std::string log;
    int syncs_that_succeed = INT_MAX;
};

World &At(void *world)
{
    return *static_cast<World *>(world);
}

world_actions Actions()
{
    world_actions actions = {};

    actions.sync = [](void *world) -> int {
        if (At(world).syncs_that_succeed-- <= 0)
            return DYN_EIO;
        At(world).log += "sync ";
        return DYN_OK;
    };
    actions.send = [](void *world, node_id to, slice) {
        At(world).log += "send" + std::to_string(to) + " ";
    };
    actions.reply = [](void *world, request_id id, slice) {
        At(world).log += "reply" + std::to_string(id) + " ";
    };
    actions.timer = [](void *world, timer_id id, uint64_t after_ms, int kind,
                       uint64_t arg) {
        At(world).log += "timer" + std::to_string(id) + "," +
                         std::to_string(after_ms) + "," + std::to_string(kind) +
                         "," + std::to_string(arg) + " ";
    };
    actions.cancel = [](void *world, timer_id id) {
        At(world).log += "cancel" + std::to_string(id) + " ";
    };
    actions.put = [](void *world, slice key, const slice *value) {
        At(world).log +=
            (value != nullptr ? "put:" + Text(key) + "=" + Text(*value)
                              : "delete:" + Text(key)) +
            " ";
    };
    actions.note = [](void *world, slice text) {
        At(world).log += "note:" + Text(text) + " ";
    };
    return actions;
}

// A node that answers before its store is durable forgets what it has promised.
TEST_F(Env, AppliesInOrderAndSyncsBeforeAnythingLeaves)
{
    const reply answer = {DYN_OK, nullptr, 0, {}};
    const world_actions actions = Actions();
    bool unsynced = false;
    World world;

    Send("k");
    Put("a", "1");
    env_cancel(env_, env_timer(env_, 5, -6, 7));
    env_note(env_, "x");
    env_delete(env_, Slice("b"));
    Send("k");
    env_reply(env_, 8, &answer);
    Put("c", "");
    std::vector<effect> got = Recorded();
    EXPECT_EQ(
        effects_apply(got.data(), got.size(), &unsynced, &actions, &world),
        DYN_OK);
    EXPECT_EQ(world.log,
              "send2 put:a=1 timer1,5,-6,7 cancel1 note:x delete:b sync "
              "send2 reply8 put:c= ");
    EXPECT_TRUE(unsynced);

    // The put waits for the next event's reply.
    env_begin(env_, 0);
    env_timer(env_, 1, 1, 1);
    env_reply(env_, 9, &answer);
    got = Recorded();
    world.log.clear();
    EXPECT_EQ(
        effects_apply(got.data(), got.size(), &unsynced, &actions, &world),
        DYN_OK);
    EXPECT_EQ(world.log, "timer2,1,1,1 sync reply9 ");
    EXPECT_FALSE(unsynced);
}

TEST_F(Env, NothingUnsyncedLeavesWhenTheSyncFails)
{
    world_actions actions = Actions();
    bool unsynced = false;
    World world;

    world.syncs_that_succeed = 0;
    actions.put = nullptr;
    actions.note = nullptr;
    Send("k");
    Put("a", "1");
    env_note(env_, "x");
    Send("k");
    env_timer(env_, 1, 1, 1);
    const std::vector<effect> got = Recorded();
    EXPECT_EQ(
        effects_apply(got.data(), got.size(), &unsynced, &actions, &world),
        DYN_EIO);
    EXPECT_EQ(world.log, "send2 ");
    EXPECT_TRUE(unsynced);
}

// ---- Effects as bytes ----

class Codec : public Env
{
  protected:
    ~Codec() override
    {
        effect_list_free(&list_);
    }
    static std::string Encode(const std::vector<effect> &effects)
    {
        const size_t size =
            effects_encode(effects.data(), effects.size(), nullptr, 0);
        std::string bytes(size, '\0');
        auto *room = reinterpret_cast<uint8_t *>(bytes.data());

        EXPECT_EQ(
            effects_encode(effects.data(), effects.size(), room, size - 1),
            size);
        EXPECT_EQ(bytes, std::string(size, '\0'));
        EXPECT_EQ(effects_encode(effects.data(), effects.size(), room, size),
                  size);
        return bytes;
    }
    // From a block of exactly their size.
    int Decode(const std::string &bytes)
    {
        exact_.reset(new uint8_t[bytes.size()]);
        std::copy(bytes.begin(), bytes.end(), exact_.get());
        count_ = 12345;
        const int rv =
            effects_decode({exact_.get(), bytes.size()}, &list_, &count_);
        EXPECT_TRUE(rv == DYN_OK || count_ == 12345);
        return rv;
    }
    std::vector<effect> Decoded() const
    {
        return {list_.list, list_.list + count_};
    }
    int Decode(const effect &effect)
    {
        return Decode(Encode({effect}));
    }

    effect_list list_ = {};
    size_t count_ = 0;

  private:
    std::unique_ptr<uint8_t[]> exact_;
};

TEST_F(Codec, EffectsComeBackAsTheyWere)
{
    const reply answer = {DYN_EIO, nullptr, 0, {}};

    EXPECT_EQ(Decode(Encode({})), DYN_OK);
    EXPECT_EQ(count_, 0u);
    Send("k");
    Put("key", "value");
    env_delete(env_, Slice("gone"));
    env_reply(env_, UINT64_MAX, &answer);
    env_timer(env_, UINT64_MAX, INT_MIN, 3);
    env_timer(env_, 0, INT_MAX, UINT64_MAX);
    env_cancel(env_, UINT64_MAX);
    env_note(env_, "text");
    const std::vector<effect> sent = Recorded();
    ASSERT_EQ(Decode(Encode(sent)), DYN_OK);
    const std::vector<effect> got = Decoded();
    ASSERT_EQ(got.size(), sent.size());
    for (size_t i = 0; i < sent.size(); i++) {
        EXPECT_EQ(got[i].kind, sent[i].kind);
        EXPECT_EQ(got[i].to, sent[i].to);
        EXPECT_EQ(got[i].id, sent[i].id);
        EXPECT_EQ(got[i].after_ms, sent[i].after_ms);
        EXPECT_EQ(got[i].timer_kind, sent[i].timer_kind);
        EXPECT_EQ(got[i].arg, sent[i].arg);
        EXPECT_EQ(Text(got[i].key), Text(sent[i].key));
        EXPECT_EQ(Text(got[i].bytes), Text(sent[i].bytes));
    }
    EXPECT_EQ(Encode(got), Encode(sent));
}

// The bytes come from a process that runs students' code.
TEST_F(Codec, DamagedBytesAreRefusedOrReadButNeverBelieved)
{
    const reply answer = {};

    Send("k");
    Put("key", "value");
    env_reply(env_, 7, &answer);
    env_timer(env_, 300, -5, 70000);
    env_cancel(env_, 9);
    env_delete(env_, Slice("gone"));
    env_note(env_, "text");
    const std::string valid = Encode(Recorded());
    ASSERT_EQ(Decode(valid), DYN_OK);
    for (size_t size = 0; size < valid.size(); size++)
        EXPECT_EQ(Decode(valid.substr(0, size)), DYN_ECORRUPT);
    EXPECT_EQ(Decode(valid + "\xc0"), DYN_ECORRUPT);
    for (size_t at = 0; at < valid.size(); at++) {
        for (int byte = 0; byte < 256; byte++) {
            std::string damaged = valid;
            damaged[at] = static_cast<char>(byte);
            const int rv = Decode(damaged);
            if (rv == DYN_OK) {
                const std::string again = Encode(Decoded());
                EXPECT_EQ(Decode(again), DYN_OK);
                EXPECT_EQ(Encode(Decoded()), again);
            } else {
                EXPECT_EQ(rv, DYN_ECORRUPT);
            }
        }
    }
}

TEST_F(Codec, WhatNoEnvRecordsIsRefused)
{
    const std::string large(EFFECTS_BYTES_MAX + 1, 'x');
    const auto first = [&](size_t size) {
        return slice{Slice(large).data, size};
    };
    const auto with = [](effect_kind kind, uint64_t id, slice key,
                         slice bytes) {
        effect made = {};
        made.kind = kind, made.id = id, made.key = key, made.bytes = bytes;
        return made;
    };

    EXPECT_EQ(Decode(with(EFFECT_TIMER, 0, {}, {})), DYN_ECORRUPT);
    EXPECT_EQ(Decode(with(EFFECT_CANCEL, 0, {}, {})), DYN_ECORRUPT);
    EXPECT_EQ(Decode(with(EFFECT_REPLY, 0, {}, {})), DYN_OK);
    for (const effect_kind kind : {EFFECT_PUT, EFFECT_DELETE}) {
        EXPECT_EQ(Decode(with(kind, 0, {}, {})), DYN_ECORRUPT);
        EXPECT_EQ(Decode(with(kind, 0, first(1), {})), DYN_OK);
        EXPECT_EQ(Decode(with(kind, 0, first(STORE_KEY_MAX), {})), DYN_OK);
        EXPECT_EQ(Decode(with(kind, 0, first(STORE_KEY_MAX + 1), {})),
                  DYN_ECORRUPT);
    }
    EXPECT_EQ(Decode(with(EFFECT_PUT, 0, first(1), first(STORE_VALUE_MAX))),
              DYN_OK);
    EXPECT_EQ(Decode(with(EFFECT_PUT, 0, first(1), first(STORE_VALUE_MAX + 1))),
              DYN_ECORRUPT);
    EXPECT_EQ(Decode(with(EFFECT_NOTE, 0, {}, first(500))), DYN_OK);
    EXPECT_EQ(Decode(with(EFFECT_NOTE, 0, {}, first(501))), DYN_ECORRUPT);
    EXPECT_EQ(Decode(with(EFFECT_SEND, 0, {}, first(EFFECTS_BYTES_MAX))),
              DYN_OK);
    EXPECT_EQ(Decode(with(EFFECT_SEND, 0, {}, first(EFFECTS_BYTES_MAX + 1))),
              DYN_ECORRUPT);
    const effect half = with(EFFECT_SEND, 0, {}, first(EFFECTS_BYTES_MAX / 2));
    EXPECT_EQ(Decode(Encode({half, half})), DYN_OK);
    EXPECT_EQ(Decode(Encode({half, half, with(EFFECT_NOTE, 0, {}, first(1))})),
              DYN_ECORRUPT);
    EXPECT_EQ(Decode(Raw("\x91\x93\x01\xcf\x00\x00\x00\x01\x00\x00\x00"
                         "\x00\xc4\x00")),
              DYN_ECORRUPT)
        << "a node beyond 32 bits";
    EXPECT_EQ(Decode(Raw("\x91\x95\x03\x01\x01\xce\x80\x00\x00\x00\x01")),
              DYN_ECORRUPT)
        << "a timer's kind beyond an int";
    EXPECT_EQ(Decode(Raw("\x91\x91\x08")), DYN_ECORRUPT);
    EXPECT_EQ(Decode(Raw("\x91\x91\x00")), DYN_ECORRUPT);
    EXPECT_EQ(Decode(Raw("\xdd\xff\xff\xff\xff")), DYN_ECORRUPT);
}

TEST_F(Codec, TheNumberOfEffectsIsBounded)
{
    effect note = {};
    note.kind = EFFECT_NOTE;
    std::vector<effect> many(EFFECTS_MAX, note);

    EXPECT_EQ(Decode(Encode(many)), DYN_OK);
    EXPECT_EQ(count_, size_t(EFFECTS_MAX));
    many.push_back(note);
    EXPECT_EQ(Decode(Encode(many)), DYN_ECORRUPT);
}

} // namespace
