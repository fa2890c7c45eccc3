#pragma once
// metering_fold - a state of metering made of events that a test writes by hand: one account with
// one meter and one replica, and what is said of it. Each test has a state of its own; included
// once.
#include "services/metering/metering_state.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define TEN ((instant_t)(490890 * HOUR_US)) // a whole hour
enum { HOUR_TEN = 490890, METER = 1, REPLICA = 1 };

static metering_state_t *fold;
static uint64_t fold_sequence;

static inline void say(event_t event)
{
    metering_state_apply(fold, &event, ++fold_sequence);
}

static inline instant_t minute(int number)
{
    return TEN + number * MINUTE_US;
}

static inline void say_version(uint64_t version, instant_t effective)
{
    event_t event = {.type = EVENT_tariff_defined};
    event.tariff_defined = (event_tariff_defined_t){
        .version = version, .code = text_of("one"), .price = 43200, .effective = effective};
    say(event);
}

static inline void say_runs(instant_t from)
{
    event_t event = {.type = EVENT_interval_opened};
    event.interval_opened = (event_interval_opened_t){REPLICA, 1, from, 0};
    say(event);
}

static inline void say_stands(instant_t from)
{
    event_t event = {.type = EVENT_interval_closed};
    event.interval_closed = (event_interval_closed_t){REPLICA, from};
    say(event);
}

static inline void say_charged(uint64_t version, uint64_t reason)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged = (event_usage_charged_t){
        .meter = METER, .version = version, .hour = TEN, .reason = reason, .remainder = 7};
    say(event);
}

static inline void say_through(stream_t producer, instant_t through)
{
    event_t event = {.type = EVENT_usage_through};
    event.usage_through = (event_usage_through_t){producer, through};
    say(event);
}

static inline int setup(void **state)
{
    (void)state;
    fold = metering_state_create(NULL);
    fold_sequence = 0;
    say_version(1, 0);
    event_t meter = {.type = EVENT_meter_opened, .at = TEN};
    meter.meter_opened = (event_meter_opened_t){METER, {{1}}, {{2}}, 1};
    say(meter);
    event_t replica = {.type = EVENT_replica_opened};
    replica.replica_opened = (event_replica_opened_t){REPLICA, METER, {{3}}};
    say(replica);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    metering_state_destroy(fold);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
