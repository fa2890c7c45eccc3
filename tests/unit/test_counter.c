// The table of what a process tells of itself: its lines, and what they are called as metrics.
#include "proto/counter.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static bool is_word(const char *name, const char *others)
{
    for (const char *at = name; *at; at++)
        if (!((*at >= 'a' && *at <= 'z') || strchr(others, *at)))
            return false;
    return *name >= 'a' && *name <= 'z';
}

static void each_has_names_of_its_own_and_a_meaning(void **state)
{
    (void)state;
    char name[COUNTER_METRIC_MAX], other[COUNTER_METRIC_MAX];
    for (counter_t a = 0; a < COUNTERS; a++) {
        const counter_info_t *info = counter_info(a);
        assert_true(is_word(info->line, "_.*"));
        assert_true(is_word(info->metric, "_"));
        assert_int_equal(strchr(info->line, '*') != NULL, info->label != COUNTER_LABEL_NONE);
        assert_true(strlen(info->meaning) > 3);
        assert_null(strpbrk(info->meaning, "\"\\\n")); // they would have to be escaped
        counter_metric(a, name);
        for (counter_t b = 0; b < a; b++) {
            counter_metric(b, other);
            assert_string_not_equal(name, other);
            assert_string_not_equal(info->line, counter_info(b)->line);
        }
    }
}

static void a_line_is_read_as_the_counter_that_wrote_it(void **state)
{
    (void)state;
    for (counter_t counter = 0; counter < COUNTERS; counter++) {
        char line[128];
        uint64_t number;
        int64_t value;
        size_t as_others = 0;
        bool labelled = counter_info(counter)->label != COUNTER_LABEL_NONE;
        writer_t out = writer_on(line, sizeof line);
        counter_put_of(&out, counter, 17, -5);
        char *space = memchr(line, ' ', out.size);
        text_t name = {line, (uint32_t)(space - line)};
        text_t text = {space + 1, (uint32_t)(line + out.size - space - 2)};
        assert_int_equal(line[out.size - 1], '\n');
        assert_true(counter_is(counter, name, &number));
        assert_int_equal(number, labelled ? 17 : 0);
        assert_true(counter_read(text, &value));
        assert_int_equal(value, -5);
        for (counter_t other = 0; other < COUNTERS; other++)
            as_others += other != counter && counter_is(other, name, &number);
        assert_int_equal(as_others, 0);
    }
}

static void what_is_no_line_of_it_is_not_taken(void **state)
{
    (void)state;
    static const char *const names[] = {"stream__applied",
                                        "stream_x_applied",
                                        "stream_1_appliedx",
                                        "stream_-1_applied",
                                        "stream_1",
                                        "",
                                        "stream_18446744073709551616_applied"};
    uint64_t number;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_false(counter_is(COUNTER_stream_applied, text_of(names[i]), &number));
    static const char *const values[] = {
        "", "-", "1x", " 1", "1.5", "9223372036854775808", "-9223372036854775809"};
    int64_t value;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_false(counter_read(text_of(values[i]), &value));
    assert_true(counter_read(text_of("-9223372036854775808"), &value) && value == INT64_MIN);
    assert_true(counter_read(text_of("9223372036854775807"), &value) && value == INT64_MAX);
}

static void a_metric_is_in_base_units(void **state)
{
    (void)state;
    static const struct {
        counter_t counter;
        int64_t value;
        const char *name, *text;
    } rows[] = {
        {COUNTER_journal_used, 7, "kopeck_journal_used_bytes", "7"},
        {COUNTER_ledger_sum, -7, "kopeck_ledger_sum_kopecks", "-7"},
        {COUNTER_clock_crept, 1234, "kopeck_clock_crept_seconds", "1.234"},
        {COUNTER_clock_crept, -5, "kopeck_clock_crept_seconds", "-0.005"},
        {COUNTER_clock_crept, -1005, "kopeck_clock_crept_seconds", "-1.005"},
        {COUNTER_head_time, 1795950300000001, "kopeck_head_time_seconds", "1795950300.000001"},
        {COUNTER_minutes_expired, 3, "kopeck_usage_expired_seconds", "180"},
        {COUNTER_minutes_expired, INT64_MAX, "kopeck_usage_expired_seconds", "9223372036854775807"},
        {COUNTER_clock_crept, INT64_MIN, "kopeck_clock_crept_seconds", "-9223372036854775.808"},
        {COUNTER_events, 9, "kopeck_events", "9"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[COUNTER_METRIC_MAX], text[64];
        writer_t out = writer_on(text, sizeof text);
        counter_metric(rows[i].counter, name);
        counter_put_value(&out, rows[i].counter, rows[i].value);
        assert_int_not_equal(writer_end(&out), 0);
        assert_string_equal(name, rows[i].name);
        assert_string_equal(text, rows[i].text);
    }
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    char text[16];
    writer_t out = writer_on(text, sizeof text);
    counter_put(&out, COUNTER_events, 1234);     // 12 bytes
    counter_put(&out, COUNTER_repeated, 123456); // more than are left
    counter_put(&out, COUNTER_up, 1);            // and nothing comes behind a gap
    assert_int_equal(out.size, 12);
    assert_memory_equal(text, "events 1234\n", 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_names_of_its_own_and_a_meaning),
        cmocka_unit_test(a_line_is_read_as_the_counter_that_wrote_it),
        cmocka_unit_test(what_is_no_line_of_it_is_not_taken),
        cmocka_unit_test(a_metric_is_in_base_units),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
