#pragma once
// payment_light - what of payment's rules waits for people: a refund of which nobody knows whether
// it went back, and one that is under way while its payer disputes a payment; and receipts that are
// not registered after a day, or that people are to make.
//
// Example: Create was not answered. Then ALARM_REFUND stands, about `refund 8266973184000: no
// answer, or none that is understood`, until an operator has looked in the cabinet and said it.
//
// And what its settings lack where its journal needs something of them, which keeps it from
// starting.
//
// Ownership: reads the state. Failures: none; beyond eight at a time the oldest are said.
// Threads: one. Source: docs/rules.md "States of a refund", "Registration of
// receipts".
#include "proto/core.h"

void payment_light(const void *state, instant_t now, core_raise_fn *raise, void *arg);
// A key of promo codes, with which HMACs of the journal were made that may still be asked for; the
// keys of the contacts of receipts.
bool payment_light_lacks(const void *state, char *ret_what, size_t cap);
