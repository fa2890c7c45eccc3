// What of metering's rules an operator should see: quotas that are reached, producers that are
// waited for.
#include "services/metering/metering_light.h"
#include "services/metering/metering_quotas.h"
#include "tests/unit/metering_day.h"
#include <stdio.h>

#define OTHER (FEED + 1)

static char said[512];

static void note(void *arg, alarm_t code, const char *about)
{
    (void)arg;
    size_t used = strlen(said);
    snprintf(said + used, sizeof said - used, "%s%s", code == ALARM_AWAITED ? "+" : "!", about);
}

static const char *light(void)
{
    said[0] = '\0';
    metering_light(h.state, h.now, note, NULL);
    return said;
}

static void set(event_quotas_changed_t quotas)
{
    ((metering_state_t *)h.state)->quotas = quotas; // what is in force; not replayed here
}

static int end(void **state)
{
    set(quotas_default);
    return teardown(state);
}

static void each_quota_that_is_reached_is_said(void **state)
{
    (void)state;
    h.owner = text_of("amvera");
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    h.producer = OTHER;
    assert_int_equal(harness_ticked(&h, at(0, 0), resource, replica, account, "no tariff"),
                     FAIL_TARIFF);
    assert_string_equal(light(), "");
    struct {
        size_t field;
        const char *what;
    } table[] = {
        {offsetof(event_quotas_changed_t, meters), "!producer 100: meters"},
        {offsetof(event_quotas_changed_t, meters_hour), "!producer 100: meters an hour"},
        {offsetof(event_quotas_changed_t, accounts_hour), "!producer 100: accounts an hour"},
        {offsetof(event_quotas_changed_t, replicas), "!producer 100: replicas"},
        {offsetof(event_quotas_changed_t, refusals_hour), "!producer 100: refusals an hour"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        event_quotas_changed_t quotas = quotas_default;
        *(uint64_t *)((char *)&quotas + table[i].field) = 1;
        set(quotas);
        assert_string_equal(light(), table[i].what);
    }
    set(quotas_default);
    ((metering_state_t *)h.state)->limits.meters_max = 1;
    assert_string_equal(light(), "!producer 100: room for meters");
    ((metering_state_t *)h.state)->limits = (metering_limits_t){1, 100};
    assert_string_equal(light(), "!producer 100: room for replicas");
}

static void what_an_account_was_refused_is_said_for_an_hour(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_quotas_change};
    request.quotas_change = (request_quotas_change_t){9, 1, 9, 9, 9, 9, 9, 0, 0, 0, 0};
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_started(&h, at(0, 0), resource, second, account, "nachalny"),
                     FAIL_QUOTA);
    assert_string_equal(light(), "!replicas of an account");
    h.now += HOUR_US;
    assert_string_equal(light(), "");
}

static void through_of(stream_t producer, instant_t through)
{
    h.producer = producer;
    harness_through(&h, through);
}

static void who_is_waited_for_or_was_passed_over_is_said(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(OTHER, at(1, 0));
    harness_time(&h, at(119, 0));
    assert_string_equal(light(), ""); // it is waited for, and nobody for long
    harness_time(&h, at(120, 0));
    assert_string_equal(light(), "+producer 101");
    through_of(FEED, at(120, 0));
    harness_time(&h, at(121, 0));
    assert_int_equal(harness_count(&h, EVENT_hour_closed), 1);
    assert_int_equal(harness_count(&h, EVENT_producer_passed_over), 1);
    assert_string_equal(light(), "+producer 101");
    through_of(OTHER, at(120, 0));
    assert_string_equal(light(), "");
}

// Hours do not wait for a retired one; that it runs something again is said all the same.
static void who_was_retired_and_runs_something_is_said(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_producer_retire, .producer_retire.producer = FEED};
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(FEED, at(1, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_string_equal(light(), ""); // what it ran has ended
    assert_int_equal(start(at(2, 0), "nachalny"), FAIL_NONE);
    through_of(OTHER, at(60, 0));
    harness_time(&h, at(62, 0));
    assert_string_equal(light(), "+producer 100");
    through_of(FEED, at(62, 0));
    assert_string_equal(light(), "");
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_quota_that_is_reached_is_said),
        TEST(what_an_account_was_refused_is_said_for_an_hour),
        TEST(who_is_waited_for_or_was_passed_over_is_said),
        TEST(who_was_retired_and_runs_something_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
