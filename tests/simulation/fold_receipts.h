#pragma once
// fold_receipts - I25: each lot of a payment by card that is used up has one second receipt at the
// tax service's door in the end, never two, and it says what services took of the lot; a lot of
// which a chargeback took has none by machine; a refund's receipt has the taxes of its payment's.
//
// What of a lot was used is the fold of the ledger's postings (fold_lots.h), not what payment says.
// Rows are kept over all histories: what payment's journal says is forgotten when an older one is
// put back, what has come to the door never is. Threads: one.
#include "proto/event.h"
#include "tests/simulation/fold_list.h"

typedef struct world world_t;

typedef struct {
    uint64_t invoice;
    unsigned account;
    int64_t over_since; // true time since which its lot is known to be used up; 0: it is not
    // By payment's journal
    uint64_t lot, why, tax;
    bool owed; // it repaid debt
    bool placed, held, ended, due, handed, settled;
    bool registered[2], missing[2]; // by receipt_kind_t - 1
    int64_t amount, vat;
    // By any journal of payment that there was
    bool ever_due;
    int64_t ever_amount, ever_vat;
} fold_receipt_t;

// An event of payment's journal, also one that its backup had, and a posting of the ledger's.
void fold_receipts_payment(world_t *world, const event_t *event);
void fold_receipts_posted(world_t *world, const event_t *event);
void fold_receipts_forget_ledger(world_t *world);
void fold_receipts_put_back(world_t *world);
// A second receipt comes to the door.
void fold_receipts_arrive(world_t *world, uint64_t invoice, int64_t amount, int64_t vat);
fold_receipt_t *fold_receipts_of(world_t *world, uint64_t invoice); // NULL if there is none
void fold_receipts_check(world_t *world);                           // at the end
