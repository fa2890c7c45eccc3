#pragma once
// reckoning - what a run came to, computed from the journals alone by reading the streams from
// their first event, and compared with what the processes and the stand-in of Robokassa answer.
//
// Units: kopecks. Ownership: plain data. Failures: false and the first thing that does not agree.
// Threads: one.
#include "proto/money.h"
#include "tools/driver/driver_sim.h"
#include "tools/fleet/fleet.h"
#include "tools/tracing/usage.h"

enum { RECKONING_ERROR_MAX = 1024 };

typedef struct {
    bool exists;                               // the ledger has it
    kopecks_t charged, topped_up, cash, bonus; // cash and bonus as the last posting says
    uint64_t autopays;
} reckoning_account_t;

typedef struct {
    reckoning_account_t accounts[USAGE_ACCOUNTS];
    uint64_t events[FLEET_WEB]; // of each journal
    uint64_t lines, minutes;    // charge lines, and replica-minutes in them
    uint64_t refused, expired;  // items and minutes that metering did not bill
    uint64_t credits, captures; // payments in the ledger, and at Robokassa
    kopecks_t charged, topped_up, balances;
    uint64_t autopays;
} reckoning_t;

bool reckoning_make(fleet_t *fleet, driver_sim_t *sim, reckoning_t *ret_reckoning,
                    char error[RECKONING_ERROR_MAX]);
