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
        {{HOUR_US + 1, 0, 0, 0, 0, 0}, FAIL_INVALID},
        {{0, LATE_MAX_US + 1, 0, 0, 0, 0}, FAIL_INVALID},
        {{0, 0, HOUR_US + 1, 0, 0, 0}, FAIL_INVALID},
        {{0, 0, 0, 366 * DAY_US + 1, 0, 0}, FAIL_INVALID},
        {{0, HOUR_US, MINUTE_US, DAY_US, 0, 0}, FAIL_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
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

// --- prices that are announced and withdrawn ---

static fail_t withdraw(uint64_t version)
{
    request_t request = {.type = REQUEST_tariff_withdraw, .tariff_withdraw.version = version};
    return harness_command(&h, &request);
}

// By the last command.
static void announced(kopecks_t before, kopecks_t price, bool withdrawn)
{
    const event_tariff_announced_t *told =
        &harness_event(&h, EVENT_tariff_announced, 0)->tariff_announced;
    assert_int_equal(told->before, before);
    assert_int_equal(told->price, price);
    assert_int_equal(told->withdrawn, withdrawn);
    assert_true(text_equal(told->code, text_of("nachalny")));
}

static void a_version_that_has_not_begun_is_withdrawn(void **state)
{
    (void)state;
    h.now = at(0, 0);
    request_t request = define("nachalny", 1000000, at(120, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    request = define("gold", 5, at(120, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(withdraw(7), FAIL_NONE);
    assert_int_equal(withdraw(8), FAIL_NONE);
    assert_int_equal(withdraw(7), FAIL_STATE);
    h.now = at(121, 0);
    assert_int_equal(tick(at(121, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(tick(at(121, 0), "gold"), FAIL_TARIFF);
    harness_through(&h, at(180, 0));
    harness_time(&h, at(183, 0));
    assert_int_equal(harness_event(&h, EVENT_usage_charged, 0)->usage_charged.price, 29000);
    request = define("gold", 5, at(300, 0)); // numbers go on
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(harness_event(&h, EVENT_tariff_defined, 0)->tariff_defined.version, 9);
}

static void what_may_be_in_use_stays(void **state)
{
    (void)state;
    h.now = at(0, 0);
    request_t request = define("nachalny", 30000, at(61, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(withdraw(1), FAIL_STATE);
    assert_int_equal(withdraw(0), FAIL_MISSING);
    assert_int_equal(withdraw(8), FAIL_MISSING);
    h.now = at(1, 0);
    assert_int_equal(withdraw(7), FAIL_STATE);
    h.now = at(1, 0) - 1;
    assert_int_equal(withdraw(7), FAIL_NONE);
}

static void a_price_that_rises_is_announced_in_time(void **state)
{
    (void)state;
    h.now = at(0, 0);
    request_t request = {.type = REQUEST_metering_policy};
    request.metering_policy = (request_metering_policy_t){
        .late_us = HOUR_US, .ahead_us = MINUTE_US, .notice_us = 2 * HOUR_US};
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    const struct {
        request_t request;
        fail_t fail;
    } table[] = {
        {define("nachalny", 29001, at(119, 0)), FAIL_INVALID},
        {define("nachalny", 29000, at(1, 0)), FAIL_NONE},
        {define("nachalny", 28000, at(1, 0)), FAIL_NONE},
        {define("nachalny", 28001, at(119, 0)), FAIL_INVALID},
        {define("nachalny", 28001, at(120, 0)), FAIL_NONE},
        {define("silver", 28001, at(1, 0)), FAIL_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(harness_command(&h, &table[i].request), table[i].fail);
}

static void what_is_announced_is_what_was_known_and_what_holds(void **state)
{
    (void)state;
    h.now = at(0, 0);
    request_t request = define("nachalny", 32000, at(180, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    announced(29000, 32000, false);
    request = define("nachalny", 33000, at(240, 0));
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    announced(32000, 33000, false);
    assert_int_equal(withdraw(7), FAIL_NONE);
    announced(32000, 29000, true);
    request = define("nachalny", 29000, at(180, 0)); // as it was: nobody is told
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_tariff_announced), 0);
    request = define("gold", 1, at(180, 0)); // new: nobody pays it yet
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_tariff_announced), 0);
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
        TEST(a_version_that_has_not_begun_is_withdrawn),
        TEST(what_may_be_in_use_stays),
        TEST(a_price_that_rises_is_announced_in_time),
        TEST(what_is_announced_is_what_was_known_and_what_holds),
        TEST(what_is_full_for_good_is_not_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
