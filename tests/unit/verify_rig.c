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
    for (size_t i = 0; i <= STREAM_AUTOPAY; i++)
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

void verify_rig_faults(const histories_t *histories, verify_rig_run_fn *run, const fault_t *faults,
                       size_t count)
{
    check_clean(histories, run, faults, count);
    for (size_t i = 0; i < count; i++) {
        histories_t copy = {0};
        verify_report_t report = {0};
        for (size_t s = 0; s <= STREAM_AUTOPAY; s++)
            for (size_t e = 0; e < histories->of[s].count; e++)
                history_add(&copy.of[s], &histories->of[s].events[e]);
        faults[i].plant(&copy);
        run(&copy, &report);
        if (verify_violations(&report, faults[i].rule) == 0)
            fail_msg("fault %zu does not break \"%s\"", i, faults[i].rule);
        histories_release(&copy);
    }
}
