// The checker of bonuses for missed service levels against a history of the ledger's core: silent
// about it, and loud about each fault.
#include "proto/month.h"
#include "tests/unit/ledger_words.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_level.h"

#define NOVEMBER (2025 * 12 + UINT64_C(10))
#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z

// Of two events of metering.
static void grant(harness_t *h, uint64_t month, bool lost, kopecks_t use, kopecks_t amount)
{
    request_t request = {.type = REQUEST_level_grant};
    request.level_grant = (request_level_grant_t){.account = customer(1),
                                                  .month = month,
                                                  .up = 9000,
                                                  .all = 10000,
                                                  .lost = lost,
                                                  .use = use,
                                                  .topups = 100000,
                                                  .amount = amount,
                                                  .metering = 2};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

// 1000.00 are paid in in October, 50.00 are used in November and 300.00 in December; both months
// missed their level, and in November data was lost.
static int make(void **state)
{
    histories_t *out = calloc(1, sizeof *out);
    harness_t *h = harness_new(&ledger_core, NULL);
    stream_sequence = 0;
    h->now = month_start(2025 * 12 + 9) + DAY_US;
    paid(h, customer(1), 100000);
    for (unsigned i = 0; i < 2; i++) {
        event_t event = usage(customer(1), i ? 30000 : 5000);
        event.usage_charged.hour = month_start(NOVEMBER + i) + HOUR_US;
        history_add(&out->of[STREAM_METERING], &event);
    }
    h->now = NOON;
    grant(h, NOVEMBER + 1, false, 30000, 6000);
    grant(h, NOVEMBER, true, 5000, 2500);
    for (uint64_t i = 1; i <= h->last; i++) {
        event_t event = harness_read(h, i);
        if (event.type == EVENT_posted)
            event.posted.lots = (bytes_t){0};
        history_add(&out->of[STREAM_LEDGER], &event);
    }
    harness_destroy(&h);
    *state = out;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    free(*state);
    return 0;
}

static void run(const histories_t *histories, verify_report_t *report)
{
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    const history_t *metering = &histories->of[STREAM_METERING];
    verify_level_t checker;
    verify_level_init(&checker, report);
    for (size_t i = 0; i < ledger->count; i++)
        verify_level_feed(&checker, i + 1, &ledger->events[i]);
    for (size_t i = 0; i < metering->count; i++)
        level_sums_metering(&checker.sums, i + 1, &metering->events[i]);
    for (size_t i = 0; i < ledger->count; i++)
        level_sums_ledger(&checker.sums, i + 1, &ledger->events[i]);
    verify_level_finish(&checker, true);
    verify_level_release(&checker);
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_LEDGER], type, n);
}
static event_level_granted_t *level(histories_t *h, size_t n)
{
    return &event(h, EVENT_level_granted, n)->level_granted;
}

static void give_another_bonus(histories_t *h)
{
    event(h, EVENT_bonus_given, 0)->bonus_given.amount++;
}
static void give_under_another_month(histories_t *h)
{
    level(h, 0)->month -= 5;
}
static void give_before_it_is_over(histories_t *h)
{
    level(h, 0)->month += 1;
}
static void count_more_minutes(histories_t *h)
{
    level(h, 0)->up = level(h, 0)->all + 1;
}
static void give_a_half(histories_t *h)
{
    level(h, 0)->percent = 50;
}
static void forget_what_was_given(histories_t *h)
{
    level(h, 1)->granted = 0;
}
static void give_more(histories_t *h)
{
    level(h, 0)->amount++;
}
static void name_no_list(histories_t *h)
{
    static const uint8_t none[] = {0xc0};
    level(h, 0)->resources = (bytes_t){none, sizeof none};
}
static void say_nothing_of_its_sum(histories_t *h)
{
    history_blank(event(h, EVENT_level_granted, 0));
}
static void use_less(histories_t *h)
{
    h->of[STREAM_METERING].events[1].usage_charged.amount--;
}
static void use_of_another_month(histories_t *h)
{
    h->of[STREAM_METERING].events[0].usage_charged.hour += 30 * DAY_US;
}
static void pay_less_in(histories_t *h)
{
    event(h, EVENT_posted, 0)->posted.amount--;
}
static void pay_in_later(histories_t *h)
{
    event(h, EVENT_posted, 0)->at = NOON;
}

static const fault_t faults[] = {
    {"grant: the bonus before is the one that is told of", give_another_bonus},
    {"grant: it is known by its account and month", give_under_another_month},
    {"grant: the month is over", give_before_it_is_over},
    {"grant: no more minutes are up than there are", count_more_minutes},
    {"grant: the percent is the level's", give_a_half},
    {"grant: what was given before is counted", forget_what_was_given},
    {"grant: the bonus is what the rule comes to", give_more},
    {"grant: the resources are a list", name_no_list},
    {"grant: it says what it was computed from", say_nothing_of_its_sum},
    {"grant: the use is what metering charged", use_less},
    {"grant: the use is what metering charged", use_of_another_month},
    {"grant: the top-ups are what was posted before the month", pay_less_in},
    {"grant: the top-ups are what was posted before the month", pay_in_later},
};

static void every_fault_of_grants_is_named(void **state)
{
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_grants_is_named, make, release)};
    return cmocka_run_group_tests_name("verify_level", tests, NULL, NULL);
}
