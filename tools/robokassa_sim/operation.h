#pragma once
// operation - one attempt to pay, from the opened page to the credited money: a state machine that
// is told the time and knows neither clock nor network.
//
// Units: microseconds since 1970, kopecks. Ownership: an operation owns its strings. Failures: an
// event that does not fit the state is refused and changes nothing. Source: docs/robokassa.md
// "OpStateExt", "Charge", "Notices".
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPERATION_NEVER_US INT64_MAX

// The numbers are Robokassa's State codes; an opened page is no operation yet (Result 3).
typedef enum {
    OPERATION_OPENED = 0,
    OPERATION_INITIATED = 5,
    OPERATION_CANCELLED = 10,
    OPERATION_HELD = 20,
    OPERATION_CREDITING = 50,
    OPERATION_RETURNED = 60,
    OPERATION_SUSPENDED = 80,
    OPERATION_PAID = 100,
} operation_state_t;

typedef enum {
    OPERATION_CONFIRM,   // the payer chose a method, or the child was accepted
    OPERATION_DECLINE,   // the bank said no, or time ran out
    OPERATION_AUTHORISE, // money held
    OPERATION_RECEIVE,   // money received
    OPERATION_CREDIT,    // credited to the shop
    OPERATION_RETURN,    // money went back to the payer
    OPERATION_SUSPEND,   // put aside for a manual check
    OPERATION_REVIVE,    // support found that the money had come after all
} operation_event_t;

typedef enum { OPERATION_PAYS, OPERATION_DECLINES, OPERATION_STICKS } operation_outcome_t;

// One way of telling the shop: ResultURL or ResultUrl2.
typedef struct {
    int64_t due_us; // of the next delivery
    int64_t deliveries;
    int64_t duplicates; // further deliveries owed after an acknowledged one
    bool acknowledged;
    bool in_flight;
} operation_channel_t;

enum { OPERATION_RESULT, OPERATION_RESULT2, OPERATION_CHANNELS };

typedef struct operation {
    int64_t id; // 1, 2, ... in order of creation
    int64_t invoice, parent;
    int64_t amount_kopecks, refunded_kopecks;
    int64_t refund_positions; // of its refunds' receipts, since this start
    int64_t state;            // operation_state_t
    int64_t created_us, state_us, expires_us, hold_until_us;
    int64_t captured_us; // when money came; 0 while none is kept
    int64_t decide_us;   // when the bank answers
    int64_t outcome;     // operation_outcome_t
    bool recurring;      // started with Recurring=true
    bool receipted;      // with a Receipt
    bool hold, test, invoiced;
    // Faults planned for it.
    int64_t decide_delay_us, callback_delay_us, wrong_amounts, wrong_signatures;
    bool callback_never;
    char *out_sum, *shp, *description, *culture;
    char *result_url2, *success_url2, *success_method, *fail_url2, *fail_method;
    char *page, *op_key;
    char *email; // personal: neither journalled nor shown
    operation_channel_t channel[OPERATION_CHANNELS];
    struct operation *older; // the previous one in its hash chain
} operation_t;

operation_t *operation_create(void);
void operation_destroy(operation_t **self_p);

bool operation_next(operation_state_t state, operation_event_t event, operation_state_t *ret_next);
bool operation_apply(operation_t *self, operation_event_t event, int64_t now_us);

// The earliest time at which something is to be done, or OPERATION_NEVER_US.
int64_t operation_wake_us(const operation_t *self);

// A delivery ended: `accepted` is the shop's word. `gaps_us` are the waits before further attempts.
// True when the shop was given up on (an e-mail goes to its administrator).
bool operation_delivered(operation_t *self, size_t channel, bool accepted, int64_t now_us,
                         const int64_t *gaps_us, size_t gaps);

// All stored fields, for the journal and the admin interface.
json_t *operation_json(const operation_t *self);
bool operation_load(operation_t *self, const json_t *json);
