#pragma once
// payment_state - what payment's journal has come to: invoices, mandates, accounts; and beside it
// the work in hand, which no journal remembers.
//
// A number is taken for ever, its row leaves when nothing can concern it any more
// (payment_forget.h). What waits for something is in an agenda, and a closed invoice is in none, so
// no cost grows with history. Only after an older journal was put back the last closed ones are
// asked about for a while.
//
// The work in hand is when to ask again and whether a charge that found no connection waits for its
// next attempt. `decide` moves it when a request came back without news: that changes no later
// event's truth, only when the next request leaves; after a restart everything open is asked about
// soon. All else is changed by payment_state_apply alone.
//
// Ownership  The state owns all it points to but the settings.
// Threads    One.
#include "proto/codes.h"
#include "services/base/chain.h"
#include "services/base/table.h"
#include "services/payment/payment_agenda.h"
#include "services/payment/payment_contact.h"
#include "services/payment/payment_outage.h"
#include "services/payment/payment_receipts.h"
#include "services/payment/payment_refunds.h"
#include "services/payment/payment_settings.h"
#include "services/payment/promo_accounts.h"
#include "services/payment/promo_state.h"
#include <stddef.h>

typedef struct {
    uid_t16 key; // table_key(number, 0)
    uid_t16 token, mandate;
    kopecks_t amount, sum_max;
    kopecks_t received; // by the notice that did not fit, if `mismatch`
    uint64_t request, parent;
    uint64_t credit; // of a charge: the account's last one when it was created
    instant_t created;
    instant_t opened;  // first sent; of a top-up: money is under way since
    instant_t asked;   // the questions' waits count from here
    instant_t checked; // when the known answer was first given; 0 if there was none
    instant_t expires; // of a top-up; of a charge: the last instant at which it may leave
    uint32_t account, count_max, attempt;
    kopecks_t credited;          // what it brought
    uint64_t paid;               // sequence of its payment.succeeded
    uint64_t month;              // of autopay's decision, 0 for a top-up
    uint64_t born;               // sequence of its payment.created
    uint32_t refund;             // row + 1 of its last refund, 0 for none
    chain_link_t of_account;     // in the order in which they were created
    chain_link_t order;          // of all, likewise
    uint16_t result, state_code; // of the known answer
    uint8_t kind, state, level;  // level of payment.overdue so far, 0 before the first
    uint8_t mismatch;            // `what` of payment.mismatch, 0 if none
    uint8_t evidence;            // of its success
    bool orphan;                 // sent by a process that is gone, or maybe by a lost journal's
    bool lowered; // of a charge: its mandate's limits were lowered since it was created
} invoice_t;

typedef struct {
    uid_t16 key;        // the account
    uint64_t credit;    // sequence of its last payment.succeeded
    uint32_t mandate;   // row + 1 of the last consent
    uint32_t charge;    // row + 1 of the charge that is not ended
    uint32_t ticked;    // row + 1 of the last top-up with the box ticked
    uint64_t consented; // the box ticked on an invoice born by then gives no mandate any more
    chain_t invoices;   // rows + 1, the oldest first
    uint32_t topups_open, topups_pending;
    bool topped_up; // a top-up of it has succeeded
    bool closed;    // by the ledger's word
    bool contact;   // its receipts go to what lies in the side store
    receipted_lots_t lots;
} payment_account_t;

typedef struct {
    uid_t16 key; // the mandate
    uint64_t parent;
    kopecks_t amount, sum_max;
    uint64_t credit; // our sequence of the linking top-up's money
    uint32_t account, count_max;
    bool live;
    uint8_t why; // revoke_reason_t, 0 while it lives
} mandate_t;

typedef struct {
    payment_agenda_t charges;    // to be sent by this process
    payment_agenda_t questions;  // to be asked
    payment_agenda_t judgements; // a tick decides something
    payment_outage_t outage;     // whether Robokassa answers
    uint64_t posted; // what the ledger had posted of ours, as far as it is heard; 0 at first
    payment_contacts_t contacts; // that receipts are being sent to
} work_t;

typedef struct {
    const payment_settings_t *settings;
    table_t invoices, accounts, mandates;
    chain_t order; // of the invoices: rows + 1, the oldest first
    uint32_t
        looking; // row + 1 of the account at which a look for the forgotten goes on, 0 for none
    instant_t look_at; // when the next one begins, at the earliest
    promo_state_t promo;
    promo_accounts_t opened;
    uint64_t last;      // sequence of the journal
    uint64_t epoch;     // its name
    instant_t put_back; // when it got another name: an older journal was put back; 0 if never
    uint64_t common;    // the last event that the lost journal has too
    bool suspects;      // autopay has not said yet that it goes by this journal
    instant_t stamp;    // of the last event
    uint64_t doubted; // invoices born from here to `common` are asked about since, closed ones too
    uint64_t number;  // the last of the new kind, 0 before the first (proto/payment_number.h)
    uint64_t open, unknown, mismatched, mandates_live;
    uint64_t second, unwanted, kept;
    uint64_t contacts; // accounts that have one
    work_t *work;
    payment_refunds_t *refunds;
    payment_receipts_t *receipts;
} payment_state_t;

void *payment_state_create(const void *settings); // payment_settings_t, checked and borrowed
void payment_state_destroy(void *state);
void payment_state_apply(void *state, const event_t *event, uint64_t sequence);
// All of it that is the fold (services/base/walk.h).
void payment_state_walk(void *state, walk_t *walk);

// NULL when there is none. Pointers are valid until the next apply.
const invoice_t *payment_state_invoice(const payment_state_t *self, uint64_t number);
const payment_account_t *payment_state_account(const payment_state_t *self, const uid_t16 *account);
const mandate_t *payment_state_mandate(const payment_state_t *self,
                                       const payment_account_t *account); // the last
// The last top-up with the box ticked, while it or one before it may still give a mandate: that
// consent can be refused already. (If an operator credited it, it gives none itself.)
const invoice_t *payment_state_ticket(const payment_state_t *self,
                                      const payment_account_t *account);

static inline invoice_t *invoice_at(const payment_state_t *self, uint32_t row)
{
    return table_row(&self->invoices, row);
}

static inline chain_links_t payment_state_of_account(const payment_state_t *self)
{
    return (chain_links_t){self->invoices.rows + offsetof(invoice_t, of_account),
                           sizeof(invoice_t)};
}

static inline chain_links_t payment_state_in_order(const payment_state_t *self)
{
    return (chain_links_t){self->invoices.rows + offsetof(invoice_t, order), sizeof(invoice_t)};
}

static inline payment_account_t *account_at(const payment_state_t *self, uint32_t row)
{
    return table_row(&self->accounts, row);
}

static inline uint32_t invoice_row(const payment_state_t *self, const invoice_t *invoice)
{
    return (uint32_t)((size_t)((const uint8_t *)invoice - self->invoices.rows) /
                      self->invoices.row_size);
}

static inline uint64_t invoice_number(const invoice_t *self)
{
    uint64_t number;
    memcpy(&number, self->key.bytes, sizeof number);
    return number;
}

static inline bool invoice_is_closed(const invoice_t *self)
{
    return self->state == PAYMENT_SUCCEEDED || self->state == PAYMENT_DECLINED ||
           self->state == PAYMENT_EXPIRED;
}

// Money may be on its way: no other charge of the account leaves meanwhile.
static inline bool account_is_busy(const payment_account_t *self)
{
    return self->charge != 0 || self->topups_pending != 0;
}

// A charge of which nothing has left: it waits until we are current with the ledger, or found no
// connection and waits for its next attempt.
static inline bool invoice_is_waiting(const payment_state_t *self, const invoice_t *invoice)
{
    if (invoice->state == PAYMENT_CREATED)
        return invoice->kind == PAYMENT_KIND_AUTOPAY && !invoice->orphan;
    return invoice->state == PAYMENT_SENT && !invoice->orphan &&
           !payment_agenda_has(&self->work->charges, invoice_row(self, invoice));
}
