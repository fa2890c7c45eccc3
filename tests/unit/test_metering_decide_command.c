// Commands to metering: prices that begin later, and the bounds of the policy.
#include "tests/unit/metering_day.h"

static void a_new_price_holds_from_its_minute_on(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    request_t request = define("nachalny", 43200, at(30, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(harness_event(&h, EVENT_tariff_defined, 0)->tariff_defined.version, 7);
    pass(1);
    EXPECT({0, NACHALNY, 30, 20, 6000, 1}, {0, 7, 30, 30, 6000, 1});
}

static void a_price_is_never_retroactive(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    harness_through(&h, at(1, 0));
    h.now = at(10, 0);
    char long_code[TARIFF_CODE_MAX + 2] = {0};
    memset(long_code, 'x', TARIFF_CODE_MAX + 1);
    const struct {
        request_t request;
        fail_t fail;
    } table[] = {
        {define("nachalny", 1, at(9, 0)), FAIL_INVALID},
        {define("nachalny", 1, at(10, 1)), FAIL_INVALID},
        {define("nachalny", 0, at(10, 0)), FAIL_INVALID},
        {define("nachalny", -5, at(10, 0)), FAIL_INVALID},
        {define("nachalny", PRICE_MAX + 1, at(10, 0)), FAIL_INVALID},
        {define("", 1, at(10, 0)), FAIL_INVALID},
        {define(long_code, 1, at(10, 0)), FAIL_INVALID},
        {define("gold", PRICE_MAX, at(10, 0)), FAIL_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(harness_command(&h, &table[i].request), table[i].fail);
    harness_through(&h, at(60, 0)); // what the platform said it has sent is priced already
    request_t request = define("gold", 1, at(60, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_INVALID);
    request = define("gold", 1, at(61, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
}

static void a_tariff_has_a_title_and_begins_with_a_minute(void **state)
{
    (void)state;
    char long_title[TARIFF_TITLE_MAX + 2] = {0};
    memset(long_title, 'x', TARIFF_TITLE_MAX + 1);
    const struct {
        text_t title;
        instant_t effective;
        fail_t fail;
    } table[] = {
        {text_of(""), at(60, 0), FAIL_INVALID},
        {text_of(long_title), at(60, 0), FAIL_INVALID},
        {text_of("Новый"), at(60, 1), FAIL_INVALID},
        {text_of("Новый"), -MINUTE_US, FAIL_INVALID},
        {text_of("Новый"), INSTANT_LAST + 1, FAIL_INVALID},
        {text_of(long_title + 1), at(60, 0), FAIL_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        request_t request = define("gold", 1, table[i].effective);
        request.tariff_define.title = table[i].title;
        assert_int_equal(harness_command(&h, &request), table[i].fail);
    }
    request_t unknown = {.type = REQUEST_balance};
    assert_int_equal(harness_command(&h, &unknown), FAIL_INVALID);
}

static void policy_changes_take_effect_and_have_bounds(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_metering_policy};
    const struct {
        request_metering_policy_t policy;
        fail_t fail;
    } table[] = {
        {{HOUR_US + 1, 0, 0, 0, 0}, FAIL_INVALID},
        {{0, LATE_MAX_US + 1, 0, 0, 0}, FAIL_INVALID},
        {{0, 0, HOUR_US + 1, 0, 0}, FAIL_INVALID},
        {{0, HOUR_US, MINUTE_US, 0, 0}, FAIL_NONE},
    };
    for (size_t i = 0; i < 4; i++) {
        request.metering_policy = table[i].policy;
        assert_int_equal(harness_command(&h, &request), table[i].fail);
    }
    h.now = at(1, 0);
    assert_int_equal(tick(at(3, 0), "probny"), FAIL_LATER);
    assert_int_equal(tick(at(2, 0), "probny"), FAIL_NONE);
    tick(at(-60, 0), "probny");
    assert_int_equal(harness_count(&h, EVENT_usage_expired), 1);
    harness_through(&h, at(60, 0));
    assert_true(harness_wake(&h) == at(60, 0)); // settles at once
}

// It was FAIL_FULL, which clients are told to repeat: this one did so for ever.
static void what_is_full_for_good_is_not_tried_again(void **state)
{
    (void)state;
    fail_t fail = FAIL_NONE;
    unsigned defined = 6; // those that a journal begins with
    while (!fail) {
        request_t request = define("nachalny", 1, h.now + HOUR_US);
        fail = harness_command(&h, &request);
        defined += !fail;
    }
    assert_int_equal(defined, TARIFF_VERSIONS_MAX);
    assert_int_equal(fail, FAIL_LIMIT);
    assert_false(fail_retry(fail));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_price_holds_from_its_minute_on),
        TEST(a_price_is_never_retroactive),
        TEST(a_tariff_has_a_title_and_begins_with_a_minute),
        TEST(policy_changes_take_effect_and_have_bounds),
        TEST(what_is_full_for_good_is_not_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
