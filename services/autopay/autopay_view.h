#pragma once
// autopay_view - the ledger's balances as autopay has heard of them: a table fetched at every
// start, then kept up by the ledger's postings. The node stores how far, and of which history.
//
// Units: kopecks. Memory: 64 bytes an account and its place in the index. Failures: FAIL_INVALID
// for a row that is none.
#include "proto/event.h"
#include "services/base/table.h"

typedef struct {
    uid_t16 account;
    uint64_t head;      // the ledger's sequence that the balance is true at
    uint64_t credit;    // payment's sequence of the last credit in it
    kopecks_t balance;  // cash and bonus
    kopecks_t returned; // by refunds and chargebacks since the last usage
    bool closed;        // the account, by the ledger's word
} autopay_view_row_t;

typedef struct {
    table_t rows;
    uint64_t payment; // the ledger has posted what payment said up to here, and we have seen it
} autopay_view_t;

void autopay_view_init(autopay_view_t *self);
void autopay_view_release(autopay_view_t *self);
void autopay_view_reset(autopay_view_t *self);
const autopay_view_row_t *autopay_view_find(const autopay_view_t *self,
                                            const uid_t16 *account); // NULL if never heard of

// A row of the ledger's table: [number, account, cash, bonus, head, credit, returned]. A ledger of
// before `returned` sends six.
fail_t autopay_view_take_row(autopay_view_t *self, wire_t *row, uid_t16 *ret_account);
void autopay_view_take_cursor(autopay_view_t *self, uint64_t payment);
void autopay_view_take_event(autopay_view_t *self, const event_t *event, uint64_t sequence);
