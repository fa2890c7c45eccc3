#pragma once
// payment_registration - how far the registration of one fiscal receipt is: when it is sent, when
// it is asked about, and when its lack is an alert (docs/rules.md "Registration of receipts").
//
// Apart from the money: a payment is credited whether its receipt is registered or not. A receipt
// is sent again under the same number, which is the only thing that keeps it from being two.
//
// Example: due at 10:00 and never answered, it is sent at 10:00, 10:01, 10:06, 10:36, and then each
// hour until 09:36 of the next day; from 10:00 of that day on it is missing.
//
// Units      Microseconds. Failures: none. Threads: any.
#include "proto/types.h"

#define PAYMENT_REGISTRATION_TRIES_US DAY_US   // no try is begun later after the first
#define PAYMENT_REGISTRATION_MISSING_US DAY_US // RECEIPT_MISSING from then on

// Robokassa's answer to a receipt, and its state (docs/robokassa.md "Second receipt").
enum {
    PAYMENT_REGISTRATION_CODE_TAKEN = 0,
    PAYMENT_REGISTRATION_CODE_WAITING = 1,
    PAYMENT_REGISTRATION_CODE_REGISTERED = 2,
    PAYMENT_REGISTRATION_CODE_ERROR = 3,
    PAYMENT_REGISTRATION_CODE_INTERNAL = 1000,
};

typedef enum {
    PAYMENT_REGISTRATION_DUE,     // not sent yet
    PAYMENT_REGISTRATION_SENT,    // it may have left; nothing was heard
    PAYMENT_REGISTRATION_WAITING, // taken, not registered yet
    PAYMENT_REGISTRATION_REGISTERED,
    PAYMENT_REGISTRATION_FAILED, // refused; it is sent again
} payment_registration_state_t;

typedef struct {
    payment_registration_state_t state;
    instant_t since; // when the receipt became due
    instant_t next;  // not before then is it sent, or asked about
    uint32_t tries;  // sends and questions that were begun
} payment_registration_t;

typedef enum {
    PAYMENT_REGISTRATION_REST, // nothing to do now
    PAYMENT_REGISTRATION_SEND, // with the number that it always had
    PAYMENT_REGISTRATION_ASK,  // what became of it
} payment_registration_step_t;

payment_registration_t payment_registration_begin(instant_t now);
// What is to be done now; it counts as begun, and the next try is later.
payment_registration_step_t payment_registration_step(payment_registration_t *self, instant_t now);
// An answer to either; one that is no code of these is none. Nothing undoes a registration.
void payment_registration_heard(payment_registration_t *self, int64_t code);
// RECEIPT_MISSING: a day has gone by and it is not registered. Tries are over by then, so it stays
// until people have seen to it.
bool payment_registration_is_missing(const payment_registration_t *self, instant_t now);
