#pragma once
// autopay_state - what autopay remembers: the fold of its own journal, account by account. Beside
// it lie the two things that it does not remember, the view of the ledger's balances and the
// agenda.
//
// Counters belong to the account and not to its mandate. Example: a customer with 3 payments a
// month and 3 of them used consents anew; the fourth payment still waits for the next month.
// Ownership: autopay_state_create gives, autopay_state_destroy takes (also NULL). Row pointers are
// valid until the next event is applied. Failures: none. Threads: one.
// Memory: 136 bytes an account that ever had a mandate, 32 a payment of the last month. Source:
// docs/rules.md "Limits".
#include "services/autopay/autopay_agenda.h"
#include "services/autopay/autopay_verdict.h"
#include "services/autopay/autopay_view.h"

enum { MANDATE_NONE = 0 }; // before the first consent

typedef struct {
    uid_t16 id, mandate;
    kopecks_t amount, sum_max; // the mandate's
    uint64_t credit;           // payment's sequence that the balance must include before a decision
    uint64_t request;          // the one in flight, 0 if none
    kopecks_t requested;       // its amount
    kopecks_t sum;             // succeeded in `month`
    instant_t last;            // decision CHARGE
    instant_t declined;
    instant_t earliest; // a payment is announced that comes no earlier, 0 if none is
    uint64_t decision;  // the last one stored
    uint32_t month;     // that count, sum and attempts are of
    uint32_t count, count_max;
    uint16_t attempts; // declined in `month`
    uint16_t declines; // one after the other, without a success between them
    uint8_t reason;    // what the last decision stored says, or implies from then on
    uint8_t state;     // mandate_state_t, or MANDATE_NONE
    bool held, suspended;
    bool no_card; // the mandate's card is gone
    bool renewed; // consented anew since the request in flight
} autopay_account_t;

enum { MONTHS_MAX = 200 * 12 };

typedef struct {
    table_t accounts;
    autopay_policy_t policy;
    struct {
        uint64_t month, first; // the first request of that month
    } months[MONTHS_MAX];      // so the month of any request is known by its sequence, for ever
    uint32_t months_count;
    table_t counted; // keys made of the requests that were counted since the last month began
    uint64_t live, in_flight, suspended;
    autopay_view_t view;
    autopay_agenda_t *agenda; // not part of the fold: also a tick that decides nothing works it off
} autopay_state_t;

void *autopay_state_create(const void *settings); // there are none: NULL
void autopay_state_destroy(void *state);
void autopay_state_apply(void *state, const event_t *event, uint64_t sequence);
// All of it that is the fold (services/base/walk.h).
void autopay_state_walk(void *state, walk_t *walk);

// The view of the ledger's balances: its functions of core_t. What they hear of is to be judged.
void autopay_state_view_reset(void *state, stream_t stream);
fail_t autopay_state_view_row(void *state, stream_t stream, wire_t *row);
void autopay_state_view_cursors(void *state, stream_t stream, stream_t of, uint64_t sequence);
void autopay_state_observe(void *state, stream_t stream, const event_t *event, uint64_t sequence);

autopay_account_t *autopay_account(const autopay_state_t *self, const uid_t16 *id); // NULL if none
uint64_t autopay_request_month(const autopay_state_t *self, uint64_t request);      // 0 if unknown
// Was its success counted in its month? Of past months, which no decision asks for, it is unknown.
bool autopay_request_is_counted(const autopay_state_t *self, uint64_t request);

// What a decision about the account would look at now. The row it saw is in *ret_row, or NULL.
autopay_inputs_t autopay_inputs(const autopay_state_t *self, const autopay_account_t *account,
                                instant_t now, const autopay_view_row_t **ret_row);

// To be judged, if it ever had a mandate.
void autopay_touch(const autopay_state_t *self, const uid_t16 *id);
