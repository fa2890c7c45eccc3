#pragma once
// payment_work - when each invoice is to be sent, asked about and judged, and when again.
//
// The work in hand is in the agendas of the state (payment_state.h). Planning it is part of the
// fold; asking again, doubting and trying again come of results, which no journal remembers.
//
// Ownership: the state's. Failures: none. Threads: one.
#include "services/payment/payment_state.h"

// The next instant at which time alone decides something about the invoice.
void payment_work_plan(payment_state_t *self, const invoice_t *invoice);
void payment_work_drop(payment_state_t *self, const invoice_t *invoice);
// When the invoice is asked about next, by its waits.
instant_t payment_work_next_question(const invoice_t *invoice, instant_t now);

// An older journal was put back: its last invoices are asked about, also the closed ones.
void payment_work_begin_doubt(payment_state_t *self);
// What is closed is asked about no more.
void payment_work_end_doubt(payment_state_t *self);

// The next question about the invoice comes at the next of its waits; also when a decline for want
// of an operation is due, if there is none since an instant other than 0.
void payment_work_ask_again(const payment_state_t *self, const invoice_t *invoice, instant_t now,
                            instant_t missing_since);
// A closed invoice was asked about, and the answer changes nothing: it is asked about again while
// that may be behind the truth. `settled` says that it was an answer.
void payment_work_doubt(const payment_state_t *self, const invoice_t *invoice, bool settled,
                        instant_t now);
// The charge found no connection: a tick will try again, or give up.
void payment_work_retry(const payment_state_t *self, const invoice_t *invoice, instant_t now);
