#pragma once
// metering_harness - plays the node for metering's core: stamps, encodes, decodes and applies what
// it decides, keeps the journal's bytes, ticks when `due` asks for it. Feeds are producer FEED's.
// For tests: any failure of the harness itself ends the process by assert.
#include "proto/core.h"
#include "services/metering/metering_core.h"
#include "services/metering/metering_rows.h"

enum { FEED = PRODUCER_FIRST };

typedef struct {
    void *state;
    decision_t decision;
    instant_t now;
    stream_t producer; // of the feed: FEED, unless a test says otherwise
    text_t owner;      // of it, by its certificate; empty, unless a test says otherwise
    uint64_t item;     // items of the feed so far
    uint64_t sequence; // events of the journal
    uint8_t *journal;  // encoded events, each after its size as u32
    size_t size, cap;
    size_t *offsets; // where in the journal event n + 1 lies
    uint64_t offsets_cap;
    size_t from;     // where in the journal the events of the last call begin
    event_t *events; // of the last call, decoded from the journal
    size_t events_count, events_cap;
    void (*observe)(void *arg, const event_t *event); // each event applied; may be NULL
    void *arg;
} harness_t;

void harness_open(harness_t *self, const metering_settings_t *settings); // with the founding events
void harness_close(harness_t *self);

// Each returns the item's result, that is, of a refusal with a trace the event's failure.
fail_t harness_item(harness_t *self, const event_t *item);
fail_t harness_created(harness_t *self, instant_t at, uid_t16 resource, uid_t16 account);
fail_t harness_started(harness_t *self, instant_t at, uid_t16 resource, uid_t16 replica,
                       uid_t16 account, const char *tariff);
fail_t harness_stopped(harness_t *self, instant_t at, uid_t16 resource, uid_t16 replica);
fail_t harness_deleted(harness_t *self, instant_t at, uid_t16 resource);
fail_t harness_ticked(harness_t *self, instant_t at, uid_t16 resource, uid_t16 replica,
                      uid_t16 account, const char *tariff);
event_t harness_tick_item(instant_t at, uid_t16 resource, uid_t16 replica, uid_t16 account,
                          const char *tariff);
void harness_batch(harness_t *self, const event_t *items, size_t count, uint8_t *results);

void harness_decide(harness_t *self, const input_t *input); // once; one that cannot fail
void harness_through(harness_t *self, instant_t through);
fail_t harness_command(harness_t *self, const request_t *request);
void harness_unlimited(harness_t *self);           // quotas that nothing reaches
void harness_time(harness_t *self, instant_t now); // moves the clock, ticks and recalls as due says
instant_t harness_wake(const harness_t *self);
// A question, with what it recalls. The answer's bytes lie in the decision's scratch.
fail_t harness_ask(harness_t *self, const request_t *request, answer_t *ret_answer);

// Of the events of the last call: how many are of that type, and the n-th of them.
size_t harness_count(const harness_t *self, event_type_t type);
const event_t *harness_event(const harness_t *self, event_type_t type, size_t n);

// A second state built from the journal alone is the same as the live one, field for field.
bool harness_replays(const harness_t *self);

uid_t16 harness_id(unsigned kind, uint64_t number); // distinct ids for (kind, number)
