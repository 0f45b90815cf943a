/* loans.c: see loans.h. */
#include "env/loans.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct loan {
    struct loan *before;
    uint8_t *value;    /* a block of its own */
    uint8_t *lent_key; /* the same; NULL: only the value is lent */
    size_t key_size;
    uint8_t key[];
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
        free(loan->lent_key);
        free(loan->value);
        free(loan);
    }
}

int loans_add(struct loans *loans, struct slice key, struct slice *value,
              struct slice *lent_key)
{
    struct loan *loan = malloc(sizeof *loan + key.size);

    if (loan == NULL)
        goto no_memory;
    loan->value = copy_of(*value);
    loan->lent_key = lent_key != NULL ? copy_of(key) : NULL;
    if (loan->value == NULL || (lent_key != NULL && loan->lent_key == NULL))
        goto no_memory;
    loan->key_size = key.size;
    memcpy(loan->key, key.data, key.size);
    loan->before = loans->latest;
    loans->latest = loan;
    value->data = loan->value;
    if (lent_key != NULL)
        *lent_key = (struct slice){loan->lent_key, key.size};
    return DYN_OK;

no_memory:
    free_loan(loan);
    return DYN_ENOMEM;
}

static bool ends(const struct loan *loan, struct slice key)
{
    return loan->lent_key != NULL ||
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
