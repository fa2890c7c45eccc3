#pragma once
// notify_view - what notify has heard of others, account by account: the ledger's balances, what
// the last hour cost by metering's lines, the payment that is under way by payment's word. Tables
// fetched at every start, then kept up by the streams. The node stores how far, and of which
// history.
//
// Burn is what the hour cost that was charged last: the sum of price x quantity over its lines,
// those of deletions and late ones left out. It holds until a later hour is closed without a line
// of the account. A container that began within the hour counts for its minutes of it alone.
//
// A balance and an hour belong together only when the ledger has posted the hour's lines, and when
// we have heard of all that the ledger has posted: notify_view_is_consistent. Example: the ledger
// has posted the hour from 10, and metering's lines of it are not heard yet; with the hour from 9
// the money would seem to end an hour early.
//
// Units: kopecks, carry units, microseconds. Memory: 112 bytes an account and its place in the
// index. Failures: FAIL_INVALID for a row that is none. Threads: one.
#include "proto/event.h"
#include "services/base/table.h"

typedef struct {
    uid_t16 account;
    uint64_t head; // the ledger's sequence that the balance is true at; 0: never heard of it
    kopecks_t balance;
    uint64_t charged; // metering's sequence of the account's last posting that it caused, as heard
    int64_t units;    // that the hour cost
    instant_t hour;
    uint64_t line, paid; // metering's sequence of the hour's last line, and of the last of a kopeck
    uint64_t invoice;    // that is not ended, 0 if none
    instant_t opened;
    uint64_t asked;  // payment's sequence of the last thing heard of the account
    bool autopay;    // the invoice is a charge of the card
    bool closed;     // the account, by the ledger's word
    kopecks_t limit; // how far below zero the ledger lets it go
} notify_view_row_t;

typedef struct {
    table_t rows;
    uint64_t posted;  // the ledger has posted what metering said up to here
    uint64_t heard;   // metering's last event that we know of
    instant_t closed; // the start of the last closed hour
} notify_view_t;

void notify_view_init(notify_view_t *self);
void notify_view_release(notify_view_t *self);
void notify_view_reset(notify_view_t *self, stream_t stream); // forgets what that one said
// The number of the account's row; TABLE_NONE if it was never heard of.
uint32_t notify_view_find(const notify_view_t *self, const uid_t16 *account);
static inline notify_view_row_t *notify_view_row(const notify_view_t *self, uint32_t number)
{
    return table_row(&self->rows, number);
}

// A row of a table (proto/PROTOCOL.md §9), a cursor of the ledger's, an event of a stream. What
// comes back is the number of the row that it concerned, TABLE_NONE for none.
fail_t notify_view_take_row(notify_view_t *self, stream_t stream, wire_t *row,
                            uint32_t *ret_number);
void notify_view_take_cursor(notify_view_t *self, uint64_t metering);
uint32_t notify_view_take_event(notify_view_t *self, stream_t stream, const event_t *event,
                                uint64_t sequence);

// The balance, and how far it may go below zero; what leaves int64 takes nothing away.
kopecks_t notify_view_money(kopecks_t balance, kopecks_t limit);
bool notify_view_is_consistent(const notify_view_t *self, const notify_view_row_t *row);
// What the account burns an hour; 0 if it had no line in the last closed hour.
int64_t notify_view_burn(const notify_view_t *self, const notify_view_row_t *row);
// The payment that is under way, 0 if there is none: a charge of the card until it is ended, a
// top-up for `span` from the moment its form was made.
uint64_t notify_view_pending(const notify_view_row_t *row, instant_t now, uint64_t span);
