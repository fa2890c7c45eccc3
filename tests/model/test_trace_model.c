// A container trace (tools/tracing/pods.h) through metering's core alone, hour by hour on a driven
// clock: the minutes per tariff, what is posted in all and of three accounts are what
// docs/rules.md alone says they must be. The trace is not carried by the project: without it this
// says so.
#include "tests/model/metering_harness.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define TRACE "../shared/data/pods.csv"
#define ORIGIN INT64_C(1767225600) // 2026-01-01T00:00:00Z
enum { PODS_MAX = 10000, ACCOUNTS = 400, TARIFFS = 6 };

typedef struct {
    instant_t at;
    unsigned pod;
    bool deletes;
} moment_t;

static struct {
    const char *tariff;
    unsigned number;
} pods[PODS_MAX];
static moment_t moments[2 * PODS_MAX];
static size_t moments_count;

static struct {
    kopecks_t posted, of_account[ACCOUNTS];
    uint64_t minutes, of_tariff[TARIFFS], lines;
} total;

static const char *tariff_of(long cpu)
{
    return cpu <= 4000    ? "probny"
           : cpu <= 8000  ? "nachalny"
           : cpu <= 11999 ? "nachalny_plus"
           : cpu <= 16000 ? "standartny"
           : cpu <= 64000 ? "ultra"
                          : "ultra_plus";
}

static uid_t16 id_of(const char *group, unsigned number)
{
    char text[UID_TEXT_SIZE];
    snprintf(text, sizeof text, "00000000-0000-4000-%s-%012u", group, number);
    uid_t16 id;
    bool fine = uid_parse(text, &id);
    assert(fine);
    return id;
}

static int by_time(const void *a, const void *b)
{
    const moment_t *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->deletes != y->deletes)
        return x->deletes - y->deletes;
    return (x->pod > y->pod) - (x->pod < y->pod);
}

static bool read_trace(void)
{
    FILE *file = fopen(TRACE, "r");
    if (!file)
        return false;
    char line[512];
    size_t count = 0;
    char *got = fgets(line, sizeof line, file);
    assert(got);
    while (fgets(line, sizeof line, file)) {
        char *column[11], *rest = line;
        for (int i = 0; i < 11; i++)
            column[i] = strsep(&rest, ",\n");
        if (!*column[10])
            continue; // it never ran
        assert(count < PODS_MAX);
        pods[count].number = (unsigned)strtoul(column[0] + strlen("openb-pod-"), NULL, 10);
        pods[count].tariff = tariff_of(strtol(column[1], NULL, 10));
        instant_t from = (ORIGIN + strtoll(column[10], NULL, 10)) * SECOND_US;
        instant_t to = (ORIGIN + strtoll(column[9], NULL, 10)) * SECOND_US;
        moments[moments_count++] = (moment_t){from, (unsigned)count, false};
        moments[moments_count++] = (moment_t){to, (unsigned)count, true};
        count++;
    }
    fclose(file);
    qsort(moments, moments_count, sizeof moments[0], by_time);
    return true;
}

static void observe(void *arg, const event_t *event)
{
    (void)arg;
    const uid_t16 *account;
    kopecks_t amount;
    if (event->type == EVENT_usage_charged) {
        const event_usage_charged_t *e = &event->usage_charged;
        account = &e->account;
        amount = e->amount;
        total.minutes += e->minutes;
        total.of_tariff[e->version - 1] += e->minutes;
        total.lines++;
    } else if (event->type == EVENT_meter_closed) {
        account = &event->meter_closed.account;
        amount = event->meter_closed.amount;
    } else
        return;
    total.posted += amount;
    unsigned number = 0; // the id's last 12 hexadecimal digits are decimal ones
    for (int i = 13; i < 16; i++)
        number = number * 100 + (account->bytes[i] >> 4) * 10u + (account->bytes[i] & 15u);
    assert(number < ACCOUNTS);
    total.of_account[number] += amount;
}

static void the_trace_comes_to_what_the_rules_say(void **state)
{
    (void)state;
    if (!read_trace()) {
        print_message("skipped: %s is not there\n", TRACE);
        skip();
    }
    harness_t h;
    harness_open(&h, NULL);
    h.observe = observe;
    size_t next = 0;
    for (instant_t hour = ORIGIN * SECOND_US; next < moments_count; hour += HOUR_US) {
        for (; next < moments_count && moments[next].at < hour + HOUR_US; next++) {
            const moment_t *m = &moments[next];
            unsigned number = pods[m->pod].number;
            uid_t16 resource = id_of("9000", number);
            harness_time(&h, m->at);
            fail_t fail =
                m->deletes ? harness_deleted(&h, m->at, resource)
                           : harness_started(&h, m->at, resource, resource,
                                             id_of("8000", number % ACCOUNTS), pods[m->pod].tariff);
            assert_int_equal(fail, FAIL_NONE);
        }
        harness_through(&h, hour + HOUR_US);
    }
    harness_time(&h, h.now + DAY_US);
    static const uint64_t of_tariff[TARIFFS] = {287802, 1107475, 57617, 1722767, 274900, 49983};
    for (int i = 0; i < TARIFFS; i++)
        assert_int_equal(total.of_tariff[i], of_tariff[i]);
    assert_int_equal(total.minutes, 3500544);
    assert_int_equal(total.posted, 10337245);
    assert_int_equal(total.of_account[0], 702083);
    assert_int_equal(total.of_account[1], 140385);
    assert_int_equal(total.of_account[2], 635363);
    assert_true(harness_wake(&h) == INT64_MAX);
    assert_true(harness_replays(&h));
    print_message("%llu lines, %llu events, %zu journal bytes\n", (unsigned long long)total.lines,
                  (unsigned long long)h.sequence, h.size);
    harness_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_trace_comes_to_what_the_rules_say)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
