// Credits against the lines that they name, in whatever order they came.
#include "tools/kopeck/verify_lines.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static verify_report_t report;
static verify_lines_t lines;

static int begin(void **state)
{
    (void)state;
    report = (verify_report_t){0};
    verify_lines_init(&lines, &report);
    return 0;
}

static int end(void **state)
{
    (void)state;
    verify_lines_release(&lines);
    return 0;
}

static event_t line(uint64_t meter)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged = (event_usage_charged_t){.account = {{1}},
                                                  .resource = {{(uint8_t)meter}},
                                                  .meter = meter,
                                                  .kind = 1,
                                                  .version = 2,
                                                  .hour = HOUR_US,
                                                  .minutes = 60,
                                                  .price = 29000,
                                                  .amount = 40};
    return event;
}

static event_usage_credited_t credit(uint64_t original, uint64_t meter, uint64_t minutes,
                                     kopecks_t amount, kopecks_t before)
{
    return (event_usage_credited_t){.original = original,
                                    .account = {{1}},
                                    .resource = {{(uint8_t)meter}},
                                    .meter = meter,
                                    .kind = 1,
                                    .version = 2,
                                    .hour = HOUR_US,
                                    .minutes = minutes,
                                    .price = 29000,
                                    .amount = amount,
                                    .charged_minutes = 60,
                                    .charged = 40,
                                    .before = before};
}

static void claim(uint64_t sequence, event_usage_credited_t said)
{
    verify_lines_claim(&lines, sequence, &said);
}

static void lines_are_wanted_once_each_in_the_order_of_the_journal(void **state)
{
    (void)state;
    claim(100, credit(50, 5, 20, 14, 0));
    claim(101, credit(9, 1, 60, 41, 0)); // by the carry a kopeck more than its line
    claim(102, credit(50, 5, 40, 27, 14));
    verify_lines_begin(&lines);
    assert_int_equal(verify_lines_wanted(&lines), 9);
    event_t event = line(1);
    verify_lines_take(&lines, &event);
    assert_int_equal(verify_lines_wanted(&lines), 50);
    event = line(5);
    verify_lines_take(&lines, &event);
    assert_int_equal(verify_lines_wanted(&lines), 0);
    assert_int_equal(report.violated, 0);
}

static void without_credits_nothing_is_wanted(void **state)
{
    (void)state;
    verify_lines_begin(&lines);
    assert_int_equal(verify_lines_wanted(&lines), 0);
}

static uint64_t wrong_of(event_usage_credited_t said, const event_t *found)
{
    (void)begin(NULL);
    claim(100, said);
    verify_lines_begin(&lines);
    verify_lines_take(&lines, found);
    verify_lines_release(&lines);
    uint64_t wrong = report.violated;
    return wrong;
}

static void a_credit_that_contradicts_its_line_is_named(void **state)
{
    (void)state;
    event_t charged = line(5), closed = {.type = EVENT_hour_closed};
    event_usage_credited_t said = credit(50, 5, 30, 20, 0);
    verify_lines_release(&lines);
    assert_int_equal(wrong_of(said, &charged), 0);
    assert_int_equal(wrong_of(said, NULL), 1);
    assert_int_equal(wrong_of(said, &closed), 1);
    event_usage_credited_t other = said;
    other.meter = 6;
    assert_int_equal(wrong_of(other, &charged), 1);
    other = said;
    other.account.bytes[0] = 2;
    assert_int_equal(wrong_of(other, &charged), 1);
    other = said;
    other.resource.bytes[0] = 2;
    assert_int_equal(wrong_of(other, &charged), 1);
    other = said;
    other.hour += HOUR_US;
    assert_int_equal(wrong_of(other, &charged), 1);
    other = said;
    other.price++;
    assert_int_equal(wrong_of(other, &charged), 1);
    charged.usage_charged.amount = 18; // 20 were given back of it
    assert_int_equal(wrong_of(said, &charged), 2);
    charged.usage_charged.minutes = 20; // and 30 minutes
    assert_int_equal(wrong_of(said, &charged), 3);
    (void)begin(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_wanted_once_each_in_the_order_of_the_journal,
                                        begin, end),
        cmocka_unit_test_setup_teardown(without_credits_nothing_is_wanted, begin, end),
        cmocka_unit_test_setup_teardown(a_credit_that_contradicts_its_line_is_named, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
