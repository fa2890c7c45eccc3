// What a platform that ran some pods sends: which ids, which minutes, which tariff, in which
// window.
#include "tools/tracing/usage.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define AT(seconds) (USAGE_ORIGIN + (seconds)*SECOND_US)

static void ids_are_the_numbers_in_decimal(void **state)
{
    (void)state;
    const uid_t16 account = usage_account(397);
    const uint8_t expected[16] = {[6] = 0x40, [8] = 0x80, [14] = 0x03, [15] = 0x97};
    assert_memory_equal(account.bytes, expected, sizeof expected);
    pod_t pod = {.number = 8151, .cpu_milli = 1, .scheduled = 5, .deleted = 6};
    pods_t pods = {&pod, 1};
    usage_t *usage = usage_new(&pods, false, 1);
    size_t count;
    const event_t *events = usage_window(usage, AT(3600), &count);
    assert_int_equal(count, 3);
    const uint8_t resource[16] = {[6] = 0x40, [8] = 0x90, [14] = 0x81, [15] = 0x51};
    assert_memory_equal(events[0].resource_created.resource.bytes, resource, sizeof resource);
    assert_true(usage_has_account(usage, 8151 % USAGE_ACCOUNTS));
    assert_false(usage_has_account(usage, 0));
    usage_destroy(&usage);
}

static void a_pod_lives_in_order_also_within_one_instant(void **state)
{
    (void)state;
    pod_t rows[] = {{.number = 1, .cpu_milli = 1, .scheduled = 60, .deleted = 60},
                    {.number = 2, .cpu_milli = 1, .scheduled = -1, .deleted = 7}};
    pods_t pods = {rows, 2};
    usage_t *usage = usage_new(&pods, false, 1);
    size_t count;
    const event_t *events = usage_window(usage, AT(59), &count);
    assert_int_equal(count, 0);
    events = usage_window(usage, AT(60), &count);
    assert_int_equal(count, 3); // and nothing of the pod that never ran
    assert_int_equal(events[0].type, EVENT_resource_created);
    assert_int_equal(events[1].type, EVENT_replica_started);
    assert_int_equal(events[2].type, EVENT_resource_deleted);
    assert_int_equal(events[2].at, AT(60));
    (void)usage_window(usage, AT(9999), &count);
    assert_int_equal(count, 0);
    assert_int_equal(usage_end(usage), AT(60));
    usage_destroy(&usage);
}

static void tariffs_go_by_size(void **state)
{
    (void)state;
    static const struct {
        uint32_t cpu_milli;
        const char *code;
    } rows[] = {{0, "probny"},         {4000, "probny"},        {4001, "nachalny"},
                {8000, "nachalny"},    {8001, "nachalny_plus"}, {11999, "nachalny_plus"},
                {12000, "standartny"}, {16000, "standartny"},   {16001, "ultra"},
                {64000, "ultra"},      {64001, "ultra_plus"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pod_t pod = {.number = 1, .cpu_milli = rows[i].cpu_milli, .scheduled = 0, .deleted = 9};
        pods_t pods = {&pod, 1};
        usage_t *usage = usage_new(&pods, false, 1);
        size_t count;
        const event_t *events = usage_window(usage, AT(9), &count);
        assert_true(text_equal(events[1].replica_started.tariff, text_of(rows[i].code)));
        usage_destroy(&usage);
    }
}

// The minutes of [start, end) at m:00, over windows that cut it anywhere; some come twice.
static void ticks_are_the_minutes_that_begin_while_the_pod_runs(void **state)
{
    (void)state;
    static const struct {
        int64_t start, end;
        unsigned minutes;
    } rows[] = {{0, 60, 1},       {0, 61, 2},          {1, 59, 0},      {1, 60, 0},
                {1, 61, 1},       {30, 750, 12},       {3599, 3601, 1}, {120, 120, 0},
                {3600, 7200, 60}, {7321, 100000, 1544}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pod_t pod = {.number = 1, .scheduled = rows[i].start, .deleted = rows[i].end};
        pods_t pods = {&pod, 1};
        usage_t *usage = usage_new(&pods, true, i);
        static uint8_t seen[2000];
        memset(seen, 0, sizeof seen);
        unsigned minutes = 0, deletions = 0;
        for (instant_t to = AT(120); to < AT(110000); to += HOUR_US) {
            size_t count;
            const event_t *events = usage_window(usage, to, &count);
            for (size_t k = 0; k < count; k++) {
                assert_true(events[k].at <= to);
                assert_int_equal(deletions, 0); // the end comes last
                if (events[k].type == EVENT_resource_deleted) {
                    deletions++;
                    continue;
                }
                assert_int_equal(events[k].type, EVENT_usage_ticked);
                size_t minute = (size_t)((events[k].at - USAGE_ORIGIN) / MINUTE_US);
                minutes += !seen[minute]++;
                assert_in_range(seen[minute], 1, 2);
            }
        }
        assert_int_equal(minutes, rows[i].minutes);
        assert_int_equal(deletions, 1);
        usage_destroy(&usage);
    }
}

static void a_tenth_of_the_ticks_comes_twice_and_their_order_is_the_seeds(void **state)
{
    (void)state;
    pod_t pod = {.number = 1, .scheduled = 0, .deleted = 6000000};
    pods_t pods = {&pod, 1};
    size_t counts[3];
    usage_t *usages[3];
    const event_t *events[3];
    for (size_t i = 0; i < 3; i++) {
        usages[i] = usage_new(&pods, true, i < 2 ? 7 : 8);
        events[i] = usage_window(usages[i], AT(6000000 - 1), &counts[i]);
    }
    assert_in_range(counts[0], 108500, 111500); // 100 000 minutes
    assert_int_equal(counts[0], counts[1]);
    bool differs = counts[0] != counts[2], sorted = true;
    for (size_t k = 0; k < counts[0]; k++) {
        assert_int_equal(events[0][k].at, events[1][k].at);
        differs = differs || events[0][k].at != events[2][k].at;
        sorted = sorted && (k == 0 || events[0][k - 1].at <= events[0][k].at);
    }
    assert_true(differs);
    assert_false(sorted);
    for (size_t i = 0; i < 3; i++)
        usage_destroy(&usages[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_the_numbers_in_decimal),
        cmocka_unit_test(a_pod_lives_in_order_also_within_one_instant),
        cmocka_unit_test(tariffs_go_by_size),
        cmocka_unit_test(ticks_are_the_minutes_that_begin_while_the_pod_runs),
        cmocka_unit_test(a_tenth_of_the_ticks_comes_twice_and_their_order_is_the_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
