// cart_model.h: carts as the contract defines them, in the plainest way, and
// clients that fill them.
#pragma once

#include "lab3-vclock/store_model.h"
#include "lab3-vclock/student_cart.h"

#include <string>
#include <vector>

namespace judge
{

Cart MergedCarts(const Cart &a, const Cart &b);
std::string BytesOf(const Cart &cart);
// nullopt: no cart's bytes.
std::optional<Cart> CartOf(const std::string &bytes);

// A cart of some items, of few names and counts, so that carts share some.
Cart ChooseCart(Trial &t);

void ExpectCart(Trial &t, const StudentCart &seen, const Cart &expected,
                const std::string &what);

// The carts of a history's writes. Fails the trial where the history is none.
std::vector<Cart> CartsOf(Trial &t, const cart_history &history);

// Clients with one cart. Each gets it, merges what it was given by the student's
// cart.c, adds an item that nobody else adds, perhaps removes one that it sees, and
// puts that with the context of its get.
struct CartClients {
    int clients = 3;
    uint64_t rounds = 3;   // of a client at most
    uint64_t pause_ms = 8; // between two operations, less than
};

// A whole run of them on dvv_program: no version is lost, and in no cart that a get
// stands for is an item missing that was added and nobody has removed.
void ExpectNoItemIsLost(Trial &t, const Setup &setup,
                        const CartClients &clients);

} // namespace judge
