#pragma once
// autopay_view - the ledger's balances as autopay has heard of them: a table fetched at every
// start, then kept up by the ledger's postings. Nothing of it is stored.
//
// Units: kopecks. Memory: 40 bytes an account and its place in the index. Failures: FAIL_INVALID
// for a row that is none.
#include "proto/event.h"
#include "proto/table.h"

typedef struct {
    uid_t16 account;
    uint64_t head;     // the ledger's sequence that the balance is true at
    uint64_t credit;   // payment's sequence of the last credit in it
    kopecks_t balance; // cash and bonus
} view_row_t;

typedef struct {
    table_t rows;
    uint64_t payment; // the ledger has posted what payment said up to here, and we have seen it
} view_t;

void view_init(view_t *self);
void view_release(view_t *self);
void view_reset(view_t *self);
const view_row_t *view_find(const view_t *self, const uid_t16 *account); // NULL if never heard of

// A row of the ledger's table: [number, account, cash, bonus, head, credit].
fail_t view_take_row(view_t *self, wire_t *row, uid_t16 *ret_account);
void view_take_cursor(view_t *self, uint64_t payment);
void view_take_event(view_t *self, const event_t *event, uint64_t sequence);
