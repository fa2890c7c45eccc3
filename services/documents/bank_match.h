#pragma once
// bank_match - which invoice a transfer pays, or why that is for people to say: the tests of
// docs/rules.md "Matching" in their order, from RETURNED_TRANSFER on.
//
// Ownership: borrows. Failures: none. Threads: any.
#include "proto/codes.h"
#include "proto/money.h"
#include "services/documents/invoice_number.h"

typedef struct {
    span_t purpose; // as printed
    span_t plain;   // the same, each run of blanks made one
    span_t payer_inn;
    kopecks_t amount;
} bank_transfer_t;

typedef struct {
    kopecks_t amount;
    span_t inn; // of the company that is to pay
    bool paid;
} bank_invoice_t;

// False if there is no invoice of that number.
typedef bool bank_find_fn(const void *books, const invoice_number_t *number,
                          bank_invoice_t *ret_invoice);

// TRANSFER_MATCHED, or the first reason that holds. *ret_invoice is the one number that the purpose
// names, and untouched if it names none or several.
transfer_reason_t bank_match(const bank_transfer_t *transfer, bank_find_fn *find, const void *books,
                             invoice_number_t *ret_invoice);
