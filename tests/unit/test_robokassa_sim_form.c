// test_robokassa_sim_form - what comes from outside as text: fields, amounts, times, receipts,
// rules.
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/fault.h"
#include "tools/robokassa_sim/form.h"
#include "tools/robokassa_sim/order.h"
#include "tools/robokassa_sim/receipt.h"
// cmocka wants these first
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void amounts_are_exact_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t kopecks; // -1: refused
    } CASES[] = {
        {"199", 19900},
        {"199.0", 19900},
        {"199.00", 19900},
        {"199.000000", 19900},
        {"0.01", 1},
        {"0", 0},
        {"999999999999.99", INT64_C(99999999999999)},
        {"0.29", 29},
        {"199.001", -1},
        {"199.0000001", -1},
        {"1e3", -1},
        {"-1", -1},
        {"+1", -1},
        {"1,50", -1},
        {" 1", -1},
        {"1 ", -1},
        {".5", -1},
        {"5.", -1},
        {"", -1},
        {"1000000000000", -1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t kopecks = -1;
        bool read = decimal_parse(CASES[i].text, &kopecks);
        assert_int_equal(read, CASES[i].kopecks >= 0);
        assert_int_equal(kopecks, CASES[i].kopecks);
    }
    char text[DECIMAL_TEXT_MAX];
    decimal_print(19905, 6, text);
    assert_string_equal(text, "199.050000");
    decimal_print(5, 2, text);
    assert_string_equal(text, "0.05");
    int64_t number = -1;
    assert_true(decimal_parse_integer("9223372036854775807", &number));
    assert_int_equal(number, INT64_MAX);
    assert_false(decimal_parse_integer("9223372036854775808", &number));
    assert_false(decimal_parse_integer("12x", &number));
}

static void fields_are_decoded_exactly_once(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *name, *value;
    } CASES[] = {
        {"a=1&b=2", "B", "2"},
        {"a=%2541", "a", "%41"},
        {"a=x+y%2B", "a", "x y+"},
        {"a=%zz%4", "a", "%zz%4"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"&&a=b=c&", "a", "b=c"},
        {"%61=1", "a", "1"},
        {"a=%D0%AF", "a", "\xD0\xAF"},
        {"InvId=1&inv_id=2", "invid", "1"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        form_t form = {0};
        assert_true(form_decode(&form, CASES[i].wire, strlen(CASES[i].wire)));
        assert_string_equal(FORM_GET(&form, CASES[i].name), CASES[i].value);
        form_clear(&form);
    }
    form_t form = {0};
    assert_false(form_decode(&form, "a=%00", 5));
    char many[3 * (FORM_FIELDS_MAX + 1) + 1] = "";
    for (size_t i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(many + 3 * i, "a=&", 4);
    assert_false(form_decode(&form, many, strlen(many)));
    assert_int_equal(form.count, FORM_FIELDS_MAX);
    form_clear(&form);
}

static void times_are_read_with_every_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us; // -1: refused
    } CASES[] = {
        {"2026-01-01T03:00:00+03:00", INT64_C(1767225600000000)},
        {"2026-01-01T00:00:00Z", INT64_C(1767225600000000)},
        {"2026-01-01T03:00", INT64_C(1767225600000000)},
        {"2025-12-31T23:30:00.6973153-00:30", INT64_C(1767225600697315)},
        {"2026-01-01T03:00:00.5+0300", INT64_C(1767225600500000)},
        {"2026-01-01", -1},
        {"2026-01-01T03:00:00.+03:00", -1},
        {"2026-01-01T03:00:00.12345678+03:00", -1},
        {"2026-01-01T03:00:00+3", -1},
        {"2026-01-01T03:00:00 +03:00x", -1},
        {"tomorrow", -1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t us = -1;
        assert_int_equal(order_parse_time(CASES[i].text, &us), CASES[i].us >= 0);
        assert_int_equal(us, CASES[i].us);
    }
}

static void a_receipt_must_sum_to_the_amount(void **state)
{
    (void)state;
#define ITEM(rest) "{\"name\":\"Pro\",\"quantity\":1,\"tax\":\"none\"," rest "}"
    static const struct {
        const char *text;
        bool good;
    } CASES[] = {
        {"{\"items\":[" ITEM("\"sum\":199.00") "]}", true},
        {"{\"items\":[" ITEM("\"sum\":199") "]}", true},
        {"{\"items\":[" ITEM("\"sum\":198.71") "," ITEM("\"sum\":0.29") "]}", true},
        {"{\"items\":[" ITEM("\"cost\":199.00") "]}", true},
        {"{\"items\":[" ITEM("\"sum\":198.99") "]}", false},
        {"{\"items\":[" ITEM("\"sum\":199.001") "]}", false},
        {"{\"items\":[" ITEM("\"sum\":-199") "]}", false},
        {"{\"items\":[{\"name\":\"Pro\",\"quantity\":1,\"sum\":199}]}", false},
        {"{\"items\":[]}", false},
        {"[]", false},
        {"%7B%22items%22%3A%5B%5D%7D", false},
        {"%7B%7", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_int_equal(receipt_sums(CASES[i].text, 19900), CASES[i].good);
}

static void fault_rules_say_what_is_wrong_with_them(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "",
        "explode",
        "decline on=state",
        "decline on=everywhere",
        "decline probability_ppm=1000001",
        "decline probability_ppm=-1",
        "decline colour=5",
        "server_error code=200",
        "decline invoice",
    };
    fault_rule_t rule;
    char error[FAULT_ERROR_MAX];
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        *error = 0;
        assert_false(fault_parse(WRONG[i], &rule, error));
        assert_true(*error);
    }
    assert_true(fault_parse("decline on=recurring parent=7 count=3", &rule, error));
    assert_int_equal(rule.parent, 7);
    assert_int_equal(rule.on, FAULT_ON_RECURRING);
}

static void a_rule_strikes_where_when_and_as_often_as_it_says(void **state)
{
    (void)state;
    fault_t faults = {.seed = 1};
    fault_rule_t rule;
    char error[FAULT_ERROR_MAX];
    assert_true(fault_parse("decline on=recurring parent=7 count=2 from_us=100 until_us=200", &rule,
                            error));
    assert_true(fault_add(&faults, &rule));
    static const struct {
        fault_on_t on;
        int64_t parent, now_us;
        bool struck;
    } CASES[] = {
        {FAULT_ON_INITIAL, 7, 150, false},   {FAULT_ON_RECURRING, 8, 150, false},
        {FAULT_ON_RECURRING, 7, 99, false},  {FAULT_ON_RECURRING, 7, 200, false},
        {FAULT_ON_RECURRING, 7, 100, true},  {FAULT_ON_RECURRING, 7, 199, true},
        {FAULT_ON_RECURRING, 7, 150, false}, // the count is used up
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        fault_set_t set =
            fault_draw(&faults, CASES[i].on, (int64_t)i + 10, CASES[i].parent, CASES[i].now_us);
        assert_int_equal(set.struck[FAULT_DECLINE], CASES[i].struck);
    }
}

static void the_dice_depend_on_the_seed_and_the_invoice_not_on_the_order(void **state)
{
    (void)state;
    fault_rule_t rule;
    char error[FAULT_ERROR_MAX];
    assert_true(fault_parse("decline probability_ppm=100000", &rule, error));
    fault_t up = {.seed = 5}, down = {.seed = 5}, other = {.seed = 6};
    fault_add(&up, &rule);
    fault_add(&down, &rule);
    fault_add(&other, &rule);
    enum { COUNT = 10000 };
    static bool struck[COUNT];
    size_t total = 0, differs = 0;
    for (int64_t i = 0; i < COUNT; i++)
        total += struck[i] = fault_draw(&up, FAULT_ON_RECURRING, i, 0, 0).struck[FAULT_DECLINE];
    for (int64_t i = COUNT - 1; i >= 0; i--) {
        bool again = fault_draw(&down, FAULT_ON_RECURRING, i, 0, 0).struck[FAULT_DECLINE];
        assert_int_equal(again, struck[i]);
        differs += fault_draw(&other, FAULT_ON_RECURRING, i, 0, 0).struck[FAULT_DECLINE] != again;
    }
    assert_in_range(total, 900, 1100);
    assert_in_range(differs, 1000, 2500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_exact_or_refused),
        cmocka_unit_test(fields_are_decoded_exactly_once),
        cmocka_unit_test(times_are_read_with_every_offset),
        cmocka_unit_test(a_receipt_must_sum_to_the_amount),
        cmocka_unit_test(fault_rules_say_what_is_wrong_with_them),
        cmocka_unit_test(a_rule_strikes_where_when_and_as_often_as_it_says),
        cmocka_unit_test(the_dice_depend_on_the_seed_and_the_invoice_not_on_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
