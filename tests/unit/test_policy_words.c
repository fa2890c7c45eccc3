// A policy's numbers as people write them, for each command that changes one.
#include "proto/event.h"
#include "proto/request.h"
#include "tools/kopeck/policy_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static request_t request;
static char expected[POLICY_EXPECTED_MAX];

static int words_read(request_type_t type, const char *text)
{
    const request_info_t *info = request_info(type);
    size_t values = info->fields_count - 1; // the last one is what was seen, and no value
    assert_string_equal(info->fields()[values].name, "seen");
    return policy_words_read(info->fields(), values, text, &request.status, expected);
}

static void numbers_are_read_in_the_unit_that_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t us;
    } rows[] = {{"settle-hours=1", HOUR_US},
                {"settle-minutes=2", 2 * MINUTE_US},
                {"settle-seconds=90", 90 * SECOND_US},
                {"settle-us=1500000", 1500000},
                {"settle-minutes=0", 0},
                {"settle-us=9223372036854775807", INT64_MAX}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(words_read(REQUEST_metering_policy, rows[i].text), 0);
        assert_true(request.metering_policy.settle_us == rows[i].us);
    }
    assert_int_equal(words_read(REQUEST_metering_policy, "ahead-seconds=3"), 2);
    assert_true(request.metering_policy.ahead_us == 3 * SECOND_US);
    assert_int_equal(words_read(REQUEST_autopay_policy, "backoff-second-hours=6"), 3);
    assert_true(request.autopay_policy.backoff_second_us == 6 * HOUR_US);
}

static void money_is_rubles_and_counts_are_counts(void **state)
{
    (void)state;
    assert_int_equal(words_read(REQUEST_ledger_policy, "low-threshold=250.50"), 0);
    assert_int_equal(request.ledger_policy.low_threshold, 25050);
    assert_int_equal(words_read(REQUEST_autopay_policy, "threshold=100"), 0);
    assert_int_equal(request.autopay_policy.threshold, 10000);
    assert_int_equal(words_read(REQUEST_autopay_policy, "crowd=7"), 7);
    assert_int_equal(request.autopay_policy.crowd, 7);
}

static void what_is_none_is_told_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        request_type_t type;
        const char *text, *says;
    } rows[] = {
        {REQUEST_metering_policy, "settle-minutes=two", "a whole number"},
        {REQUEST_metering_policy, "settle-minutes=", "a whole number"},
        {REQUEST_metering_policy, "settle-minutes=-1", "a whole number"},
        {REQUEST_metering_policy, "settle-minutes=1.5", "a whole number"},
        {REQUEST_metering_policy, "settle-hours=9223372036854775807", "a whole number"},
        {REQUEST_ledger_policy, "low-threshold=1.234", "rubles, as 12 or 12.34"},
        {REQUEST_ledger_policy, "low_threshold=100",
         "NAME=VALUE, NAME one of low-threshold, lapse-notice-minutes"},
        {REQUEST_ledger_policy, "low-threshold",
         "NAME=VALUE, NAME one of low-threshold, lapse-notice-minutes"},
        {REQUEST_ledger_policy, "low-threshold-us=1",
         "NAME=VALUE, NAME one of low-threshold, lapse-notice-minutes"},
        {REQUEST_ledger_policy, "", "NAME=VALUE, NAME one of low-threshold, lapse-notice-minutes"},
        {REQUEST_ledger_policy, "=1",
         "NAME=VALUE, NAME one of low-threshold, lapse-notice-minutes"},
        {REQUEST_metering_policy, "settle=2",
         "NAME=VALUE, NAME one of settle-minutes, late-minutes, ahead-minutes, notice-minutes"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        request_t before = request;
        assert_int_equal(words_read(rows[i].type, rows[i].text), -1);
        assert_string_equal(expected, rows[i].says);
        assert_memory_equal(&before, &request, sizeof before);
    }
    assert_int_equal(words_read(REQUEST_autopay_policy, "x"), -1);
    assert_non_null(strstr(expected, "pacing-minutes, crowd")); // the longest list is whole
}

static void two_values_are_shown_in_the_largest_unit_that_says_both(void **state)
{
    (void)state;
    const field_t *settle = &request_info(REQUEST_metering_policy)->fields()[0];
    static const struct {
        uint64_t one, other;
        const char *name;
    } rows[] = {
        {2 * HOUR_US, HOUR_US, "settle-hours"},      {90 * MINUTE_US, HOUR_US, "settle-minutes"},
        {0, 2 * MINUTE_US, "settle-minutes"},        {0, 0, "settle-hours"},
        {61 * SECOND_US, HOUR_US, "settle-seconds"}, {HOUR_US, 1500001, "settle-us"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const policy_unit_t *unit = policy_words_unit(rows[i].one, rows[i].other);
        char name[POLICY_WORD_MAX], text[2 * POLICY_WORD_MAX];
        policy_words_name(settle, unit, name);
        assert_string_equal(name, rows[i].name);
        snprintf(text, sizeof text, "%s=%llu", name, (unsigned long long)(rows[i].one / unit->us));
        assert_int_equal(words_read(REQUEST_metering_policy, text),
                         0); // what is shown can be given
        assert_true(request.metering_policy.settle_us == rows[i].one);
    }
}

// The command line fills in what is not named from the event, field by field.
static void a_command_has_the_fields_of_the_event_that_it_causes(void **state)
{
    (void)state;
    static const struct {
        request_type_t request;
        event_type_t event;
    } rows[] = {{REQUEST_ledger_policy, EVENT_ledger_policy_changed},
                {REQUEST_metering_policy, EVENT_metering_policy_changed},
                {REQUEST_autopay_policy, EVENT_autopay_policy_changed}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const request_info_t *asked = request_info(rows[i].request);
        const event_info_t *told = event_info(rows[i].event);
        assert_int_equal(asked->fields_count, told->fields_count + 1);
        assert_string_equal(asked->fields()[told->fields_count].name, "seen");
        for (size_t k = 0; k < told->fields_count; k++) {
            assert_string_equal(asked->fields()[k].name, told->fields()[k].name);
            assert_int_equal(asked->fields()[k].type, told->fields()[k].type);
            assert_true(asked->fields()[k].type == FIELD_TYPE_u64 ||
                        asked->fields()[k].type == FIELD_TYPE_money);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_the_unit_that_is_named),
        cmocka_unit_test(money_is_rubles_and_counts_are_counts),
        cmocka_unit_test(what_is_none_is_told_what_was_expected),
        cmocka_unit_test(two_values_are_shown_in_the_largest_unit_that_says_both),
        cmocka_unit_test(a_command_has_the_fields_of_the_event_that_it_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
