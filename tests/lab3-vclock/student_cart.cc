#include "lab3-vclock/student_cart.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

namespace
{

std::string ShowText(const std::string &text)
{
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c >= ' ' && c <= '~' && c != '\'';
    });

    return plain && text.size() <= 80 ? "'" + text + "'" : ShowBytes(text);
}

} // namespace

std::string Show(const Cart &cart)
{
    std::string text;
    size_t shown = 0;

    for (const auto &[item, count] : cart) {
        if (shown++ == 12 && cart.size() > 16)
            return text + ", ... " + std::to_string(cart.size()) + " items";
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " of " +
                ShowText(item);
    }
    return cart.empty() ? "an empty cart" : text;
}

StudentCart::StudentCart(Trial &t, const Cart &cart) : StudentCart(t, Unmade{})
{
    MustMake("cart_open(" + Name() + ")", "cart_open", json::array({handle_}));
    for (const auto &[item, count] : cart)
        t.ExpectCode(DYN_OK, Add(item, count), "cart_add");
}

int StudentCart::Decode(Trial &t, const std::string &bytes,
                        std::optional<StudentCart> *cart)
{
    StudentCart made(t, Unmade{});
    const int code =
        made.Make("cart_decode(" + made.Name() + ", " + ShowText(bytes) + ")",
                  "cart_decode", json::array({made.handle_, Binary(bytes)}));

    if (code == DYN_OK)
        *cart = made;
    return code;
}

int StudentCart::Reconcile(Trial &t, const std::vector<std::string> &values,
                           std::optional<StudentCart> *cart)
{
    StudentCart made(t, Unmade{});
    std::string text;
    json given = json::array();

    for (const std::string &value : values) {
        text += (text.empty() ? "" : ", ") + ShowText(value);
        given.push_back(Binary(value));
    }
    const int code =
        made.Make("cart_reconcile(" + made.Name() + ", {" + text + "})",
                  "cart_reconcile", json::array({made.handle_, given}));

    if (code == DYN_OK)
        *cart = made;
    return code;
}

int StudentCart::Add(const std::string &item, uint64_t count)
{
    return Code("cart_add(" + Name() + ", " + ShowText(item) + ", " +
                    std::to_string(count) + ")",
                "cart_add", json::array({handle_, Binary(item), count}));
}

int StudentCart::Remove(const std::string &item)
{
    return Code("cart_remove(" + Name() + ", " + ShowText(item) + ")",
                "cart_remove", json::array({handle_, Binary(item)}));
}

uint64_t StudentCart::Count() const
{
    return Number("cart_count(" + Name() + ")", "cart_count",
                  json::array({handle_}));
}

int StudentCart::At(uint64_t index, std::string *item, uint64_t *count) const
{
    const json &answer = t_->Host().Call(
        "cart_at(" + Name() + ", " + std::to_string(index) + ")", "cart_at",
        json::array({handle_, index, 0, 0}));
    const int code = AnswerCode(answer, 0);

    *item = AnswerText(answer, 1);
    *count = AnswerUint(answer, 2);
    t_->Host().Answered(code == DYN_OK ? Show(Cart{{*item, *count}})
                                       : CodeText(code));
    ExpectUntouched(*t_, code, AnswerBool(answer, 3), "cart_at");
    return code;
}

Cart StudentCart::All() const
{
    const uint64_t count = std::min<uint64_t>(Count(), 2000);
    Cart all;

    for (uint64_t i = 0; i < count; i++) {
        std::string item;
        uint64_t many;

        t_->ExpectCode(DYN_OK, At(i, &item, &many),
                       "cart_at of an index below cart_count");
        t_->Expect(
            all.empty() || all.rbegin()->first < item,
            "items in ascending order, each once",
            ShowText(item) +
                (all.empty() ? "" : " after " + ShowText(all.rbegin()->first)));
        all[item] = many;
    }
    return all;
}

int StudentCart::Merge(const StudentCart &from)
{
    return Code("cart_merge(" + Name() + ", " + from.Name() + ")", "cart_merge",
                json::array({handle_, from.handle_}));
}

std::string StudentCart::Bytes() const
{
    const uint64_t length = Encode(0).length;

    t_->Expect(length < 1 << 20,
               "the length of the encoding, also where there is no room for it",
               std::to_string(length));
    const Encoded encoded = Encode(length);
    t_->ExpectCode(DYN_OK, encoded.code, "cart_encode with room");
    return encoded.bytes;
}

int StudentResurfacing(Trial &t, cart_history *history)
{
    const json &answer = t.Host().Call("cart_resurfacing()", "cart_resurfacing",
                                       json::array({0}));
    const int code = AnswerCode(answer, 0);
    const json &numbers = AnswerArray(answer, 4);
    std::string text;

    *history = {};
    if (code != DYN_OK) {
        t.Host().Answered(CodeText(code));
        ExpectUntouched(t, code, AnswerBool(answer, 1), "cart_resurfacing");
        return code;
    }
    history->count = AnswerUint(answer, 2);
    history->removal = AnswerUint(answer, 3);
    for (size_t i = 0;
         i < std::min<size_t>(numbers.size() / 3, CART_WRITES_MAX); i++) {
        cart_write &write = history->writes[i];

        write.read = static_cast<uint32_t>(AnswerUint(numbers, 3 * i));
        write.change = static_cast<uint32_t>(AnswerUint(numbers, 3 * i + 1));
        write.item = static_cast<uint32_t>(AnswerUint(numbers, 3 * i + 2));
        std::string read;
        for (size_t k = 0; k < CART_WRITES_MAX; k++)
            if ((write.read >> k & 1) != 0)
                read += (read.empty() ? "" : ", ") + std::to_string(k);
        text += "\nwrite " + std::to_string(i) + " has read " +
                (read.empty() ? "nothing" : read) + ", " +
                (write.change == CART_ADDS ? "adds"
                 : write.change == CART_REMOVES
                     ? "removes"
                     : "changes (" + std::to_string(write.change) + ")") +
                " item " + std::to_string(write.item);
    }
    t.Host().Answered(std::to_string(history->count) + " writes, removal " +
                      std::to_string(history->removal) + text);
    ExpectUntouched(t, code, AnswerBool(answer, 1), "cart_resurfacing");
    return code;
}

void ExpectCartNullsRefused(Trial &t)
{
    const StudentCart cart(t, {{"pen", 1}});
    const int c = cart.Handle();

    t.Host().Call("cart_close(NULL)", "cart_close", json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t, {{"cart_open(NULL)", "cart_open", json::array({nullptr}), false},
            {"cart_add(NULL, 'pen', 1)", "cart_add",
             json::array({nullptr, Binary("pen"), 1}), false},
            {"cart_add(cart, 1 byte at NULL, 1)", "cart_add",
             json::array({c, nullptr, 1}), false},
            {"cart_remove(NULL, 'pen')", "cart_remove",
             json::array({nullptr, Binary("pen")}), false},
            {"cart_remove(cart, 1 byte at NULL)", "cart_remove",
             json::array({c, nullptr}), false},
            {"cart_count(NULL)", "cart_count", json::array({nullptr}), true},
            {"cart_at(NULL, 0, ...)", "cart_at",
             json::array({nullptr, 0, 0, 0}), false},
            {"cart_at(cart, 0, NULL, &count)", "cart_at",
             json::array({c, 0, 1, 0}), false},
            {"cart_at(cart, 0, &item, NULL)", "cart_at",
             json::array({c, 0, 0, 1}), false},
            {"cart_merge(NULL, cart)", "cart_merge", json::array({nullptr, c}),
             false},
            {"cart_merge(cart, NULL)", "cart_merge", json::array({c, nullptr}),
             false},
            {"cart_reconcile(NULL, values, 1)", "cart_reconcile",
             json::array({nullptr, json::array({Binary("pen=1")})}), false},
            {"cart_reconcile(&cart, NULL, 1)", "cart_reconcile",
             json::array({t.NextHandle(), nullptr}), false},
            {"cart_encode(NULL, ...)", "cart_encode",
             json::array({nullptr, 100, 0}), false},
            {"cart_encode(cart, NULL, 1, &length)", "cart_encode",
             json::array({c, nullptr, 0}), false},
            {"cart_encode(cart, bytes, 100, NULL)", "cart_encode",
             json::array({c, 100, 1}), false},
            {"cart_decode(NULL, ...)", "cart_decode",
             json::array({nullptr, Binary("pen=1")}), false},
            {"cart_decode(&cart, NULL, 1)", "cart_decode",
             json::array({t.NextHandle(), nullptr}), false},
            {"cart_resurfacing(NULL)", "cart_resurfacing",
             json::array({nullptr}), false}});
}

} // namespace judge
