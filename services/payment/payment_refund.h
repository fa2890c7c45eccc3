#pragma once
// payment_refund - how far one refund through Robokassa is, and what becomes of the sum that the
// ledger holds for it (docs/rules.md "States of a refund", docs/robokassa.md "Refund service").
//
// Create has no key that would make a repeat harmless, so a machine sends it at most once: what has
// no certain answer is unknown, and people look in Robokassa's cabinet. `success` is an acceptance;
// money has gone back when GetState says `finished`, once, whatever is said afterwards.
//
// Units      Kopecks; amounts come as text in rubles, as `150.000000`, and are read exactly.
// Ownership  Plain data; texts are borrowed for the call.
// Failures   None: what does not fit a state changes nothing and moves nothing.
// Threads    One.
#include "proto/types.h"
#include "services/robokassa/robokassa_number.h"

enum { PAYMENT_REFUND_REQUEST_MAX = 64 }; // of Robokassa's request number, a GUID

#define PAYMENT_REFUND_LOOKS_US (30 * DAY_US) // so long it is asked about

typedef enum {
    PAYMENT_REFUND_REQUESTED, // the ledger holds the sum
    PAYMENT_REFUND_APPROVED,  // may be sent
    PAYMENT_REFUND_LEFT,      // the request may have left; no answer yet
    PAYMENT_REFUND_SENT,      // accepted, with a number to ask by
    PAYMENT_REFUND_DONE,
    PAYMENT_REFUND_CANCELED, // in the cabinet, or by us before it was sent
    PAYMENT_REFUND_FAILED,   // refused: nothing will go back
    PAYMENT_REFUND_UNKNOWN,  // for people alone
} payment_refund_state_t;

// What the ledger does with the held sum.
typedef enum {
    PAYMENT_REFUND_HELD,    // goes on to hold it, or has let it go before
    PAYMENT_REFUND_LEAVES,  // it left for the customer
    PAYMENT_REFUND_RETURNS, // it goes back to its lot
} payment_refund_effect_t;

typedef struct {
    payment_refund_state_t state;
    kopecks_t sum;
    instant_t accepted; // when the answer came
    char request[PAYMENT_REFUND_REQUEST_MAX];
    size_t request_size;
} payment_refund_t;

// The answer to Create.
typedef struct {
    bool connected;  // false: no connection came about, so nothing can have arrived
    int http_status; // 0: no answer
    bool readable;   // 200, and its body has `success`
    bool success;
    span_t request; // requestId
} payment_refund_answer_t;

payment_refund_t payment_refund_begin(kopecks_t sum);
bool payment_refund_approve(payment_refund_t *self);
// True once: from then on nobody sends it, unless it certainly never left.
bool payment_refund_send(payment_refund_t *self);
payment_refund_effect_t payment_refund_cancel(payment_refund_t *self); // before it was sent
payment_refund_effect_t payment_refund_answered(payment_refund_t *self,
                                                const payment_refund_answer_t *answer,
                                                instant_t now);
// The process starts anew, or waited in vain: what may have left and has no answer is unknown, and
// so is what was asked about for PAYMENT_REFUND_LOOKS_US.
void payment_refund_give_up(payment_refund_t *self, instant_t now);

// GetState's label and amount for the request. `finished` with another amount, or one that is not
// whole kopecks, is for people: something went back, and nobody knows what.
payment_refund_effect_t payment_refund_told(payment_refund_t *self, span_t request, span_t label,
                                            span_t amount);
// What people found in the cabinet of a refund that is unknown.
payment_refund_effect_t payment_refund_resolve(payment_refund_t *self, bool went_back);

// When GetState is asked next: 1, 5 and 15 minutes after the answer, then each hour of the first
// day, then each day of thirty. False if it is not asked any more.
bool payment_refund_next_look(const payment_refund_t *self, instant_t now, instant_t *ret_at);
// DOUBLE_RETURN: the payer disputes the payment while our refund of it may be on its way.
bool payment_refund_is_double(const payment_refund_t *self);
