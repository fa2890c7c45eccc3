// Metering's checker against a producer that falls silent, comes back and is retired while it runs:
// silent about it, and loud about each fault.
#include "tests/model/metering_harness.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_metering.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SILENT = FEED + 2 };
#define START (INT64_C(1790000000) * SECOND_US / HOUR_US * HOUR_US)

static harness_t h; // the events' slices lie in its journal

static instant_t at(int minute)
{
    return START + minute * MINUTE_US;
}

static void through_of(stream_t producer, instant_t through)
{
    h.producer = producer;
    harness_through(&h, through);
}

static void start(stream_t producer, unsigned number)
{
    h.producer = producer;
    assert_int_equal(harness_started(&h, at(0), harness_id('r', number), harness_id('p', number),
                                     harness_id('a', 1), "nachalny"),
                     FAIL_NONE);
}

static void live(void)
{
    request_t retirement = {.type = REQUEST_producer_retire, .producer_retire.producer = SILENT};
    harness_time(&h, at(0));
    start(SILENT, 1), start(SILENT, 2), start(FEED, 3);
    through_of(SILENT, at(40));
    through_of(FEED, at(180));
    harness_time(&h, at(120)); // the hour is closed with 40 minutes
    assert_int_equal(harness_count(&h, EVENT_usage_bounded), 1);
    harness_deleted(&h, at(50), harness_id('r', 3));
    h.producer = SILENT;
    harness_deleted(&h, at(65), harness_id('r', 2)); // with minutes of the hour that is closed
    through_of(SILENT, at(125));
    harness_time(&h, at(185));
    assert_int_equal(harness_command(&h, &retirement), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_usage_ended), 1);
    start(FEED, 4);
    through_of(FEED, at(240));
    harness_time(&h, at(245));
}

// Two runs of which it is told more than 72 hours after: one goes on, the other was over, and what
// was billed of it meanwhile is given back.
static void tell_too_late(void)
{
    static const int now = 90 * 60;
    h.producer = FEED;
    harness_time(&h, at(now));
    for (unsigned r = 10; r <= 11; r++)
        harness_started(&h, at(now - 75 * 60), harness_id('r', r), harness_id('p', r),
                        harness_id('a', 1), "nachalny");
    harness_stopped(&h, at(now - 76 * 60), harness_id('r', 10), harness_id('p', 10));
    through_of(FEED, at(now));
    harness_time(&h, at(now + 70));
    harness_stopped(&h, at(now - 74 * 60), harness_id('r', 11), harness_id('p', 11));
    assert_int_equal(harness_count(&h, EVENT_usage_overbilled), 1);
    through_of(FEED, at(now + 180));
    harness_time(&h, at(now + 185));
}

static histories_t history_of_journal(void)
{
    histories_t histories = {0};
    for (size_t n = 0; n < h.sequence; n++) {
        uint32_t size;
        event_t event;
        memcpy(&size, h.journal + h.offsets[n], sizeof size);
        assert_int_equal(event_decode(h.journal + h.offsets[n] + sizeof size, size, &event),
                         FAIL_NONE);
        history_add(&histories.of[STREAM_METERING], &event);
    }
    return histories;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    const history_t *history = &histories->of[STREAM_METERING];
    verify_metering_t checker;
    verify_metering_init(&checker, report);
    for (size_t i = 0; i < history->count; i++)
        verify_metering_feed(&checker, i + 1, &history->events[i]);
    verify_metering_release(&checker);
}

static event_t *event(histories_t *of, event_type_t type, size_t n)
{
    return history_event(&of->of[STREAM_METERING], type, n);
}

static void bill_what_nobody_vouches_for(histories_t *of)
{
    size_t n = 0;
    for (int words = 0; words < 2; n++) // the second is the one with which it comes back
        words += event(of, EVENT_usage_through, n)->usage_through.producer == SILENT;
    history_blank(event(of, EVENT_usage_through, n - 1));
}
static void bound_a_run_later(histories_t *of)
{
    event(of, EVENT_usage_bounded, 0)->usage_bounded.until += MINUTE_US;
}
static void end_a_run_later(histories_t *of)
{
    event(of, EVENT_usage_ended, 0)->usage_ended.until += MINUTE_US;
}
static void end_a_run_too_early(histories_t *of)
{
    history_blank(event(of, EVENT_producer_retired, 0));
}
static void end_one_run_more(histories_t *of)
{
    event(of, EVENT_usage_ended, 0)->usage_ended.runs++;
}

// The stop that lay before the start lies behind it now, as in journals in which it ended nothing.
static void bill_what_was_over_too_long_ago(histories_t *of)
{
    const history_t *history = &of->of[STREAM_METERING];
    for (size_t i = 0; i < history->count; i++) {
        event_t *e = &history->events[i];
        if (e->type == EVENT_interval_opened)
            e->interval_opened.began = 0;
        else if (e->type == EVENT_interval_closed && e->at - e->interval_closed.to == 76 * HOUR_US)
            e->interval_closed.to += 2 * HOUR_US;
    }
}

static void every_fault_of_evidence_is_named(void **state)
{
    (void)state;
    static const fault_t faults[] = {
        {"metering: billed minutes have evidence", bill_what_nobody_vouches_for},
        {"metering: billed minutes have evidence", bill_what_was_over_too_long_ago},
        {"metering: a run is bounded at its producer's last word", bound_a_run_later},
        {"metering: a run ends where it is vouched for last", end_a_run_later},
        {"metering: what may still be vouched for goes on", end_a_run_too_early},
        {"metering: an end says how many runs it ends", end_one_run_more}};
    harness_open(&h, NULL);
    live();
    tell_too_late();
    for (size_t i = 0; i <= sizeof faults / sizeof faults[0]; i++) {
        histories_t histories = history_of_journal();
        verify_report_t report = {0};
        bool planted = i < sizeof faults / sizeof faults[0];
        if (planted)
            faults[i].plant(&histories);
        run(&histories, &report);
        assert_int_equal(report.violated > 0, planted);
        if (planted && !verify_violations(&report, faults[i].rule))
            fail_msg("fault %zu does not break \"%s\"", i, faults[i].rule);
        histories_release(&histories);
    }
    harness_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_fault_of_evidence_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
