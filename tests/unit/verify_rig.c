#include "tests/unit/verify_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

void history_add(history_t *self, const event_t *event)
{
    if (self->count == self->cap) {
        self->cap = self->cap ? 2 * self->cap : 64;
        self->events = realloc(self->events, self->cap * sizeof *self->events);
        assert_non_null(self->events);
    }
    self->events[self->count++] = *event;
}

event_t *history_event(const history_t *self, event_type_t type, size_t n)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->events[i].type == type && n-- == 0)
            return &self->events[i];
    fail_msg("the history has no such event of type %d", (int)type);
    return NULL;
}

uint64_t history_sequence(const history_t *self, const event_t *event)
{
    return (uint64_t)(event - self->events) + 1;
}

void history_blank(event_t *event)
{
    event->type = EVENT_node_clock_confirmed;
}

void histories_release(histories_t *self)
{
    for (size_t i = 0; i < STREAM_END; i++)
        free(self->of[i].events);
    *self = (histories_t){0};
}

static void print(void *arg, const violation_t *v)
{
    (void)arg;
    print_message("%llu/%llu %s: expected %s, found %s\n", (unsigned long long)v->stream,
                  (unsigned long long)v->sequence, v->rule, v->expected, v->found);
}

static void check_clean(const histories_t *histories, verify_rig_run_fn *run, const fault_t *faults,
                        size_t count)
{
    verify_report_t report = {.say = print};
    run(histories, &report);
    assert_int_equal(report.violated, 0);
    for (size_t r = 0; r < report.rules_count; r++) {
        bool planted = false;
        for (size_t i = 0; i < count; i++)
            planted |= strcmp(faults[i].rule, report.rules[r].rule) == 0;
        if (!planted)
            fail_msg("no fault breaks \"%s\"", report.rules[r].rule);
    }
}

static histories_t copy_of(const histories_t *histories)
{
    histories_t copy = {0};
    for (size_t s = 0; s < STREAM_END; s++)
        for (size_t e = 0; e < histories->of[s].count; e++)
            history_add(&copy.of[s], &histories->of[s].events[e]);
    return copy;
}

// --- noise ---

enum { NOISE_RUNS = 3000, NOISE_FIELDS_MAX = 4 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 11;
}

static uint64_t wild_number(uint64_t *random)
{
    static const uint64_t edges[] = {
        0, 1, 2, 63, 64, 65, INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX, UINT64_C(1) << 32};
    uint64_t n = next_random(random) % (sizeof edges / sizeof edges[0] + 2);
    return n < sizeof edges / sizeof edges[0] ? edges[n] : next_random(random) % 200;
}

static void spoil_field(event_t *event, const field_t *field, uint64_t *random)
{
    void *at = (char *)&event->node_booted + field->offset;
    uint64_t number = wild_number(random);
    switch (field->type) {
    case FIELD_TYPE_uid:
        memcpy(at, &number, sizeof number);
        break;
    case FIELD_TYPE_flag:
        *(bool *)at = number & 1;
        break;
    case FIELD_TYPE_text:
    case FIELD_TYPE_secret:
    case FIELD_TYPE_bytes:
    case FIELD_TYPE_hash:
        break;
    default:
        memcpy(at, &number, sizeof number);
        break;
    }
}

static void spoil(history_t *history, uint64_t *random)
{
    event_t *event = &history->events[next_random(random) % history->count];
    const event_info_t *info = event_info(event->type);
    uint64_t n = next_random(random) % (info->fields_count + 2);
    if (n < info->fields_count)
        spoil_field(event, &info->fields()[n], random);
    else if (n == info->fields_count)
        event->at = (instant_t)wild_number(random);
    else
        event->cause.sequence = wild_number(random);
}

static void check_noise(const histories_t *histories, verify_rig_run_fn *run)
{
    uint64_t random = 20261122, found = 0;
    for (int i = 0; i < NOISE_RUNS; i++) {
        histories_t copy = copy_of(histories);
        verify_report_t report = {0};
        for (uint64_t n = 1 + next_random(&random) % NOISE_FIELDS_MAX; n; n--) {
            history_t *history;
            do
                history = &copy.of[next_random(&random) % STREAM_END];
            while (!history->count);
            spoil(history, &random);
        }
        run(&copy, &report);
        found += report.violated > 0;
        histories_release(&copy);
    }
    assert_true(found > NOISE_RUNS / 4); // the rest hit fields that no rule is about
}

void verify_rig_faults(const histories_t *histories, verify_rig_run_fn *run, const fault_t *faults,
                       size_t count)
{
    check_clean(histories, run, faults, count);
    for (size_t i = 0; i < count; i++) {
        histories_t copy = copy_of(histories);
        verify_report_t report = {0};
        faults[i].plant(&copy);
        run(&copy, &report);
        if (verify_violations(&report, faults[i].rule) == 0)
            fail_msg("fault %zu does not break \"%s\"", i, faults[i].rule);
        histories_release(&copy);
    }
    check_noise(histories, run);
}
