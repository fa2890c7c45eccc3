#pragma once
// fold_refunds - I21: a refund leaves at most once, and only what the ledger holds; what is held
// and what has left of a payment is never more than it brought; and both journals end as
// Robokassa's books do.
//
// Rows are kept over all histories: a refund's number is never given twice. What a journal that is
// lost said of one is forgotten with it; what arrived at Robokassa never is. Threads: one.
#include "proto/event.h"
#include "tests/simulation/fold_list.h"

typedef struct world world_t;
typedef struct fold fold_t;

typedef struct {
    uint64_t number, invoice, lot;
    unsigned account;
    int64_t amount;
    unsigned left, unsent; // by payment's journal
    unsigned arrivals;     // at Robokassa, ever
    bool canceled;         // in Robokassa's cabinet, ever
    bool approved, sent, unknown, disputed, done, ended;
    bool held, gone, back; // by the ledger's
    bool by_itself;        // no operator asked for it
    bool second;           // of the invoice's second payment, which the ledger does not know
    bool put_back;         // payment's journal was, since it was asked for
    int64_t at;            // true time at which it was asked for
} fold_refund_t;

void fold_refunds_payment(world_t *world, const event_t *event);
void fold_refunds_ledger(world_t *world, const event_t *event);
// A posting that is held or released, or of money that left: its lot is its payment's.
void fold_refunds_posted(world_t *world, const event_posted_t *posted);
void fold_refunds_forget_ledger(world_t *world);
void fold_refunds_put_back(world_t *world);

// A Create for that invoice and amount arrives; the refund that it is of, NULL after a violation.
fold_refund_t *fold_refunds_arrive(world_t *world, uint64_t invoice, int64_t amount, bool second);
// Robokassa's truth of the refund: what its operator sees in the cabinet.
bool fold_refund_went_back(const fold_refund_t *refund);
// Payment has asked for one of that payment by itself.
bool fold_refunds_by_itself(const world_t *world, uint64_t invoice);
// What has left through clearing, by the ledger.
int64_t fold_refunds_gone(const world_t *world);
void fold_refunds_check(world_t *world); // at the end
