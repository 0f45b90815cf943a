/* loans.c: see loans.h. */
#include "env/loans.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct loan {
    struct loan *before;
    uint8_t *key, *value; /* blocks of their own */
    size_t key_size;
    bool until_any_change;
};

/* A block of exactly the slice's size, also of size 0. NULL: no memory. */
static uint8_t *copy_of(struct slice bytes)
{
    uint8_t *copy = malloc(bytes.size);

    if (copy != NULL && bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return copy;
}

static void free_loan(struct loan *loan)
{
    if (loan != NULL) {
        free(loan->key);
        free(loan->value);
        free(loan);
    }
}

int loans_add(struct loans *loans, struct slice key, struct slice *value,
              struct slice *lent_key)
{
    struct loan *loan = calloc(1, sizeof *loan);

    if (loan == NULL)
        goto no_memory;
    loan->key = copy_of(key);
    loan->value = copy_of(*value);
    if (loan->key == NULL || loan->value == NULL)
        goto no_memory;
    loan->key_size = key.size;
    loan->until_any_change = lent_key != NULL;
    loan->before = loans->latest;
    loans->latest = loan;
    value->data = loan->value;
    if (lent_key != NULL)
        *lent_key = (struct slice){loan->key, key.size};
    return DYN_OK;

no_memory:
    free_loan(loan);
    return DYN_ENOMEM;
}

static bool ends(const struct loan *loan, struct slice key)
{
    return loan->until_any_change ||
           (loan->key_size == key.size &&
            memcmp(loan->key, key.data, key.size) == 0);
}

void loans_end_of_key(struct loans *loans, struct slice key)
{
    struct loan **link = &loans->latest;

    while (*link != NULL) {
        struct loan *loan = *link;

        if (ends(loan, key)) {
            *link = loan->before;
            free_loan(loan);
        } else {
            link = &loan->before;
        }
    }
}

void loans_end(struct loans *loans)
{
    while (loans->latest != NULL) {
        struct loan *loan = loans->latest;

        loans->latest = loan->before;
        free_loan(loan);
    }
}
