#include "lab3-vclock/cart_model.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

const char kKey[] = "cart";

// What a put of a client does to the cart: the put's item, and the one removed.
struct Change {
    std::string added, removed;
};

// The put's place in the history, by the order in which puts were asked.
std::vector<int> PutsOf(const History &history)
{
    std::vector<int> puts;

    for (const Operation &op : history)
        if (op.is_put)
            puts.push_back(op.id);
    return puts;
}

} // namespace

Cart MergedCarts(const Cart &a, const Cart &b)
{
    Cart merged = a;

    for (const auto &[item, count] : b)
        merged[item] = std::max(merged[item], count);
    return merged;
}

std::string BytesOf(const Cart &cart)
{
    std::string bytes;

    for (const auto &[item, count] : cart)
        bytes +=
            (bytes.empty() ? "" : " ") + item + "=" + std::to_string(count);
    return bytes;
}

std::optional<Cart> CartOf(const std::string &bytes)
{
    Cart cart;
    size_t at = 0;

    while (at < bytes.size()) {
        const size_t end = std::min(bytes.find(' ', at), bytes.size());
        const size_t equals = bytes.find('=', at);

        if (equals >= end)
            return std::nullopt;
        const std::string count = bytes.substr(equals + 1, end - equals - 1);
        if (count.empty() || count.size() > 10 ||
            count.find_first_not_of("0123456789") != std::string::npos)
            return std::nullopt;
        cart[bytes.substr(at, equals - at)] = std::stoull(count);
        at = end + 1;
    }
    // Whatever else is wrong, it would be written otherwise.
    for (const auto &[item, count] : cart)
        if (item.empty() || item.size() > CART_ITEM_MAX || count < 1 ||
            count > UINT32_MAX ||
            std::any_of(item.begin(), item.end(),
                        [](char c) { return c < '!' || c > '~'; }))
            return std::nullopt;
    if (BytesOf(cart) != bytes)
        return std::nullopt;
    return cart;
}

Cart ChooseCart(Trial &t)
{
    static const std::string items[] = {"a", "ab", "b", "book", "~", "!"};
    Cart cart;

    if (t.Choose(5) == 0)
        return cart;
    for (const std::string &item : items)
        if (const uint64_t count = t.Choose(4))
            cart[item] = count == 3 ? 4000000000 + t.Choose(2) : count;
    return cart;
}

void ExpectCart(Trial &t, const StudentCart &seen, const Cart &expected,
                const std::string &what)
{
    const Cart all = seen.All();

    t.Expect(all == expected, what + ": " + Show(expected), Show(all));
}

std::vector<Cart> CartsOf(Trial &t, const cart_history &history)
{
    std::vector<Cart> carts;

    t.Expect(history.count <= CART_WRITES_MAX, "at most 32 writes",
             std::to_string(history.count));
    for (size_t i = 0; i < history.count; i++) {
        const cart_write &write = history.writes[i];
        const std::string item = "item" + std::to_string(write.item),
                          number = "write " + std::to_string(i);
        Cart cart;

        t.Expect(write.read >> i == 0, number + " has read earlier writes only",
                 "a bit of itself or of a later one is set");
        t.Expect(write.item <= 255, number + " changes an item of 0 .. 255",
                 std::to_string(write.item));
        for (size_t k = 0; k < i; k++)
            if ((write.read >> k & 1) != 0)
                cart = MergedCarts(cart, carts[k]);
        if (write.change == CART_ADDS) {
            cart[item]++;
        } else {
            t.Expect(write.change == CART_REMOVES,
                     number + " has a change of CART_ADDS or CART_REMOVES",
                     std::to_string(write.change));
            t.Expect(cart.erase(item) == 1,
                     number + " removes what is in its cart",
                     Show(cart) + " has no " + item);
        }
        carts.push_back(cart);
    }
    return carts;
}

void ExpectNoItemIsLost(Trial &t, const Setup &setup,
                        const CartClients &clients)
{
    World world(t, setup);
    std::vector<Change> changes; // of the puts, in the order of their asking
    uint64_t items = 0;

    for (int client = 0; client < clients.clients; client++) {
        std::vector<Wish> wishes;

        for (uint64_t rounds = t.Choose(clients.rounds + 1); rounds > 0;
             rounds--) {
            const std::string item = "item-" + ValueName(items++);
            const bool removes = t.Choose(3) == 2;
            const uint64_t which = t.Choose(8);
            Wish wish;

            wish.key = kKey;
            wish.node = static_cast<uint32_t>(t.Choose(setup.nodes));
            wish.after_ms = static_cast<uint32_t>(t.Choose(clients.pause_ms));
            wishes.push_back(wish);
            wish.is_put = wish.with_context = wish.only_read = true;
            wish.node = static_cast<uint32_t>(t.Choose(setup.nodes));
            wish.after_ms = static_cast<uint32_t>(t.Choose(clients.pause_ms));
            wish.value_of = [&t, &changes, item, removes,
                             which](const std::vector<std::string> &found) {
                std::optional<StudentCart> cart;
                Change change = {item, ""};
                Cart expected;

                t.ExpectCode(DYN_OK, StudentCart::Reconcile(t, found, &cart),
                             "cart_reconcile of what a get has found");
                for (const std::string &value : found)
                    expected =
                        MergedCarts(expected, CartOf(value).value_or(Cart{}));
                if (removes && !expected.empty()) {
                    auto it = expected.begin();
                    std::advance(it, which % expected.size());
                    change.removed = it->first;
                    t.ExpectCode(DYN_OK, cart->Remove(change.removed),
                                 "cart_remove of an item of the cart");
                    expected.erase(it);
                }
                t.ExpectCode(DYN_OK, cart->Add(item, 1), "cart_add");
                expected[item] = 1;
                const std::string bytes = cart->Bytes();
                t.Expect(bytes == BytesOf(expected),
                         "the cart's bytes are '" + BytesOf(expected) + "'",
                         "'" + bytes + "'");
                cart->Close();
                changes.push_back(change);
                return bytes;
            };
            wishes.push_back(wish);
        }
        world.Client(wishes);
    }
    world.Run();
    world.Expect(NothingIsLost(world.Operations(), {}));

    const History &history = world.Operations();
    const std::vector<int> puts = PutsOf(history);
    for (const Operation &get : history) {
        if (get.is_put || !Succeeded(get))
            continue;
        std::optional<StudentCart> cart;
        t.ExpectCode(DYN_OK, StudentCart::Reconcile(t, get.values, &cart),
                     "cart_reconcile of what a get has found");
        const Cart seen = cart->All();
        cart->Close();
        const std::string stands = Told(get) + " finds " + Outcome(get) +
                                   ", which cart_reconcile takes for " +
                                   Show(seen);
        std::set<std::string> added, removed;
        for (size_t i = 0; i < puts.size(); i++) {
            const Operation &put = history[puts[i]];

            if (put.invoked > get.returned)
                break;
            added.insert(changes[i].added);
            removed.insert(changes[i].removed);
        }
        for (size_t i = 0; i < puts.size(); i++) {
            const Operation &put = history[puts[i]];
            const std::string &item = changes[i].added;

            if (Succeeded(put) && Precedes(put, get) &&
                removed.count(item) == 0 && seen.count(item) == 0)
                world.Break("an item that was added, and that nobody has "
                            "removed, is in the cart",
                            stands + "; '" + item + "' was added by " +
                                Told(put),
                            {get.id, put.id});
        }
        for (const auto &[item, count] : seen)
            if (added.count(item) == 0)
                world.Break("only what was added is in the cart",
                            stands + "; nobody has added '" + item + "'",
                            {get.id});
    }
    world.Close();
}

} // namespace judge
