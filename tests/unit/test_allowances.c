// What one person may move alone: at once, in a day of Moscow, and how that is counted.
#include "services/node/allowances.h"
#include "proto/month.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define NOON (INT64_C(1767225600) * SECOND_US + 9 * HOUR_US) // of Moscow's 2026-01-01

static void note(allowances_t *self, const char *name, instant_t at, kopecks_t amount)
{
    event_t event = {.type = EVENT_command_sent_by, .at = at};
    event.command_sent_by =
        (event_command_sent_by_t){.certificate = text_of(name), .amount = amount};
    allowances_note(self, &event);
}

static kopecks_t moved(const allowances_t *self, const char *name, instant_t at)
{
    return allowances_moved(self, text_of(name), at);
}

static void a_day_of_moscow_is_summed_by_name(void **state)
{
    (void)state;
    static allowances_t self;
    allowances_init(&self);
    note(&self, "anna", NOON, 500000);
    note(&self, "boris", NOON, 7);
    note(&self, "anna", NOON + 11 * HOUR_US, 400000);
    event_t counted = {.type = EVENT_feed_counted, .at = NOON + 11 * HOUR_US};
    counted.feed_counted = (event_feed_counted_t){.certificate = text_of("anna"), .amount = 50};
    allowances_note(&self, &counted);
    assert_int_equal(moved(&self, "anna", NOON + 12 * HOUR_US - 1), 900050);
    assert_int_equal(moved(&self, "boris", NOON), 7);
    assert_int_equal(moved(&self, "vera", NOON), 0);
    assert_int_equal(moved(&self, "ann", NOON), 0);
    assert_int_equal(moved(&self, "anna", NOON + 12 * HOUR_US), 0); // midnight in Moscow
    note(&self, "anna", NOON + 12 * HOUR_US, 3);
    assert_int_equal(moved(&self, "anna", NOON + 13 * HOUR_US), 3);
    assert_int_equal(moved(&self, "anna", -1), 0); // before 1970 days are days too
}

static void a_limit_holds_to_the_kopeck(void **state)
{
    (void)state;
    static allowances_t self;
    allowances_init(&self);
    assert_true(allowances_allow(&self, 0, ALLOWANCE_ALONE_MAX));
    assert_false(allowances_allow(&self, 0, ALLOWANCE_ALONE_MAX + 1));
    assert_true(allowances_allow(&self, ALLOWANCE_DAY_MAX - 5, 5));
    assert_false(allowances_allow(&self, ALLOWANCE_DAY_MAX - 5, 6));
    assert_false(allowances_allow(&self, INT64_MAX, 1));
    event_t policy = {.type = EVENT_operators_policy_changed};
    policy.operators_policy_changed = (event_operators_policy_changed_t){10, 15, false};
    allowances_note(&self, &policy);
    assert_true(allowances_allow(&self, 5, 10));
    assert_false(allowances_allow(&self, 6, 10));
    assert_false(allowances_allow(&self, 0, 11));
}

static void who_cannot_be_counted_may_nothing(void **state)
{
    (void)state;
    static allowances_t self;
    allowances_init(&self);
    char name[CERTIFICATE_NAME_MAX + 2];
    assert_int_equal(moved(&self, "", NOON), INT64_MAX);
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(moved(&self, name, NOON), INT64_MAX);
    note(&self, name, NOON, 1);
    note(&self, "", NOON, 1);
    note(&self, "anna", NOON, 0); // what moved nothing takes no place
    assert_int_equal(self.count, 0);
    for (int i = 0; i < ALLOWANCES_MAX + 1; i++) {
        snprintf(name, sizeof name, "p%d", i);
        note(&self, name, NOON, 10);
    }
    assert_int_equal(self.count, ALLOWANCES_MAX);
    assert_int_equal(moved(&self, name, NOON), INT64_MAX);
    assert_int_equal(moved(&self, "p0", NOON), 10);
    assert_int_equal(moved(&self, name, NOON + DAY_US), 0); // others' places are free by then
    note(&self, name, NOON + DAY_US, 11);
    assert_int_equal(moved(&self, name, NOON + DAY_US), 11);
    assert_int_equal(self.count, ALLOWANCES_MAX);
}

static void a_sum_beyond_all_numbers_stays_there(void **state)
{
    (void)state;
    static allowances_t self;
    allowances_init(&self);
    note(&self, "anna", NOON, INT64_MAX - 1);
    note(&self, "anna", NOON, INT64_MAX - 1);
    assert_int_equal(moved(&self, "anna", NOON), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_of_moscow_is_summed_by_name),
        cmocka_unit_test(a_limit_holds_to_the_kopeck),
        cmocka_unit_test(who_cannot_be_counted_may_nothing),
        cmocka_unit_test(a_sum_beyond_all_numbers_stays_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
