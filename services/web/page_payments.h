#pragma once
// page_payments - an account's payments as payment lists them, and the screen «Платежи»: top-ups
// and automatic payments, the newest first, each with a link to its own page.
//
// Ownership: a walk borrows from the answer. Failures: it ends at what is no row; the screen's are
// those of web_visit.h. Threads: as there.
#include "proto/codes.h"
#include "proto/wire.h"
#include "services/web/web_visit.h"

// The states in which money may still come of itself.
#define PAGE_PAYMENTS_OPEN                                                                         \
    (1U << PAYMENT_CREATED | 1U << PAYMENT_SENT | 1U << PAYMENT_PENDING | 1U << PAYMENT_UNKNOWN)

typedef struct {
    uint64_t invoice, kind, state, request;
    uint64_t receipts[2]; // receipt_state_t of the first and the second, 0 where none is followed
    kopecks_t amount;
    instant_t created;
} page_payments_row_t;

typedef struct {
    wire_t wire;
    uint64_t left;
} page_payments_walk_t;

void page_payments_start(page_payments_walk_t *self, const answer_payments_t *payments);
bool page_payments_next(page_payments_walk_t *self, page_payments_row_t *ret_row);

web_step_fn page_payments_show;
