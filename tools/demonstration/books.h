#pragma once
// books - what the streams of metering, ledger, payment and autopay say, added up from their first
// events: each account's balance and autopays, the newest events worth telling, the totals.
//
// Everything comes through the replay doors; what runs and what becomes of it alone is asked for
// (books_ask_meters).
// The balances are added up twice: as the last posting says, and from the amounts.
// Units: kopecks. Ownership: accounts are the books'. Failures: false and the reason. Threads: one.
#include "proto/money.h"
#include "services/forecast/forecast.h"
#include "tools/demonstration/reading.h"
#include "tools/fleet/fleet.h"

enum { BOOKS_EVENTS_MAX = 64, BOOKS_TEXT_MAX = 48 };

// What an event worth telling is, in the order of cause and effect.
typedef enum {
    BOOKS_LOW,
    BOOKS_EXHAUSTED,
    BOOKS_WITHHELD,
    BOOKS_ASKED,
    BOOKS_DECLINED,
    BOOKS_SUSPENDED,
    BOOKS_TOPPED_UP,
    BOOKS_AUTOPAID,
    BOOKS_RETURNED,
    BOOKS_RESTORED
} books_what_t;

typedef struct {
    instant_t at;
    uint32_t account; // its index
    books_what_t what;
    char text[BOOKS_TEXT_MAX];
} books_event_t;

typedef struct {
    uid_t16 id;
    uint64_t number;                     // dense, of the ledger; 0 before its first posting
    kopecks_t balance, credits, debits;  // balance as its last posting says
    uint64_t topups, autopays, declined; // since the beginning
    uint64_t month, month_autopays;      // of the month of the last one that succeeded
    uint64_t count_max;                  // a month, 0 without a mandate
    bool suspended, exhausted;
    instant_t exhausted_at;
    uint64_t replicas; // as metering answered last
    int64_t burn;      // carry units a minute
    instant_t stops;   // when the money will be used up (services/forecast); 0 before it was asked
    books_event_t last;
} books_account_t;

typedef struct {
    uint64_t postings, topups, autopays, declined, lows, exhausted, restored;
    uint64_t hours, refused;     // closed by metering; items of the feed, and minutes, not billed
    uint64_t transfers, refunds; // that were credited; that have gone back
    kopecks_t charged, topped_up, autopaid; // all from the postings' amounts
    instant_t through;                      // metering's feed: all that happened up to here
} books_totals_t;

typedef struct books books_t;

books_t *books_new(fleet_t *fleet, const uid_t16 *accounts, uint32_t count,
                   char error[READING_ERROR_MAX]);
void books_destroy(books_t **self_p);

bool books_catch_up(books_t *self, char error[READING_ERROR_MAX]);
// Asks metering and autopay for replicas, burn rate and forecast of accounts first .. first + count
// - 1.
void books_ask_meters(books_t *self, uint32_t first, uint32_t count);

uint32_t books_count(const books_t *self);
books_account_t *books_account(books_t *self, uint32_t index);
books_totals_t books_totals(const books_t *self);
uint64_t books_events(const books_t *self);  // in all journals
kopecks_t books_system(const books_t *self); // all system accounts together, from the amounts
uint64_t books_told(const books_t *self);    // events worth telling so far
// The one told `back` events ago, 0 being the newest; NULL if it is no longer kept.
const books_event_t *books_event(const books_t *self, uint64_t back);
