#pragma once
// verify_ending - checks bonuses that end in the ledger's journal: a charge is parted between
// bonuses and cash as the rules say where a bonus of its account ends, no bonus lapses early, and
// each that ends is taken back whole and told of at once, and before it as the policy says.
//
// The lots are verify_lots'. Failures: in the report. Threads: one.
// Source: docs/rules.md "Bonuses that end".
#include "tools/kopeck/verify_lots.h"

typedef struct {
    verify_report_t *report;
    event_charge_parted_t parted; // of the charge at hand: what is not posted yet
    cause_t cause;
    event_posted_t lapsing; // what was taken back of a bonus that is not told of yet
    event_posted_t apart;   // the last posting between promo expense and what stands apart
    instant_t until;        // the end of that one
    instant_t closed, closed_at;
    uint64_t notice_us; // so long before its end a bonus is told of
} verify_ending_t;

// The account that such an event is about; NULL for one that is about none.
const uid_t16 *verify_ending_account(const event_t *event);
// Each event, before what else it does. `row` and `bonus` are that account's.
void verify_ending_feed(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                        const event_t *event, uint32_t row, kopecks_t bonus);
// A customer's posting, before its lots move.
void verify_ending_posted(verify_ending_t *self, verify_lots_t *lots, uint64_t sequence,
                          const event_t *event, uint32_t row, kopecks_t bonus);
// Is the posting a part of the charge at hand? Then which half: true for that of bonuses.
bool verify_ending_parts(const verify_ending_t *self, const event_t *event);
bool verify_ending_half(verify_ending_t *self, uint64_t sequence, const event_posted_t *posted);
// Does the posting bring into the balance what the charge at hand takes of bonuses that stood
// apart?
bool verify_ending_begins(const verify_ending_t *self, const event_t *event);
