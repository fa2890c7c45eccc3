#pragma once
// page_usage - what metering's journal says of a posting for usage: an hour of a resource under a
// tariff version, charged or given back.
//
// Ownership: values are copies; a walk borrows from the answer. Failures: false for what is no such
// event. Units: kopecks; carries in 1/CARRY_DENOMINATOR kopeck. Threads: any. Pure.
// Source: docs/rules.md "The minutes of a line", proto/PROTOCOL.md §16 for the rows.
#include "proto/event.h"
#include "proto/request.h"
#include "proto/span.h"
#include "proto/wire.h"

enum {
    PAGE_USAGE_MAX = 50,
    PAGE_USAGE_WANTED_BYTES = 9 * PAGE_USAGE_MAX + 3,
    PAGE_USAGE_ID_SIZE = 20,
    PAGE_USAGE_TARIFF_SIZE = 64
};

typedef struct {
    uint64_t sequence; // of the event, 0 for none
    uint64_t line;     // that charged: itself, or what is given back of
    instant_t at, hour;
    bool credited;
    uid_t16 resource;
    uint64_t kind, version, minutes, reason;
    kopecks_t price, amount;
    int64_t remainder;
    char tariff[PAGE_USAGE_TARIFF_SIZE];
} page_usage_t;

bool page_usage_read(uint64_t sequence, bytes_t bytes, page_usage_t *ret_usage);

// Those of them, of at most PAGE_USAGE_MAX, that are wanted of `events`.
bytes_t page_usage_wanted(const uint64_t *sequences, size_t count,
                          uint8_t buffer[PAGE_USAGE_WANTED_BYTES]);

typedef struct {
    wire_t wire;
    uint64_t left;
} page_usage_walk_t;

void page_usage_start(page_usage_walk_t *self, const answer_events_t *answer);
bool page_usage_next(page_usage_walk_t *self, page_usage_t *ret_usage); // passes over other events

// One row of the lines of `minutes`.
bool page_usage_line(wire_t *wire, uint64_t *ret_sequence, uint64_t *ret_kind,
                     uint64_t *ret_version, uint64_t *ret_left, kopecks_t *ret_given);

// An id short enough to be read: its first and last digits.
span_t page_usage_id(const uid_t16 *id, char text[PAGE_USAGE_ID_SIZE]);
