// test_act_period - which quarter a charge belongs to, and which advance invoices go with money.
#include "services/documents/act_period.h"
#include "proto/field.h"
#include "proto/span.h"
#include "documents_fixture.h"

static instant_t at(const char *text)
{
    instant_t instant = 0;
    assert_true(time_parse(text, &instant));
    return instant;
}

static day_t on(const char *text)
{
    day_t day = 0;
    assert_true(day_parse(span_of(text), &day));
    return day;
}

static void a_quarter_begins_at_midnight_in_moscow(void **state)
{
    (void)state;
    static const struct {
        const char *end;
        uint64_t quarter; // of 2026
    } cases[] = {
        {"2026-06-30T21:00:00Z", 1}, {"2026-06-30T22:00:00Z", 2}, {"2026-03-31T21:00:00Z", 0},
        {"2025-12-31T22:00:00Z", 0}, {"2026-12-31T21:00:00Z", 3}, {"2026-06-30T20:00:00Z", 1},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(act_period_of(at(cases[i].end)), 2026 * 4 + cases[i].quarter);
    assert_true(act_period_begin(2026 * 4 + 2) == at("2026-06-30T21:00:00Z"));
}

static void late_usage_goes_into_the_next_act(void **state)
{
    (void)state;
    instant_t end = at("2026-06-30T15:00:00Z");
    assert_int_equal(act_period_for(end, 0), 2026 * 4 + 1);
    assert_int_equal(act_period_for(end, 2026 * 4), 2026 * 4 + 1);
    assert_int_equal(act_period_for(end, 2026 * 4 + 1), 2026 * 4 + 2);
    assert_int_equal(act_period_for(end, 2026 * 4 + 2), 2026 * 4 + 3);
}

static void an_advance_invoice_is_due_within_five_days_unless_used_up(void **state)
{
    (void)state;
    static const struct {
        const char *came, *used, *last;
    } cases[] = {
        {"2026-03-28", NULL, "2026-04-02"},         {"2026-03-20", "2026-03-24", NULL},
        {"2026-03-20", "2026-03-25", NULL},         {"2026-03-20", "2026-03-26", "2026-03-25"},
        {"2026-03-30", "2026-04-01", "2026-04-04"}, // another quarter
        {"2026-03-30", "2026-03-31", NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        day_t last = DAY_NONE;
        bool wanted = act_period_advance(on(cases[i].came),
                                         cases[i].used ? on(cases[i].used) : DAY_NONE, &last);
        assert_int_equal(wanted, cases[i].last != NULL);
        assert_int_equal(last, cases[i].last ? on(cases[i].last) : DAY_NONE);
    }
}

static void advances_are_named_on_line_5b(void **state)
{
    (void)state;
    const act_advance_t advances[] = {{SPAN("14"), on("2026-01-15")},
                                      {SPAN("19"), on("2026-02-20")}};
    char text[128];
    assert_int_equal(act_period_print_advances(advances, 2, text, sizeof text),
                     strlen("14 от 15.01.2026; 19 от 20.02.2026"));
    assert_string_equal(text, "14 от 15.01.2026; 19 от 20.02.2026");
    assert_int_equal(act_period_print_advances(advances, 0, text, sizeof text), 1);
    assert_string_equal(text, "-");
    assert_int_equal(act_period_print_advances(advances, 2, text, 20), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quarter_begins_at_midnight_in_moscow),
        cmocka_unit_test(late_usage_goes_into_the_next_act),
        cmocka_unit_test(an_advance_invoice_is_due_within_five_days_unless_used_up),
        cmocka_unit_test(advances_are_named_on_line_5b),
    };
    return cmocka_run_group_tests_name("act_period", tests, NULL, NULL);
}
