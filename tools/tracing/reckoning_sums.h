#pragma once
// reckoning_sums - adds up the events of a run's journals: per account what was charged and given
// back, what came in, and where the postings say that this has led.
//
// Pure: it reads no stream. Units: kopecks. Ownership: the sums own the payments; reckoning and
// error are borrowed. Failures: false and the first thing that does not add up. Threads: one.
#include "proto/event.h"
#include "tools/fleet/fleet_place.h"
#include "tools/tracing/usage.h"

enum { RECKONING_ERROR_MAX = 1024, RECKONING_PAYMENTS_MAX = 100000 };

typedef struct {
    bool exists;                      // the ledger has it
    kopecks_t charged;                // but for what was given back
    kopecks_t topped_up, cash, bonus; // cash and bonus as the last posting says
    uint64_t autopays;
} reckoning_account_t;

typedef struct {
    reckoning_account_t accounts[USAGE_ACCOUNTS];
    uint64_t events[FLEET_JOURNALS]; // of each journal
    uint64_t lines, minutes;         // charge lines, and replica-minutes in them, but for those
                                     // that were given back
    uint64_t refused, expired;       // items and minutes that metering did not bill
    uint64_t uncredited;             // minutes that it should have given back and did not
    uint64_t credits, captures;      // payments in the ledger, and at Robokassa
    kopecks_t charged, topped_up, balances;
    uint64_t autopays;
} reckoning_t;

typedef struct {
    uint64_t invoice;
    kopecks_t amount;
    bool seen;
} reckoning_payment_t;

typedef struct {
    reckoning_t *out;
    char *error;                   // RECKONING_ERROR_MAX
    reckoning_payment_t *payments; // that succeeded, in order of their events
    size_t payments_count;
    kopecks_t charged_by_metering[USAGE_ACCOUNTS];
    kopecks_t system; // sum of what the postings did to system accounts
} reckoning_sums_t;

void reckoning_sums_init(reckoning_sums_t *self, reckoning_t *out, char *error);
void reckoning_sums_release(reckoning_sums_t *self);
bool reckoning_take(reckoning_sums_t *self, const event_t *event);

// Writes the error; false.
__attribute__((format(printf, 2, 3))) bool reckoning_fail(char *error, const char *format, ...);
