// cart_public_test.cc: the graded tests of cart.h that students are given.
#include "harness/refusals.h"
#include "lab3-vclock/cart_model.h"

namespace judge
{
namespace
{

// ---- Part F: the cart ----

GRADED_PROPERTY(
    Cart, HoldsWhatWasAdded, 60,
    "After any additions and removals a cart holds what they made of "
    "it, in ascending order.")
{
    static const std::string items[] = {"book", "pen", "a", "ab", "!", "~"};
    StudentCart cart(t);
    Cart model;

    for (uint64_t changes = t.Choose(10); changes > 0; changes--) {
        const std::string &item = items[t.Choose(6)];
        const uint64_t count = t.Choose(3);

        if (t.Choose(3) == 2) {
            t.ExpectCode(model.erase(item) == 1 ? DYN_OK : DYN_ENOENT,
                         cart.Remove(item), "cart_remove");
        } else {
            t.ExpectCode(count > 0 ? DYN_OK : DYN_EINVAL, cart.Add(item, count),
                         "cart_add of " + std::to_string(count));
            if (count > 0)
                model[item] += count;
        }
        ExpectCart(t, cart, model, "the cart");
    }
}

GRADED_PROPERTY(CartMerge, IsTheUnion, 60,
                "A merge holds the items of both carts, and of each the larger "
                "count.")
{
    const Cart a = ChooseCart(t), b = ChooseCart(t);
    StudentCart into(t, a);
    const StudentCart from(t, b);

    t.ExpectCode(DYN_OK, into.Merge(from), "cart_merge");
    ExpectCart(t, into, MergedCarts(a, b),
               Show(a) + ", merged with " + Show(b));
    ExpectCart(t, from, b, "what was merged from, unchanged");
    t.ExpectCode(DYN_OK, into.Merge(from), "cart_merge once again");
    t.ExpectCode(DYN_OK, into.Merge(into), "cart_merge of a cart with itself");
    ExpectCart(t, into, MergedCarts(a, b), "the same cart");
}

GRADED_PROPERTY(CartReconcile, MergesAllSiblings, 60,
                "The cart of a get is that of all its values, merged, in "
                "whatever order they come.")
{
    std::vector<std::string> values;
    std::optional<StudentCart> cart, back;
    Cart merged;

    for (uint64_t siblings = t.Choose(5); siblings > 0; siblings--) {
        const Cart one = ChooseCart(t);

        values.push_back(BytesOf(one));
        merged = MergedCarts(merged, one);
    }
    t.ExpectCode(DYN_OK, StudentCart::Reconcile(t, values, &cart),
                 "cart_reconcile");
    ExpectCart(t, *cart, merged, "the cart of all values");
    std::reverse(values.begin(), values.end());
    t.ExpectCode(DYN_OK, StudentCart::Reconcile(t, values, &back),
                 "cart_reconcile of the same values, the last one first");
    ExpectCart(t, *back, merged, "the cart of all values");
}

GRADED_PROPERTY(
    CartBytes, AreThoseOfTheContract, 50,
    "A cart's bytes are those of the contract, and come back as the "
    "same cart.")
{
    const Cart model = ChooseCart(t);
    const StudentCart cart(t, model);
    const std::string bytes = BytesOf(model);
    std::optional<StudentCart> back;

    for (const uint64_t capacity :
         {uint64_t{0}, uint64_t{bytes.size() / 2}, uint64_t{bytes.size()},
          uint64_t{bytes.size() + 7}}) {
        const Encoded encoded = cart.Encode(capacity);

        t.ExpectCode(capacity < bytes.size() ? DYN_ERANGE : DYN_OK,
                     encoded.code,
                     "cart_encode of " + std::to_string(bytes.size()) +
                         " bytes into " + std::to_string(capacity));
        t.Expect(encoded.length == bytes.size(),
                 "the length " + std::to_string(bytes.size()),
                 std::to_string(encoded.length));
        t.Expect(encoded.code != DYN_OK || encoded.bytes == bytes,
                 "the bytes '" + bytes + "'", "'" + encoded.bytes + "'");
    }
    t.ExpectCode(DYN_OK, StudentCart::Decode(t, bytes, &back),
                 "cart_decode of these bytes");
    ExpectCart(t, *back, model, "what was decoded");
}

GRADED_TEST(
    CartBytes, AreRefusedWhereTheyAreDamaged,
    "cart_decode, and cart_reconcile, refuse what cart_encode cannot have "
    "written.")
{
    const std::string longest(CART_ITEM_MAX, 'x');
    const Damage damaged[] = {
        {"of an item without a count", "book"},
        {"of an item without a count", "book= pen=1"},
        {"without an item", "=1"},
        {"with a count of 0", "book=0"},
        {"with a leading zero", "book=02"},
        {"with a count that is none", "book=2x"},
        {"with a negative count", "book=-2"},
        {"with a count of 2^32", "book=4294967296"},
        {"with a count of 2^64 + 1", "book=18446744073709551617"},
        {"that begin with a space", " book=2"},
        {"that end with a space", "book=2 "},
        {"with two spaces", "book=2  pen=1"},
        {"whose items do not ascend", "pen=1 book=2"},
        {"with an item twice", "book=1 book=1"},
        {"with two items that a byte of 0 parts",
         std::string("book=1\0pen=1", 12)},
        {"with an item that has a byte of 0", std::string("bo\0k=1", 6)},
        {"with an item that has a byte above 127", "b\xc3\xb6k=1"},
        {"with an item that has a tab", "bo\tk=1"},
        {"with '=' in an item", "bo=k=1"},
        {"with an item of 65 bytes", longest + "x=1"}};
    std::optional<StudentCart> cart;

    t.ExpectCode(DYN_OK, StudentCart::Decode(t, "book=2 pen=4294967295", &cart),
                 "cart_decode of good bytes");
    ExpectCart(t, *cart, {{"book", 2}, {"pen", UINT32_MAX}},
               "what was decoded");
    t.ExpectCode(DYN_OK, StudentCart::Decode(t, longest + "=1", &cart),
                 "cart_decode of an item of 64 bytes");
    for (const auto &[what, bad] : damaged) {
        t.ExpectCode(DYN_ECORRUPT, StudentCart::Decode(t, bad, &cart),
                     "cart_decode of bytes " + what);
        t.ExpectCode(
            DYN_ECORRUPT, StudentCart::Reconcile(t, {"a=1", bad, "c=1"}, &cart),
            "cart_reconcile of values of which the second has bytes " + what);
    }
}

GRADED_TEST(BadInput, CartRefusesWhatIsOutOfRange,
            "NULL pointers, names that are none, counts that are too high and "
            "indexes beyond the last are refused.")
{
    const std::string longest(CART_ITEM_MAX, 'x');
    StudentCart cart(t);
    std::string item;
    uint64_t count;

    ExpectCartNullsRefused(t);
    t.ExpectCode(DYN_ENOENT, cart.At(0, &item, &count),
                 "cart_at of an empty cart");
    for (const std::string &bad :
         {std::string(), longest + "x", std::string("two words"),
          std::string("a=b"), std::string("\x7f"), std::string("\0", 1)}) {
        t.ExpectCode(DYN_EINVAL, cart.Add(bad, 1),
                     "cart_add of what is no name");
        t.ExpectCode(DYN_EINVAL, cart.Remove(bad),
                     "cart_remove of what is no name");
    }
    t.ExpectCode(DYN_OK, cart.Add(longest, 1),
                 "cart_add of a name of 64 bytes");
    t.ExpectCode(DYN_OK, cart.Add("pen", UINT32_MAX - 1),
                 "cart_add of UINT32_MAX - 1");
    t.ExpectCode(DYN_ERANGE, cart.Add("pen", 2), "cart_add of 2 more");
    t.ExpectCode(DYN_OK, cart.Add("pen", 1), "cart_add of 1 more");
    t.ExpectCode(DYN_ERANGE, cart.Add("pen", UINT32_MAX),
                 "cart_add of UINT32_MAX more");
    ExpectCart(t, cart, {{"pen", UINT32_MAX}, {longest, 1}}, "the cart");
    t.ExpectCode(DYN_ENOENT, cart.At(2, &item, &count),
                 "cart_at of index 2 of two items");
    t.ExpectCode(DYN_ENOENT, cart.At(UINT64_MAX, &item, &count),
                 "cart_at of index 2^64 - 1");
}

GRADED_TEST(Resurfacing, BringsBackADeletedItem,
            "cart_resurfacing gives a history in which an item is removed by a "
            "client that had seen all that added it, and is in the cart in the "
            "end.")
{
    cart_history history;

    t.ExpectCode(DYN_OK, StudentResurfacing(t, &history), "cart_resurfacing");
    const std::vector<Cart> carts = CartsOf(t, history);
    t.Expect(history.removal < carts.size() &&
                 history.writes[history.removal].change == CART_REMOVES,
             "`removal` is a write that removes",
             "write " + std::to_string(history.removal) + " does not");
    // seen[i]: the writes that write i has seen, itself among them.
    std::vector<uint32_t> seen;
    uint32_t read = 0;
    for (size_t i = 0; i < carts.size(); i++) {
        seen.push_back(uint32_t{1} << i);
        for (size_t k = 0; k < i; k++)
            if ((history.writes[i].read >> k & 1) != 0)
                seen[i] |= seen[k];
        read |= seen[i] & ~(uint32_t{1} << i);
    }
    const uint32_t item = history.writes[history.removal].item;
    Cart left;
    std::string which;
    for (size_t i = 0; i < carts.size(); i++) {
        const cart_write &write = history.writes[i];

        t.Expect(write.change != CART_ADDS || write.item != item ||
                     (seen[history.removal] >> i & 1) != 0,
                 "the removal, write " + std::to_string(history.removal) +
                     ", has seen every write that adds its item",
                 "it has not seen write " + std::to_string(i));
        if ((read >> i & 1) == 0) {
            left = MergedCarts(left, carts[i]);
            which += (which.empty() ? "" : ", ") + std::to_string(i);
        }
    }
    t.Expect(left.count("item" + std::to_string(item)) == 1,
             "item" + std::to_string(item) + " is in the cart that is left",
             "the writes that no other has seen are " + which +
                 "; their carts, merged, are " + Show(left));
}

// ---- Part F: the cart in the store ----

std::string ValueOf(Trial &t, const std::vector<std::string> &found,
                    const std::string &added, const std::string &removed)
{
    std::optional<StudentCart> cart;
    std::string which;

    for (const std::string &value : found)
        which += (which.empty() ? "" : ", ") + Quoted(value);
    which = "cart_reconcile of {" + which + "}, which a get has found";
    t.ExpectCode(DYN_OK, StudentCart::Reconcile(t, found, &cart), which);
    if (!added.empty())
        t.ExpectCode(DYN_OK, cart->Add(added, 1), "cart_add");
    if (!removed.empty())
        t.ExpectCode(DYN_OK, cart->Remove(removed),
                     "cart_remove of '" + removed + "' after " + which);
    return cart->Bytes();
}

GRADED_WORLD(CartStore, KeepsAdditionsAndBringsBackADeletion, 1, 0,
             "Two clients change what they have read. What either added is in "
             "the cart; what one removed is too, for the other had not seen "
             "that.")
{
    World world(t, StoreOf("dvv", 3, 3, 2, 2));
    const std::string rule = "a get finds what was put, and not what that has "
                             "replaced";
    const auto found = [&](int get) { return OperationOf(world, get).values; };

    PutValue(&world, 0, "cart", ValueOf(t, {}, "book", ""), -1, 40, rule);
    const int get = GetValues(&world, 1, "cart", {"book=1"}, 20, rule);
    PutValue(&world, 1, "cart", ValueOf(t, found(get), "pen", ""), get, 40,
             rule);
    PutValue(&world, 1, "cart", ValueOf(t, found(get), "cup", "book"), get, 40,
             rule);
    const int both =
        GetValues(&world, 2, "cart", {"book=1 pen=1", "cup=1"}, 20, rule);
    const std::string cart = ValueOf(t, found(both), "ink", "");
    t.Expect(cart == "book=1 cup=1 ink=1 pen=1",
             "the cart 'book=1 cup=1 ink=1 pen=1': the union of both, and ink",
             "'" + cart + "'");
    PutValue(&world, 0, "cart", cart, both, 40, rule);
    const int last = GetValues(&world, 1, "cart", {cart}, 20, rule);
    PutValue(&world, 2, "cart", ValueOf(t, found(last), "", "book"), last, 40,
             rule);
    for (uint32_t node = 0; node < 3; node++)
        GetValues(&world, node, "cart", {"cup=1 ink=1 pen=1"}, 20, rule);
    world.Close();
}

GRADED_WORLD(CartStore, LosesNoItemWhateverGoesAstray, 10, 0,
             "Clients fill one cart while messages go astray; no item is lost "
             "that nobody has removed.")
{
    Setup setup =
        StoreOf("dvv", static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);

    setup.faults = DrawFaults(t, StrayMessages());
    ExpectNoItemIsLost(t, setup, {});
}

} // namespace
} // namespace judge
