// cart_hidden_test.cc: the graded tests of cart.h that only instructors have.
#include "harness/refusals.h"
#include "lab3-vclock/cart_model.h"

namespace judge
{
namespace
{

// ---- Part F ----

GRADED_TEST(Cart, HasNoLimitOfItems, "A cart may have any number of items.")
{
    StudentCart even(t), odd(t);
    Cart both;
    std::optional<StudentCart> back;

    // In no order, of all lengths.
    for (uint64_t i = 0; i < 400; i++) {
        const std::string item = std::to_string(i * 7919 % 400) +
                                 std::string(i % (CART_ITEM_MAX - 3), 'x');

        both[item] = i + 1;
        t.ExpectCode(DYN_OK, (i % 2 == 0 ? even : odd).Add(item, i + 1),
                     "cart_add");
    }
    t.ExpectCode(DYN_OK, even.Merge(odd), "cart_merge");
    ExpectCart(t, even, both, "the merge");
    t.Expect(even.Bytes() == BytesOf(both), "the bytes of the contract",
             "others");
    t.ExpectCode(DYN_OK, StudentCart::Decode(t, BytesOf(both), &back),
                 "cart_decode of these bytes");
    ExpectCart(t, *back, both, "what was decoded");
}

GRADED_TEST(
    Cart, SaysWhenThereIsNoMemory,
    "A call that gets no memory returns DYN_ENOMEM, changes nothing, and "
    "holds on to nothing.")
{
    StudentCart cart(t), from(t);
    Cart model, other;
    std::optional<StudentCart> back;
    const auto same = [&] {
        ExpectCart(t, cart, model, "the cart, unchanged");
    };

    for (int i = 0; i < 20; i++) {
        const std::string item = "item" + std::to_string(i);

        FailEach(
            t, "cart_add", [&] { return cart.Add(item, 1); }, same);
        model[item] = 1;
        t.ExpectCode(DYN_OK, from.Add("other" + item, 2), "cart_add");
        other["other" + item] = 2;
    }
    FailEach(
        t, "cart_merge", [&] { return cart.Merge(from); }, same);
    model = MergedCarts(model, other);
    ExpectCart(t, cart, model, "the merge");
    FailEach(
        t, "cart_decode",
        [&] { return StudentCart::Decode(t, BytesOf(other), &back); }, [] {});
    ExpectCart(t, *back, other, "what was decoded");
    FailEach(
        t, "cart_reconcile",
        [&] {
            return StudentCart::Reconcile(
                t, {BytesOf(other), "", "pen=1 quill=2"}, &back);
        },
        [] {});
    ExpectCart(t, *back, MergedCarts(other, {{"pen", 1}, {"quill", 2}}),
               "what was reconciled");
}

GRADED_PROPERTY(
    CartBytes, AreRefusedOrComeBackAsTheyWere, 200,
    "Whatever bytes cart_decode accepts, cart_encode writes again; it "
    "accepts those of every cart.")
{
    static const char some[] = {'0', '1', '9', '=', ' ', 'a', 'b', '\0'};
    std::string bytes = BytesOf(ChooseCart(t));
    std::optional<StudentCart> cart;

    for (uint64_t changes = t.Choose(4); changes > 0; changes--) {
        const char one = some[t.Choose(sizeof some)];
        const uint64_t how = t.Choose(4);

        if (how == 0)
            bytes += one;
        else if (how == 1)
            bytes.insert(t.Choose(bytes.size() + 1), 1, one);
        else if (!bytes.empty() && how == 2)
            bytes[t.Choose(bytes.size())] = one;
        else if (!bytes.empty())
            bytes.erase(t.Choose(bytes.size()), 1);
    }
    const bool good = CartOf(bytes).has_value();
    t.ExpectCode(good ? DYN_OK : DYN_ECORRUPT,
                 StudentCart::Decode(t, bytes, &cart),
                 good ? "cart_decode of a cart's bytes"
                      : "cart_decode of what is no cart");
    if (good)
        t.Expect(cart->Bytes() == bytes, "the bytes '" + bytes + "' again",
                 "'" + cart->Bytes() + "'");
}

GRADED_WORLD(CartStore, LosesNoItemWhileNodesCrash, 10, 0,
             "Five clients fill one cart while nodes crash, links are cut and "
             "messages go astray; no item is lost that nobody has removed.")
{
    Setup setup =
        StoreOf("dvv", static_cast<uint32_t>(t.Between(3, 6)), 3, 2, 2);
    CartClients clients;

    clients.clients = 5;
    setup.faults = DrawFaults(t, Everything());
    ExpectNoItemIsLost(t, setup, clients);
}

} // namespace
} // namespace judge
