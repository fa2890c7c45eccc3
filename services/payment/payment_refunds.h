#pragma once
// payment_refunds - every refund that was asked for: how far it is, what is to be asked of
// Robokassa about it and when, and whether the shop refunds parts of a payment.
//
// A row leaves with its payment's (payment_forget.h). What waits for something is in an agenda; a
// refund that is over is in none. What waits for people is in a chain: the unknown ones, and those
// that are disputed and not over. All else than the agendas is changed by payment_refunds_apply
// alone.
//
// Whether the shop refunds parts is not known before one was: done in its sum it does; refused, or
// done in another, it does not. (A refusal for want of money says nothing.)
//
// Units      Kopecks. Ownership: owns its rows; texts are copied.
// Failures   None; ends the process by assert when memory is out.
// Threads    One. Source: docs/rules.md "States of a refund", "Asking for a refund".
#include "proto/codes.h"
#include "proto/event.h"
#include "services/base/chain.h"
#include "services/base/table.h"
#include "services/payment/payment_agenda.h"
#include "services/payment/payment_refund.h"
#include "services/robokassa/robokassa_refund.h"

#define PAYMENT_REFUND_ANSWER_US (3 * MINUTE_US) // Create is not answered later
#define PAYMENT_REFUND_SECOND_US DAY_US // so long a second payment's operation is looked for

typedef struct {
    uid_t16 key;               // table_key(number, 0)
    payment_refund_t progress; // its sum and its state
    instant_t requested, changed;
    uint32_t invoice;  // row of the payment
    uint32_t previous; // row + 1 of the payment's refund before
    uint32_t attempt;
    uint8_t end, doubt; // refund_end_t, refund_doubt_t
    uint8_t why;        // unwanted_t: payment asked by itself; 0: an operator did
    bool partial;
    bool orphan;        // sent by a process that is gone, or maybe by a lost journal's
    bool disputed;      // a chargeback came while it may have left
    chain_link_t link;  // of those that wait for people
    chain_link_t order; // of all, as they were asked for
    uint8_t operation_size;
    char operation[ROBOKASSA_REFUND_KEY_MAX];
} refund_t;

typedef struct {
    table_t rows;
    payment_agenda_t creates;    // Create is to be sent by this process
    payment_agenda_t asks;       // Robokassa is to be asked: for the OpKey, or how far it is
    payment_agenda_t judgements; // a tick decides something
    chain_t people;              // of rows, numbered from 1: the oldest worry first
    chain_t order;               // of all, likewise
    partial_refund_t partial;
    uint64_t open, unknown, partial_open;
    uint64_t asked; // for, ever
} payment_refunds_t;

void payment_refunds_init(payment_refunds_t *self);
void payment_refunds_release(payment_refunds_t *self);
void payment_refunds_walk(payment_refunds_t *self, walk_t *walk);

static inline refund_t *refund_at(const payment_refunds_t *self, uint32_t row)
{
    return table_row(&self->rows, row);
}

// Of a second payment of the invoice, which was never credited: no lot is behind it.
static inline bool refund_is_second(const refund_t *self)
{
    return self->why == UNWANTED_SECOND;
}

uint64_t refund_number(const refund_t *self);
refund_state_t refund_state(const refund_t *self);
bool refund_is_over(const refund_t *self);
bool refund_is_for_people(const refund_t *self);

uint32_t payment_refunds_find(const payment_refunds_t *self, uint64_t number); // TABLE_NONE

// refund.requested; *last is row + 1 of the payment's last refund, and becomes this one's.
void payment_refunds_begin(payment_refunds_t *self, const event_t *event, uint32_t invoice,
                           uint32_t *last);
// Any other event of a refund; those of others change nothing.
void payment_refunds_apply(payment_refunds_t *self, const event_t *event);
// The payment whose last refund is at `last` (row + 1, 0 for none) is forgotten, and so are they.
void payment_refunds_forget(payment_refunds_t *self, uint32_t last);
// May they be: each is over, and no person is waited for?
bool payment_refunds_may_forget(const payment_refunds_t *self, uint32_t last);
// Another process begins: what the one before was to send may have left.
void payment_refunds_booted(payment_refunds_t *self);
// An older journal was put back: what waits here the lost one may have sent.
void payment_refunds_put_back(payment_refunds_t *self);

// Robokassa said nothing that is of use: it is asked again later.
void payment_refunds_ask_again(payment_refunds_t *self, uint32_t row, instant_t now);
