// What is owed back and which line gives it back: in which order, and for how long lines are kept.
#include "services/metering/metering_credits.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { METER = 7, HOUR = 490890, VERSION = 3 };

static uint64_t key_of(const credits_t *credits) // of what is owed longest
{
    uint64_t key;
    const owed_t *owed = table_row(&credits->owed, credits->owed_order.first - 1);
    memcpy(&key, owed->key.bytes, sizeof key);
    return key;
}

static event_usage_charged_t line_of(uint64_t minutes)
{
    return (event_usage_charged_t){.meter = METER,
                                   .version = VERSION,
                                   .hour = hour_start(HOUR),
                                   .minutes = minutes,
                                   .reason = CHARGED_LATE};
}

static void give(credits_t *credits, uint64_t original, uint64_t minutes, kopecks_t amount)
{
    event_usage_credited_t credit = {.original = original,
                                     .meter = METER,
                                     .version = VERSION,
                                     .hour = hour_start(HOUR),
                                     .minutes = minutes,
                                     .amount = amount,
                                     .charged_minutes = 60};
    credits_give(credits, &credit, HOUR + 1);
}

static void what_is_owed_is_one_row_a_meter_hour_and_version(void **state)
{
    (void)state;
    credits_t credits = {0};
    credits_init(&credits);
    credits_owe(&credits, METER, HOUR, VERSION, 10);
    credits_owe(&credits, METER, HOUR, VERSION + 1, 1);
    credits_owe(&credits, METER, HOUR, VERSION, 5);
    assert_int_equal(table_used(&credits.owed), 2);
    uint64_t key = key_of(&credits);
    assert_int_equal(credits_meter(key), METER);
    assert_int_equal(credits_hour(key), HOUR);
    assert_int_equal(credits_version(key), VERSION);
    assert_int_equal(credits_owed(&credits, key)->minutes, 15);
    give(&credits, 100, 10, 4);
    assert_int_equal(credits_owed(&credits, key)->minutes, 5);
    give(&credits, 100, 5, 2);
    assert_null(credits_owed(&credits, key));
    assert_int_equal(table_used(&credits.owed), 1);
    credits_release(&credits);
}

static void a_line_knows_what_is_left_of_it_until_its_hour_leaves_the_window(void **state)
{
    (void)state;
    credits_t credits = {0};
    credits_init(&credits);
    event_usage_charged_t closing = line_of(60), late = line_of(9);
    credits_owe(&credits, METER, HOUR, VERSION, 50);
    uint64_t key = key_of(&credits), left;
    kopecks_t given;
    credits_left(&credits, key, 100, &closing, &left, &given);
    assert_true(left == 60 && given == 0);
    give(&credits, 100, 20, 8);
    credits_keep(&credits, &late, 200, HOUR + 3);
    give(&credits, 200, 9, 3);
    credits_left(&credits, key, 100, &closing, &left, &given);
    assert_true(left == 40 && given == 8);
    credits_left(&credits, key, 200, &late, &left, &given);
    assert_true(left == 0 && given == 3);
    credits_forget_before(&credits, HOUR + 2);
    assert_int_equal(table_used(&credits.kept), 1);
    credits_forget_before(&credits, HOUR + 4);
    assert_int_equal(table_used(&credits.kept), 0);
    credits_release(&credits);
}

static void lines_of_a_closing_stand_in_order(void **state)
{
    (void)state;
    event_t event = {.type = EVENT_usage_charged};
    event_usage_charged_t *line = &event.usage_charged;
    line->reason = CHARGED_HOUR;
    line->kind = RESOURCE_COMPUTE;
    line->version = VERSION;
    line->account.bytes[0] = line->resource.bytes[0] = 5;
    recall_t wish = {.by = RECALL_ORDER, .detail = (uint64_t)RESOURCE_COMPUTE << 32 | VERSION};
    wish.sought[0] = line->account;
    wish.sought[1] = line->resource;
    int order;
    assert_true(credits_order(&event, &wish, &order) && order == 0);
    line->version++;
    assert_true(credits_order(&event, &wish, &order) && order > 0);
    line->resource.bytes[15] = 0;
    line->resource.bytes[0] = 4;
    assert_true(credits_order(&event, &wish, &order) && order < 0);
    line->account.bytes[1] = 1;
    assert_true(credits_order(&event, &wish, &order) && order > 0);
    line->reason = CHARGED_LATE;
    assert_false(credits_order(&event, &wish, &order));
    event.type = EVENT_hour_closed;
    assert_false(credits_order(&event, &wish, &order));
}

static void say_taking_back(credits_t *credits, uint8_t resource, bool more, uint64_t untold)
{
    event_usage_taking_back_t event = {.resource = {{resource}}, .oldest = resource, .more = more};
    event.untold = untold;
    credits_take_back(credits, &event);
}

static void deletions_wait_in_order_until_all_is_taken_back(void **state)
{
    (void)state;
    credits_t credits = {0};
    credits_init(&credits);
    assert_null(credits_taking_back(&credits));
    say_taking_back(&credits, 1, false, 7); // a stop that had no room to tell
    assert_null(credits_taking_back(&credits));
    say_taking_back(&credits, 2, true, 0);
    say_taking_back(&credits, 3, true, 0);
    say_taking_back(&credits, 2, true, 0);
    assert_int_equal(credits_taking_back(&credits)->resource.bytes[0], 2);
    assert_int_equal(credits_taking_back(&credits)->oldest, 2);
    say_taking_back(&credits, 2, false, 1);
    assert_int_equal(credits_taking_back(&credits)->resource.bytes[0], 3);
    say_taking_back(&credits, 3, false, 0);
    assert_null(credits_taking_back(&credits));
    assert_int_equal(credits.refused, 8);
    credits_release(&credits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_owed_is_one_row_a_meter_hour_and_version),
        cmocka_unit_test(a_line_knows_what_is_left_of_it_until_its_hour_leaves_the_window),
        cmocka_unit_test(lines_of_a_closing_stand_in_order),
        cmocka_unit_test(deletions_wait_in_order_until_all_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
