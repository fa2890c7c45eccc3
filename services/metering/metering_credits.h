#pragma once
// metering_credits - what is owed back: billed minutes that were not billable, until lines that
// charged them are found and given back.
//
//   owed   minutes of a meter, hour and tariff version that usage.overbilled took back and no
//          usage.credited has given back yet.
//   kept   lines that are found by no order: of late minutes, of deletions, and all that something
//          was given back of. They are kept as long as their minutes are (WINDOW_HOURS).
//   hours  where in the journal the lines of each closed hour stand. They stand in the order of
//          account, resource, kind, version, so any of them is found by halving (RECALL_ORDER).
//   taking deletions of which more is to be taken back than was.
// Example: an hour's closing charged a meter 60 minutes. A stop told late takes 40 of them back;
// the line is recalled, usage.credited gives 40 back, and the line is kept with 20 minutes left.
//
// Of several lines of one meter, hour and version the last one gives back first.
// Ownership: rows are the state's, pointers to them valid until the next event. Failures: none.
// Threads: one; credits_order any. Source: docs/rules.md "Corrections".
#include "proto/core.h"
#include "services/metering/metering_rows.h"

void credits_init(credits_t *self);
void credits_release(credits_t *self);
void credits_walk(credits_t *self, walk_t *walk);

// The fold.
void credits_owe(credits_t *self, uint32_t meter, uint32_t hour, uint16_t version,
                 uint64_t minutes);
void credits_settle(credits_t *self, uint32_t meter, uint32_t hour, uint16_t version,
                    uint64_t minutes);
void credits_keep(credits_t *self, const event_usage_charged_t *line, uint64_t sequence,
                  uint32_t closed);
void credits_give(credits_t *self, const event_usage_credited_t *credit, uint32_t closed);
void credits_note_line(credits_t *self, uint32_t hour, uint64_t sequence, bool first);
void credits_note_closing(credits_t *self, uint32_t hour, uint64_t sequence);
void credits_forget_before(credits_t *self, uint32_t oldest);

void credits_take_back(credits_t *self, const event_usage_taking_back_t *event);

// The deletion that waits longest; NULL if none does.
const taking_back_t *credits_taking_back(const credits_t *self);
// What is owed under a wish's key; NULL if nothing is.
const owed_t *credits_owed(const credits_t *self, uint64_t key);
uint32_t credits_meter(uint64_t key);
uint32_t credits_hour(uint64_t key);
uint16_t credits_version(uint64_t key);
// What is left of a line of that meter, hour and version, and what was given back of it.
void credits_left(const credits_t *self, uint64_t key, uint64_t sequence,
                  const event_usage_charged_t *line, uint64_t *ret_minutes, kopecks_t *ret_given);

// A line that is kept: the n-th of that meter, hour and version, 0 being that of the hour's
// closing; NULL if there is none.
const kept_t *credits_kept(const credits_t *self, uint32_t meter, uint32_t hour, uint16_t version,
                           uint64_t n);
// What finds the line of the hour's closing; false if the hour has none, or is not remembered.
bool credits_closing(const metering_state_t *self, uint32_t meter, uint32_t hour, uint16_t version,
                     recall_t *ret_wish);

// Asks for the next line of what is owed longest.
void credits_due(const metering_state_t *self, due_t *out);
// core_t's `order`.
bool credits_order(const event_t *event, const recall_t *wish, int *ret_order);
