#pragma once
// payment_receipts - the payments by card whose receipts are followed: the lot that each is in the
// ledger, and how far its first and its second receipt are (docs/rules.md "Receipts of a lot",
// "Registration of receipts").
//
// A row leaves with its payment's (payment_forget.h). Lots of which something is left stand in a
// chain by account, in the order in which the ledger made them: that is the order in which they are
// used. A receipt that waits for Robokassa is in the agendas; its number there is receipt_slot.
//
// All else than the agendas and the tries of a registration is changed by payment_receipts_apply
// and its kin alone. After a restart what is not registered is tried again at once, under the same
// number: it follows from the payment's, so also a journal that was put back gives no other.
//
// Units      Kopecks. Ownership: owns its rows. Failures: none; ends the process by assert when
// memory is out. Threads: one.
#include "proto/codes.h"
#include "proto/event.h"
#include "services/base/chain.h"
#include "services/base/table.h"
#include "services/payment/payment_agenda.h"
#include "services/payment/payment_fiscal.h"
#include "services/payment/payment_registration.h"

enum { PAYMENT_REGIMES_MAX = 32 };

typedef struct {
    payment_registration_t progress;
    instant_t changed;
    kopecks_t sum, vat;
    uint64_t drive, document, sign; // once it is registered
    uint16_t code;                  // of the last answer; 0 before the first
    uint8_t tax, system, why;
    bool begun, missing, people, settled;
} receipt_t;

typedef struct {
    uid_t16 key; // table_key(number of the payment, 0)
    uint64_t lot;
    instant_t placed;
    kopecks_t used;            // once it is ended
    kopecks_t gone;            // back to the payer, by the ledger
    uint64_t held_at, free_at; // the ledger's sequences from which it was held, and not any more
    kopecks_t amount;          // credited
    uint32_t account;          // row of its account
    uint32_t after;            // row + 1 of the account's next lot that is not ended
    uint32_t went;             // row + 1 of the last posting by which something went back
    chain_link_t order;        // of all, as they were placed
    bool owed, reversal, held, empty, ended;
    bool unknown;          // no payment of this journal
    bool doubted;          // what was held of it, or went back, was posted by a ledger that is lost
    receipt_t receipts[2]; // by receipt_kind_t - 1
} receipted_t;

// The lots of an account that are not ended: rows + 1.
typedef struct {
    uint32_t first, last;
    bool reversal; // a part of its debt is for no service
} receipted_lots_t;

// What went back of a lot by one posting of the ledger.
typedef struct {
    uid_t16 key; // table_key(the posting's sequence, 0)
    kopecks_t amount;
    uint32_t row;
    uint32_t previous; // row + 1 of the lot's one before
} receipted_gone_t;

typedef struct {
    table_t rows;
    table_t gone;                // receipted_gone_t
    chain_t order;               // of rows: their numbers + 1
    payment_agenda_t tries;      // Robokassa is to be told or asked
    payment_agenda_t judgements; // a tick says that it is missing
    payment_fiscal_regime_t regimes[PAYMENT_REGIMES_MAX];
    instant_t said[PAYMENT_REGIMES_MAX]; // when each regime was
    size_t regimes_count;
    uint64_t open, missing, people;
} payment_receipts_t;

void payment_receipts_init(payment_receipts_t *self);
void payment_receipts_release(payment_receipts_t *self);
void payment_receipts_walk(payment_receipts_t *self, walk_t *walk);

static inline receipted_t *receipted_at(const payment_receipts_t *self, uint32_t row)
{
    return table_row(&self->rows, row);
}

static inline uint32_t receipt_slot(uint32_t row, receipt_kind_t kind)
{
    return 2 * row + (uint32_t)kind - 1;
}

static inline receipt_kind_t receipt_kind_of(uint32_t slot)
{
    return (receipt_kind_t)(slot % 2 + 1);
}

static inline receipt_t *receipt_at(const payment_receipts_t *self, uint32_t slot)
{
    return &receipted_at(self, slot / 2)->receipts[slot % 2];
}

uint32_t payment_receipts_find(const payment_receipts_t *self, uint64_t invoice); // TABLE_NONE
uint64_t receipted_invoice(const receipted_t *self);
receipt_state_t payment_receipts_state(const payment_receipts_t *self, uint32_t slot);
// What Robokassa knows a receipt by. A second one's is no number of a payment's, of either kind.
uint64_t payment_receipts_number(uint64_t invoice, receipt_kind_t kind);
// The days and taxes that receipts go by; no VAT where no operator said anything.
payment_fiscal_policy_t payment_receipts_policy(const payment_receipts_t *self);
// As was known at that instant: the first regime may be from any day, and links were given out.
payment_fiscal_policy_t payment_receipts_policy_at(const payment_receipts_t *self, instant_t at);
day_t payment_receipts_day(instant_t at); // of Moscow

// lot.placed: that much was credited to the account of that row, which has these lots. Nothing is
// asked about a payment that is not known.
void payment_receipts_place(payment_receipts_t *self, const event_t *event, kopecks_t amount,
                            uint32_t account, bool known, receipted_lots_t *lots);
// Another history of the ledger goes on behind that event: what a lot was, and what was held and
// went back of it since, did not happen. What has ended stays so: its receipt may have left.
void payment_receipts_reseed(payment_receipts_t *self, uint64_t sequence);
// The row that any other event of receipts is about; TABLE_NONE for other events, and for a payment
// that is not known. And the event, with the lots of that payment's account.
uint32_t payment_receipts_row(const payment_receipts_t *self, const event_t *event);
void payment_receipts_apply(payment_receipts_t *self, uint32_t row, const event_t *event,
                            receipted_lots_t *lots);
void payment_receipts_set_regime(payment_receipts_t *self, const event_t *event);

// The payment is forgotten. May it be: its lot is ended, and nothing more is to come of its
// receipts, which are registered, settled by people, or, if `followed` is false, not asked about?
void payment_receipts_forget(payment_receipts_t *self, uint32_t row);
bool payment_receipts_may_forget(const payment_receipts_t *self, uint32_t row, bool followed);

// Robokassa said nothing that is of use, or nothing new: it is tried again later, or no more.
void payment_receipts_try_again(payment_receipts_t *self, uint32_t slot, instant_t now);
