#pragma once
// payment_harness - payment's core in a test's hands, on the harness, with a shop at Robokassa.
//
// What the last input's last decision said is in `decision` until the next one.
#include "services/payment/payment_state.h"
#include "tests/model/harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants those first
#include <cmocka.h>

typedef struct {
    payment_settings_t settings;
    harness_t *harness;
    instant_t now;
    bool current;
    uint64_t random;           // the test's generator
    uint64_t autopay_sequence; // of the last event of autopay's stream
    uint64_t ledger_sequence;  // of the ledger's
    const decision_t *decision;
    due_t due;
} world_t;

world_t *world_new(uint64_t seed); // booted once, at an hour of 2026
void world_destroy(world_t *self);
uint64_t world_random(world_t *self);
uint64_t world_last(const world_t *self); // of our journal
const void *world_core_state(const world_t *self);

// The process ends without a word; another one replays the journal and boots.
void world_restart(world_t *self);
// Does a replay of the journal come to the state that is here?
void world_check_replay(const world_t *self);

// Inputs. The events they caused are in self->decision.
fail_t world_command(world_t *self, const request_t *request, role_t role);
void world_tick(world_t *self); // repeats while there is more
void world_result(world_t *self, uint64_t key, int what, unsigned http_status, const char *body);
uint64_t world_request(world_t *self, const event_autopay_payment_requested_t *request,
                       instant_t at);
// A posting of that kind, which took money from the account if `taken` and left him `cash`, caused
// by ours of the sequence `credit` if not 0; its sequence in the ledger.
uint64_t world_posting(world_t *self, const uid_t16 *account, posting_kind_t kind, bool taken,
                       kopecks_t cash, uint64_t credit);
// Any other event of autopay's stream or the ledger's, the next one of it.
void world_hear(world_t *self, stream_t stream, const event_t *event);
// Our journal was put back in an older state: it goes on under another name.
void world_put_back(world_t *self, uint64_t epoch);
// Autopay, or the ledger, goes by the history of that name behind that event.
void world_reseeded(world_t *self, stream_t stream, uint64_t epoch, uint64_t sequence);
// A notice at ResultURL, signed by this password; the token's last byte is spoiled by
// `wrong_token`.
fail_t world_notice(world_t *self, const char *password, uint64_t invoice, const char *sum,
                    bool wrong_token);
// The same fields in a query `success`.
fail_t world_return(world_t *self, const char *password, uint64_t invoice, const char *sum,
                    bool failed, answer_t *ret_answer);

const due_t *world_due(world_t *self);
// The request that is wanted for this invoice at `url`; NULL when there is none.
const outside_t *world_wanted(world_t *self, uint64_t invoice, bool charge);
fail_t world_query(world_t *self, const request_t *request, answer_t *ret_answer);
fail_t world_answer(world_t *self, const request_t *command, answer_t *ret_answer);
invoice_state_t world_state(world_t *self, uint64_t invoice);

// The names of the decision's events, separated by spaces.
const char *world_events(const world_t *self);
const event_t *world_event(const world_t *self, event_type_t type); // NULL if there is none

// An answer of OpStateExt; `sum` and `token` may be NULL.
const char *world_xml(int result, int state, const char *sum, const uid_t16 *token);

// A ticked or unticked top-up; returns the invoice.
uint64_t world_topup(world_t *self, const uid_t16 *account, uint64_t rubles, uint64_t count_max);
// The same, paid: the account has a mandate when it is ticked.
uint64_t world_link(world_t *self, const uid_t16 *account, uint64_t rubles, uint64_t count_max);
// What autopay would ask for now: the mandate, its amount, the last credit.
event_autopay_payment_requested_t world_wish(world_t *self, const uid_t16 *account);
