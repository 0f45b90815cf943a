// student_cart.h: cart.h as a test sees it, with the student's code far away.
#pragma once

#include "lab3-vclock/student_versions.h"

extern "C" {
#include "dynamo/cart.h"
}

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

// A cart as the contract defines it: how many of each item.
using Cart = std::map<std::string, uint64_t>;

std::string
Show(const Cart &cart); // "2 of 'book', 1 of 'pen'"; "an empty cart"

class StudentCart : public StudentThing
{
  public:
    // cart_open, which must succeed; then cart_add for each item.
    explicit StudentCart(Trial &t, const Cart &cart = {});
    static int Decode(Trial &t, const std::string &bytes,
                      std::optional<StudentCart> *cart);
    static int Reconcile(Trial &t, const std::vector<std::string> &values,
                         std::optional<StudentCart> *cart);

    int Add(const std::string &item, uint64_t count);
    int Remove(const std::string &item);
    uint64_t Count() const;
    int At(uint64_t index, std::string *item, uint64_t *count) const;
    // All items, which must ascend.
    Cart All() const;
    int Merge(const StudentCart &from);
    Encoded Encode(uint64_t capacity) const
    {
        return EncodeInto(capacity);
    }
    std::string Bytes() const; // which must be had

  private:
    struct Unmade {
    };
    StudentCart(Trial &t, Unmade) : StudentThing(t, "cart", "cart")
    {
    }
};

// cart_resurfacing.
int StudentResurfacing(Trial &t, cart_history *history);

void ExpectCartNullsRefused(Trial &t);

} // namespace judge
