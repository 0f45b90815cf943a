// wire_test.cc: messages, requests and replies as bytes (labs/wire).
#include "harness/contract.h"

extern "C" {
#include "wire/cursor.h"
#include "wire/wire.h"
}

#include <algorithm>
#include <climits>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace
{

using Bytes = std::string;

slice Slice(const Bytes &bytes)
{
    return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
}

// Of a literal, zeros and all.
template <size_t N>
Bytes Raw(const char (&literal)[N])
{
    return {literal, N - 1};
}

Bytes Text(slice bytes)
{
    return bytes.size == 0
               ? Bytes()
               : Bytes(reinterpret_cast<const char *>(bytes.data), bytes.size);
}

// A copy in a block of exactly its size, so that the sanitizer sees a step
// beyond it.
class Exact
{
  public:
    explicit Exact(const Bytes &bytes)
        : size_(bytes.size()), block_(new uint8_t[bytes.size()])
    {
        std::copy(bytes.begin(), bytes.end(), block_.get());
    }
    slice Get() const
    {
        return {block_.get(), size_};
    }

  private:
    size_t size_;
    std::unique_ptr<uint8_t[]> block_;
};

template <typename T, typename Encode>
Bytes Encoded(const T &value, Encode encode)
{
    const size_t size = encode(&value, nullptr, 0);
    Bytes bytes(size, '\0');
    auto *room = reinterpret_cast<uint8_t *>(bytes.data());

    if (size > 0) {
        EXPECT_EQ(encode(&value, room, size - 1), size);
        EXPECT_EQ(bytes, Bytes(size, '\0')) << "too little room, yet written";
    }
    EXPECT_EQ(encode(&value, room, size), size);
    return bytes;
}

Bytes Encoded(const message &value)
{
    return Encoded(value, message_encode);
}
Bytes Encoded(const request &value)
{
    return Encoded(value, request_encode);
}
Bytes Encoded(const reply &value)
{
    return Encoded(value, reply_encode);
}

// ---- Decoding that shows whether the result was left alone ----

struct Reply {
    reply value;
    std::vector<slice> values = std::vector<slice>(REPLY_VALUES_MAX);
};

bool IsUntouched(const void *room, size_t size)
{
    const auto *byte = static_cast<const uint8_t *>(room);

    for (size_t i = 0; i < size; i++)
        if (byte[i] != 0xee)
            return false;
    return true;
}

int Decode(slice bytes, message *value)
{
    memset(value, 0xee, sizeof *value);
    const int code = message_decode(value, bytes);
    EXPECT_TRUE(code == DYN_OK || IsUntouched(value, sizeof *value));
    return code;
}

int Decode(slice bytes, request *value)
{
    memset(value, 0xee, sizeof *value);
    const int code = request_decode(value, bytes);
    EXPECT_TRUE(code == DYN_OK || IsUntouched(value, sizeof *value));
    return code;
}

int Decode(slice bytes, Reply *reply)
{
    memset(&reply->value, 0xee, sizeof reply->value);
    memset(reply->values.data(), 0xee, REPLY_VALUES_MAX * sizeof(slice));
    const int code = reply_decode(&reply->value, reply->values.data(), bytes);
    EXPECT_TRUE(
        code == DYN_OK ||
        (IsUntouched(&reply->value, sizeof reply->value) &&
         IsUntouched(reply->values.data(), REPLY_VALUES_MAX * sizeof(slice))));
    return code;
}

const message &Value(const message &value)
{
    return value;
}
const request &Value(const request &value)
{
    return value;
}
const reply &Value(const Reply &value)
{
    return value.value;
}

// Whatever the bytes are: they give an error, or a value whose one encoding
// gives the same value again. (So a decoder takes nothing for granted.)
template <typename T>
int DecodeAnything(const Bytes &bytes)
{
    const Exact exact(bytes);
    T value, again;
    const int code = Decode(exact.Get(), &value);

    EXPECT_TRUE(code == DYN_OK || code == DYN_ECORRUPT || code == DYN_EUNKNOWN)
        << code;
    if (code == DYN_OK) {
        const Bytes canonical = Encoded(Value(value));
        EXPECT_EQ(Decode(Slice(canonical), &again), DYN_OK);
        EXPECT_EQ(Encoded(Value(again)), canonical);
    }
    return code;
}

// Every beginning of the bytes, and every change of one of them.
template <typename T>
void DamageEverywhere(const Bytes &valid)
{
    ASSERT_EQ(DecodeAnything<T>(valid), DYN_OK);
    for (size_t size = 0; size < valid.size(); size++)
        EXPECT_EQ(DecodeAnything<T>(valid.substr(0, size)), DYN_ECORRUPT);
    EXPECT_EQ(DecodeAnything<T>(valid + '\0'), DYN_ECORRUPT);
    for (size_t at = 0; at < valid.size(); at++) {
        for (int byte = 0; byte < 256; byte++) {
            Bytes damaged = valid;
            damaged[at] = static_cast<char>(byte);
            DecodeAnything<T>(damaged);
        }
    }
}

// ---- Examples ----

const std::vector<message_kind> kKinds = {
#define MESSAGE_KIND(number, name, label, fields, text) name,
#include "dynamo/message.def"
};

// What differs from kind to kind, in words of message.def.
std::set<std::string> FieldsOf(message_kind kind)
{
    switch (kind) {
#define HAS(field) #field,
#define MAY(field) #field,
#define MESSAGE_KIND(number, name, label, fields, text)                        \
    case name:                                                                 \
        return {fields};
#include "dynamo/message.def"
#undef HAS
    }
    return {};
}

// A message of a kind with all its fields, the others 0. What the slices point
// to outlives the test.
message Example(message_kind kind)
{
    static const Bytes key = "cart:17", value("\0\xff value", 8);
    const std::set<std::string> has = FieldsOf(kind);
    message made = {};

    made.kind = kind;
    if (has.count("operation"))
        made.operation = 0x123456789a;
    if (has.count("key"))
        made.key = Slice(key);
    if (has.count("version"))
        made.version = {300, 4000000000};
    if (has.count("value"))
        made.value = Slice(value);
    if (has.count("versions"))
        made.versions = Slice(value);
    if (has.count("context"))
        made.context = Slice(key);
    if (has.count("code"))
        made.code = DYN_EUNAVAILABLE;
    if (has.count("owner"))
        made.owner = 4000000000;
    if (has.count("range"))
        made.range = Slice(key);
    if (has.count("path"))
        made.path = Slice(value);
    if (has.count("hash"))
        made.hash = Slice(key);
    if (has.count("tree"))
        made.tree = Slice(value);
    if (has.count("disk"))
        made.disk = 300;
    if (has.count("view"))
        made.view = Slice(key);
    return made;
}

void ExpectSame(const message &a, const message &b)
{
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.operation, b.operation);
    EXPECT_EQ(Text(a.key), Text(b.key));
    EXPECT_EQ(a.version.counter, b.version.counter);
    EXPECT_EQ(a.version.writer, b.version.writer);
    EXPECT_EQ(Text(a.value), Text(b.value));
    EXPECT_EQ(Text(a.versions), Text(b.versions));
    EXPECT_EQ(Text(a.context), Text(b.context));
    EXPECT_EQ(a.code, b.code);
    EXPECT_EQ(a.owner, b.owner);
    EXPECT_EQ(Text(a.range), Text(b.range));
    EXPECT_EQ(Text(a.path), Text(b.path));
    EXPECT_EQ(Text(a.hash), Text(b.hash));
    EXPECT_EQ(Text(a.tree), Text(b.tree));
    EXPECT_EQ(a.disk, b.disk);
    EXPECT_EQ(Text(a.view), Text(b.view));
}

// ---- Messages ----

TEST(Wire, EveryKindOfMessageComesBackAsItWas)
{
    for (const message_kind kind : kKinds) {
        const message sent = Example(kind);
        const Bytes bytes = Encoded(sent);
        message got;

        ASSERT_EQ(Decode(Slice(bytes), &got), DYN_OK);
        ExpectSame(got, sent);
        EXPECT_STRNE(message_label(kind), "?");
    }
    EXPECT_STREQ(message_label(MESSAGE_STORE), "store");
    EXPECT_STREQ(message_label(static_cast<message_kind>(0)), "?");
    EXPECT_STREQ(message_label(static_cast<message_kind>(INT_MAX)), "?");
}

// Another implementation must be able to read it, so the form is given here
// byte for byte.
TEST(Wire, AMessageIsAMapOfItsFieldsInAscendingOrder)
{
    static const Bytes key = "k", value = "vw";
    message sent = {};

    sent.kind = MESSAGE_STORE;
    sent.operation = 5;
    sent.key = Slice(key);
    sent.version = {1, 200};
    sent.value = Slice(value);

    EXPECT_EQ(Encoded(sent), Raw("\x85\x00\x03\x01\x05\x02\xc4\x01k"
                                 "\x03\x92\x01\xcc\xc8\x04\xc4\x02vw"));
    sent.kind = MESSAGE_READ; // which has neither version nor value
    EXPECT_EQ(Encoded(sent), Raw("\x83\x00\x05\x01\x05\x02\xc4\x01k"));
}

// Else a node of today is not understood by one that was built before the field was, or
// does not understand it.
TEST(Wire, AFieldThatAKindMayHaveIsLeftOutWhereItIsZero)
{
    static const Bytes key = "k", value = "vw";
    message sent = {}, got;

    sent.kind = MESSAGE_VERSIONS;
    sent.operation = 5;
    sent.key = Slice(key);
    sent.versions = Slice(value);

    EXPECT_EQ(Encoded(sent),
              Raw("\x84\x00\x08\x01\x05\x02\xc4\x01k\x05\xc4\x02vw"));
    ASSERT_EQ(Decode(Slice(Encoded(sent)), &got), DYN_OK);
    EXPECT_EQ(got.disk, 0u);
    sent.disk = 2;
    EXPECT_EQ(Encoded(sent), Raw("\x85\x00\x08\x01\x05\x02\xc4\x01k"
                                 "\x05\xc4\x02vw\x0d\x02"));
    sent.kind = MESSAGE_MERGE; // which may not have it
    EXPECT_EQ(Encoded(sent),
              Raw("\x84\x00\x09\x01\x05\x02\xc4\x01k\x05\xc4\x02vw"));
}

TEST(Wire, DamagedMessagesAreRefusedOrReadButNeverBelieved)
{
    for (const message_kind kind : kKinds)
        DamageEverywhere<message>(Encoded(Example(kind)));
}

// Nodes of different ages must be able to talk.
TEST(Wire, FieldsThatAKindHasNotAreSkipped)
{
    const Bytes ask("\x83\x00\x01\x01\x05\x02\xc4\x01k", 9);
    const std::vector<Bytes> extra = {
        Raw("\x63\xc0"),                  // 99: nil
        Raw("\x63\x92\x81\x01\x02\xa1x"), // 99: [{1: 2}, "x"]
        Raw("\x63\xd4\x01\x02"),          // 99: an extension
        Raw("\x63\xc7\x02\x01zz"),        // 99: another
        Raw("\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xcb"
            "12345678"),         // 2^64 - 1: a double
        Raw("\x03\x92\x01\x02"), // 3: a version
        Raw("\x03\xa1x"),        // 3, of another type
        Raw("\x40\xc3"),         // 64: true
    };

    for (const Bytes &field : extra) {
        Bytes bytes = ask + field;
        message got;

        bytes[0] = '\x84';
        ASSERT_EQ(Decode(Slice(bytes), &got), DYN_OK) << field;
        EXPECT_EQ(got.kind, MESSAGE_ASK_VERSION);
        EXPECT_EQ(Text(got.key), "k");
        EXPECT_EQ(got.version.counter, 0u);
        EXPECT_EQ(got.version.writer, 0u);
        DecodeAnything<message>(bytes);
        for (size_t size = 0; size < bytes.size(); size++)
            EXPECT_EQ(DecodeAnything<message>(bytes.substr(0, size)),
                      DYN_ECORRUPT);
    }
}

// One value must have one form, else two nodes may read one message as two.
TEST(Wire, WhatNoEncoderWritesIsRefused)
{
    const std::vector<std::pair<const char *, Bytes>> cases = {
        {"no bytes", Bytes()},
        {"an empty map", Raw("\x80")},
        {"no kind", Raw("\x82\x01\x05\x02\xc4\x01k")},
        {"the kind last", Raw("\x83\x01\x05\x02\xc4\x01k\x00\x01")},
        {"a field twice", Raw("\x84\x00\x01\x01\x05\x01\x05\x02\xc4\x01k")},
        {"descending", Raw("\x83\x00\x01\x02\xc4\x01k\x01\x05")},
        {"an unknown field twice",
         Raw("\x85\x00\x01\x01\x05\x02\xc4\x01k\x09\xc0\x09\xc0")},
        {"no key", Raw("\x82\x00\x01\x01\x05")},
        {"an empty key", Raw("\x83\x00\x01\x01\x05\x02\xc4\x00")},
        {"a key that is text", Raw("\x83\x00\x01\x01\x05\x02\xa1k")},
        {"a negative operation", Raw("\x83\x00\x01\x01\xff\x02\xc4\x01k")},
        {"a field named by text", Raw("\x83\x00\x01\xa1k\x05\x02\xc4\x01k")},
        {"0xc1, which MessagePack never uses",
         Raw("\x84\x00\x01\x01\x05\x02\xc4\x01k\x09\xc1")},
        {"an array of 2^32 - 1, none of them there",
         Raw("\x84\x00\x01\x01\x05\x02\xc4\x01k\x09\xdd\xff\xff\xff\xff")},
        {"a map of 2^31, none of them there",
         Raw("\x84\x00\x01\x01\x05\x02\xc4\x01k\x09\xdf\x80\x00\x00\x00")},
        {"a version of one number",
         Raw("\x84\x00\x02\x01\x05\x02\xc4\x01k\x03\x91\x01")},
        {"a writer beyond 32 bits",
         Raw("\x84\x00\x02\x01\x05\x02\xc4\x01k\x03\x92\x01"
             "\xcf\x00\x00\x00\x01\x00\x00\x00\x00")},
    };

    for (const auto &[what, bytes] : cases)
        EXPECT_EQ(DecodeAnything<message>(bytes), DYN_ECORRUPT) << what;
}

TEST(Wire, AMessageOfAnUnknownKindIsToldFromADamagedOne)
{
    message got;

    for (const Bytes &kind : {Raw("\x00"), Raw("\x7f"),
                              Raw("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")})
        EXPECT_EQ(Decode(Slice(Raw("\x82\x00") + kind + "\x01\xc0"), &got),
                  DYN_EUNKNOWN);
    EXPECT_EQ(Decode(Slice(Raw("\x82\x00\x7f\x01")), &got), DYN_ECORRUPT);
    // What a node sends of such a kind is seen by whoever gets it.
    message sent = Example(MESSAGE_STORE);
    sent.kind = static_cast<message_kind>(-1);
    EXPECT_EQ(Decode(Slice(Encoded(sent)), &got), DYN_EUNKNOWN);
}

TEST(Wire, SizesAreBoundedAtTheLimitsOfTheContract)
{
    const Bytes large(VALUE_SIZE_MAX + 1, 'v');
    message sent = Example(MESSAGE_STORE), got;
    const auto code = [&](size_t key, size_t value) {
        sent.key = {Slice(large).data, key};
        sent.value = {Slice(large).data, value};
        return Decode(Slice(Encoded(sent)), &got);
    };

    EXPECT_EQ(code(1, 0), DYN_OK);
    EXPECT_EQ(code(KEY_SIZE_MAX, VALUE_SIZE_MAX), DYN_OK);
    EXPECT_EQ(got.value.size, size_t(VALUE_SIZE_MAX));
    EXPECT_EQ(code(0, 0), DYN_ECORRUPT);
    EXPECT_EQ(code(KEY_SIZE_MAX + 1, 0), DYN_ECORRUPT);
    EXPECT_EQ(code(1, VALUE_SIZE_MAX + 1), DYN_ECORRUPT);
    // A node that lies about a size makes no message of 2^40 bytes.
    sent.key = {Slice(large).data, 1};
    sent.value = {Slice(large).data, size_t(1) << 40};
    EXPECT_EQ(Decode(Slice(Encoded(sent)), &got), DYN_ECORRUPT);
}

// ---- Requests ----

TEST(Wire, RequestsComeBackAsTheyWere)
{
    static const Bytes key = "k", value = "vw", context("\0c", 2);
    const request get = {REQUEST_GET, Slice(key), {}, {}, 0, 0};
    const request put = {REQUEST_PUT,    Slice(key), Slice(value),
                         Slice(context), 0,          0};
    request got;

    const Bytes asked = Encoded(put);
    EXPECT_EQ(asked, Raw("\x84\x00\x02\x01\xc4\x01k\x02\xc4\x02vw"
                         "\x03\xc4\x02\0c"));
    ASSERT_EQ(Decode(Slice(asked), &got), DYN_OK);
    EXPECT_EQ(got.kind, REQUEST_PUT);
    EXPECT_EQ(Text(got.key) + Text(got.value) + Text(got.context),
              key + value + context);

    // A get has no value, whatever the struct holds.
    request odd = put;
    odd.kind = REQUEST_GET;
    EXPECT_EQ(Encoded(odd), Encoded(get));
    const Bytes read = Encoded(get);
    EXPECT_EQ(read, Raw("\x82\x00\x01\x01\xc4\x01k"));
    ASSERT_EQ(Decode(Slice(read), &got), DYN_OK);
    EXPECT_EQ(got.kind, REQUEST_GET);
    EXPECT_EQ(got.value.size, 0u);
}

TEST(Wire, WhatAnAdministratorSaysComesBackAsItWas)
{
    static const Bytes key = "k";
    request join = {REQUEST_JOIN, Slice(key), {}, {}, 4000000000, 3};
    request got;

    const Bytes joins = Encoded(join);
    EXPECT_EQ(joins, Raw("\x83\x00\x03\x04\xce\xee\x6b\x28\x00\x05\x03"));
    ASSERT_EQ(Decode(Slice(joins), &got), DYN_OK);
    EXPECT_EQ(got.kind, REQUEST_JOIN);
    EXPECT_EQ(got.node, 4000000000u);
    EXPECT_EQ(got.weight, 3u);
    EXPECT_EQ(got.key.size, 0u) << "there is none, whatever the struct holds";

    join.kind = REQUEST_LEAVE;
    const Bytes leaves = Encoded(join);
    EXPECT_EQ(leaves, Raw("\x82\x00\x04\x04\xce\xee\x6b\x28\x00"));
    ASSERT_EQ(Decode(Slice(leaves), &got), DYN_OK);
    EXPECT_EQ(got.kind, REQUEST_LEAVE);
    EXPECT_EQ(got.node, 4000000000u);
    EXPECT_EQ(got.weight, 0u);
    DamageEverywhere<request>(joins);
    DamageEverywhere<request>(leaves);
    EXPECT_EQ(DecodeAnything<request>(
                  Raw("\x82\x00\x04\x04\xcf\x00\x00\x00\x01\x00\x00\x00\x00")),
              DYN_ECORRUPT)
        << "a node of more than 32 bits";
}

TEST(Wire, DamagedRequestsAreRefusedOrReadButNeverBelieved)
{
    static const Bytes key = "key", value = "value";
    request asked = {REQUEST_PUT, Slice(key), Slice(value), Slice(key), 0, 0};

    DamageEverywhere<request>(Encoded(asked));
    asked.kind = REQUEST_GET;
    DamageEverywhere<request>(Encoded(asked));
    asked.key.size = 0;
    EXPECT_EQ(DecodeAnything<request>(Encoded(asked)), DYN_ECORRUPT);
    asked.kind = static_cast<request_kind>(5);
    EXPECT_EQ(DecodeAnything<request>(Encoded(asked)), DYN_EUNKNOWN);
    EXPECT_EQ(
        DecodeAnything<request>(Raw("\x83\x00\x02\x01\xc4\x01k\x02\xc4\x01v")),
        DYN_ECORRUPT)
        << "a put without its context";
}

// ---- Replies ----

TEST(Wire, RepliesComeBackAsTheyWere)
{
    static const Bytes one = "1", two, context = "c";
    const slice values[] = {Slice(one), Slice(two)};

    for (const int code : {0, int(DYN_EUNAVAILABLE), INT_MIN, INT_MAX}) {
        for (size_t count = 0; count <= 2; count++) {
            const reply sent = {code, values, count, Slice(context)};
            const Bytes bytes = Encoded(sent);
            Reply got;

            ASSERT_EQ(Decode(Slice(bytes), &got), DYN_OK);
            EXPECT_EQ(got.value.code, code);
            ASSERT_EQ(got.value.count, count);
            EXPECT_EQ(got.value.values, got.values.data());
            for (size_t i = 0; i < count; i++)
                EXPECT_EQ(Text(got.value.values[i]), Text(values[i]));
            EXPECT_EQ(Text(got.value.context), "c");
        }
    }
    EXPECT_EQ(Encoded(reply{-8, values, 2, Slice(context)}),
              Raw("\x83\x00\xf8\x01\x92\xc4\x01"
                  "1\xc4\x00\x02\xc4\x01"
                  "c"));
}

TEST(Wire, DamagedRepliesAreRefusedOrReadButNeverBelieved)
{
    static const Bytes one = "one", two = "two";
    const slice values[] = {Slice(one), Slice(two)};

    DamageEverywhere<Reply>(Encoded(reply{DYN_EIO, values, 2, Slice(one)}));
    DamageEverywhere<Reply>(Encoded(reply{DYN_OK, nullptr, 0, {}}));
    EXPECT_EQ(DecodeAnything<Reply>(Raw("\x83\x00\xce\x80\x00\x00\x00\x01\x90"
                                        "\x02\xc4\x00")),
              DYN_ECORRUPT)
        << "a code of 2^31";
}

TEST(Wire, ARepliesValuesAreCounted)
{
    static const Bytes one = "v";
    const std::vector<slice> values(REPLY_VALUES_MAX + 1, Slice(one));
    Reply got;

    EXPECT_EQ(
        Decode(Slice(Encoded(reply{0, values.data(), REPLY_VALUES_MAX, {}})),
               &got),
        DYN_OK);
    EXPECT_EQ(got.value.count, size_t(REPLY_VALUES_MAX));
    EXPECT_EQ(Decode(Slice(Encoded(
                         reply{0, values.data(), REPLY_VALUES_MAX + 1, {}})),
                     &got),
              DYN_ECORRUPT);
}

TEST(Wire, AReplyHasValuesAndAContextThoughBothMayBeEmpty)
{
    EXPECT_EQ(DecodeAnything<Reply>(Raw("\x83\x00\x00\x01\x90\x02\xc4\x00")),
              DYN_OK);
    EXPECT_EQ(DecodeAnything<Reply>(Raw("\x82\x00\x00\x02\xc4\x00")),
              DYN_ECORRUPT);
    EXPECT_EQ(DecodeAnything<Reply>(Raw("\x82\x00\x00\x01\x90")), DYN_ECORRUPT);
    EXPECT_EQ(DecodeAnything<Reply>(Raw("\x81\x00\x00")), DYN_ECORRUPT);
}

// ---- The cursor ----

TEST(Wire, ACursorStaysWhereAValueIsNotWhole)
{
    const std::vector<Bytes> cut = {Raw("\xc4\x05"
                                        "1234"),
                                    Raw("\xc5\x00\x01"),
                                    Raw("\xc6\xff\xff\xff\xff"),
                                    Raw("\xcd\x01"),
                                    Raw("\xd1\x01"),
                                    Raw("\xdc\x00"),
                                    Raw("\x92\xc0"),
                                    Raw("\x82\xc0\xc0\xc0"),
                                    Raw("")};

    for (const Bytes &bytes : cut) {
        const Exact exact(bytes);
        cursor in = cursor_begin(exact.Get());
        uint64_t positive;
        int64_t number;
        uint32_t count;
        slice read;
        const char *begin = in.at;

        EXPECT_FALSE(cursor_bytes(&in, &read));
        EXPECT_FALSE(cursor_uint(&in, &positive));
        EXPECT_FALSE(cursor_int(&in, &number));
        EXPECT_FALSE(cursor_array(&in, &count));
        EXPECT_FALSE(cursor_map(&in, &count));
        EXPECT_FALSE(cursor_skip(&in));
        EXPECT_EQ(in.at, begin);
    }
}

// Deep nesting must cost no stack, and wrong counts no time.
TEST(Wire, SkippingIsLinearHoweverDeepTheNesting)
{
    const size_t depth = 1 << 20;
    Bytes deep(depth, '\x91'); // arrays of one
    cursor in = cursor_begin(Slice(deep));

    EXPECT_FALSE(cursor_skip(&in)) << "the innermost is empty-handed";
    EXPECT_EQ(in.at, deep.data());
    deep += '\xc0';
    in = cursor_begin(Slice(deep));
    EXPECT_TRUE(cursor_skip(&in));
    EXPECT_TRUE(cursor_at_end(&in));

    Bytes wide; // arrays of 65,535, each within the one before
    for (int i = 0; i < 10000; i++)
        wide += Raw("\xdc\xff\xff");
    in = cursor_begin(Slice(wide));
    EXPECT_FALSE(cursor_skip(&in));
    in = cursor_begin({nullptr, 0});
    EXPECT_FALSE(cursor_skip(&in));
}

} // namespace
