#pragma once
// autopay_state - what autopay remembers: the fold of its own journal, account by account, and
// beside it the two things it does not remember, the view of balances and the agenda.
//
// Counters are an account's, not a mandate's: a new consent does not reset them.
// Memory: 128 bytes an account that ever had a mandate. Source: the billing rules, (a) and (c).
#include "services/autopay/autopay_agenda.h"
#include "services/autopay/autopay_decide.h"
#include "services/autopay/autopay_view.h"

typedef enum { MANDATE_NONE = 0, MANDATE_LIVE = 1, MANDATE_REVOKED = 2 } mandate_state_t;
typedef enum { OUTCOME_SUCCEEDED = 1, OUTCOME_DECLINED = 2 } outcome_t;

typedef struct {
    uid_t16 id, mandate;
    kopecks_t amount, sum_max; // the mandate's
    uint64_t credit;           // payment's sequence that the balance must include before a decision
    uint64_t request;          // the one in flight, 0 if none
    kopecks_t requested;       // its amount
    kopecks_t sum;             // succeeded in `month`
    instant_t last;            // decision CHARGE
    instant_t declined;
    uint64_t decision; // the last one stored
    uint32_t month;    // that count, sum and attempts are of
    uint32_t count, count_max;
    uint16_t attempts; // declined in `month`
    uint16_t declines; // on end
    uint8_t reason;    // what the last decision stored says, or implies from then on
    uint8_t state;     // mandate_state_t
    bool held, suspended;
} account_t;

enum { MONTHS_MAX = 200 * 12 };

typedef struct {
    table_t accounts;
    autopay_policy_t policy;
    struct {
        uint64_t month, first; // the first request of that month
    } months[MONTHS_MAX]; // what a request's sequence says of its month, for ever, in one small
                          // array
    uint32_t months_count;
    uint64_t live, in_flight, suspended;
    view_t view;
    agenda_t *agenda; // not part of the fold: also a tick that decides nothing works it off
} autopay_state_t;

autopay_state_t *autopay_state_new(void);
void autopay_state_free(autopay_state_t *self);
void autopay_state_apply(autopay_state_t *self, const event_t *event, uint64_t sequence);

account_t *autopay_account(const autopay_state_t *self, const uid_t16 *id);    // NULL if none
uint64_t autopay_request_month(const autopay_state_t *self, uint64_t request); // 0 if unknown

// What a decision about the account would look at now. The row it saw is in *ret_row, or NULL.
autopay_inputs_t autopay_inputs(const autopay_state_t *self, const account_t *account,
                                instant_t now, const view_row_t **ret_row);

// To be judged, if it ever had a mandate.
void autopay_touch(const autopay_state_t *self, const uid_t16 *id);
