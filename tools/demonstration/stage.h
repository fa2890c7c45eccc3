#pragma once
// stage - everything that a demonstration plays on: the real processes with a stand-in of
// Robokassa, a platform that never was behind an outbox that metering follows, and the one owner of
// the driven clock.
//
// Ownership: the fleet and the driver are the stage's. Failures: false and the reason in `error`.
// Units: instants of the driven clock. Threads: one.
#include "proto/month.h"
#include "tools/driver/driver.h"
#include "tools/fleet/fleet.h"
#include "tools/platform_sim/platform.h"

// Midnight in Moscow at the beginning of 31 January 2026: a day later every monthly limit is new.
#define STAGE_START INT64_C(1769806800000000)
// Noon of the day before: the company of the stage pays its invoice on that day.
#define STAGE_EVE (STAGE_START - DAY_US / 2)

enum {
    STAGE_PRODUCER = 100,
    STAGE_ACCOUNTS_MAX = 1000,
    STAGE_REPLICAS_MAX = 100000,
    STAGE_ERROR_MAX = 1024
};

typedef struct {
    const char *directory;
    uint64_t seed;
    uint32_t accounts, replicas;
} stage_options_t;

typedef struct stage stage_t;

// Starts every process, tells all of them STAGE_EVE and opens the outbox.
stage_t *stage_new(const stage_options_t *options, char error[STAGE_ERROR_MAX]);
void stage_destroy(stage_t **self_p); // stops everything

// A customer pays at Robokassa's page; with count_max the autopay box is ticked.
bool stage_topup(stage_t *self, uint32_t account, uint64_t rubles, uint64_t count_max,
                 char error[STAGE_ERROR_MAX]);
// A campaign of promo codes with that word: 20 % of the next top-up, at most 50.00, for so many.
bool stage_campaign(stage_t *self, const char *word, uint64_t uses, char error[STAGE_ERROR_MAX]);
// A customer enters it, and it is accepted.
bool stage_enter(stage_t *self, uint32_t account, const char *word, char error[STAGE_ERROR_MAX]);
// The customer is a company: its requisites, and an invoice of that day, while it is STAGE_EVE.
bool stage_invoice(stage_t *self, uint32_t account, kopecks_t amount, uint64_t *ret_invoice,
                   char error[STAGE_ERROR_MAX]);
// It becomes STAGE_START.
bool stage_begin(stage_t *self, char error[STAGE_ERROR_MAX]);
// The bank's statement of the day before has the transfer that pays that invoice.
bool stage_transfer(stage_t *self, uint64_t invoice, kopecks_t amount, char error[STAGE_ERROR_MAX]);
// So much of the account's last top-up goes back to its card.
bool stage_refund(stage_t *self, uint32_t account, kopecks_t amount, char error[STAGE_ERROR_MAX]);
// Lets the platform live and everybody act up to `to`.
bool stage_advance(stage_t *self, instant_t to, char error[STAGE_ERROR_MAX]);
void stage_tend(stage_t *self); // to be called while waiting

instant_t stage_now(const stage_t *self);
fleet_t *stage_fleet(const stage_t *self);
driver_t *stage_driver(const stage_t *self);
uint64_t stage_sent(const stage_t *self);   // events of the platform so far
const char *stage_url(const stage_t *self); // where the platform signs people in
uid_t16 stage_account(const stage_t *self, uint32_t account);
