// What stands in a status answer as lists, also of a process that is older or newer than we are.
#include "proto/status_read.h"
#include "proto/codes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static uint8_t packed[1024];

static answer_status_t answer_of(pack_t *pack)
{
    size_t size = pack_end(pack);
    assert_int_not_equal(size, 0);
    return (answer_status_t){.ready = true, .alarms = {packed, (uint32_t)size}};
}

static pack_t begin(uint32_t rows)
{
    pack_t pack;
    pack_start(&pack, packed, sizeof packed);
    pack_array(&pack, rows);
    return pack;
}

static void put(pack_t *pack, uint64_t code, const char *about)
{
    pack_array(pack, 3);
    pack_u64(pack, code);
    pack_text(pack, text_of(about));
    pack_i64(pack, 77);
}

static void nothing_to_say_is_green(void **state)
{
    (void)state;
    char why[64] = "left over";
    answer_status_t older = {.ready = true}; // its answer ends before the field
    assert_int_equal(status_alarms_text(&older, why, sizeof why), 0);
    assert_string_equal(why, "");
    pack_t pack = begin(0);
    answer_status_t well = answer_of(&pack);
    assert_int_equal(status_alarms_text(&well, why, sizeof why), 0);
}

static void all_are_said_and_one_of_a_newer_process_too(void **state)
{
    (void)state;
    char why[512];
    pack_t pack = begin(3);
    put(&pack, ALARM_FULL, "");
    put(&pack, 999, "what it is about");
    put(&pack, ALARM_SILENT, "ledger");
    answer_status_t answer = answer_of(&pack);
    assert_int_equal(status_alarms_text(&answer, why, sizeof why), 3);
    assert_string_equal(why,
                        "the disk is nearly full: facts are refused; alarm 999 (unknown here); "
                        "nothing is heard of a peer: it does not run, is not reached, or has "
                        "another key than we know (ledger)");
    status_alarms_t list;
    status_alarm_t alarm;
    status_alarms_begin(&answer, &list);
    assert_true(status_next_alarm(&list, &alarm));
    assert_int_equal(alarm.since, 77);
    char small[24]; // is cut and ends
    assert_int_equal(status_alarms_text(&answer, small, sizeof small), 3);
    assert_int_equal(strlen(small), sizeof small - 1);
}

static void what_is_malformed_is_no_green_light(void **state)
{
    (void)state;
    status_alarms_t list;
    status_alarm_t alarm;
    pack_t pack = begin(2);
    put(&pack, ALARM_FULL, "");
    answer_status_t cut = answer_of(&pack); // the second row is missing
    status_alarms_begin(&cut, &list);
    assert_int_equal(list.left, 2);
    assert_true(status_next_alarm(&list, &alarm));
    assert_false(status_next_alarm(&list, &alarm));
    assert_int_equal(list.left, 1);
    char why[512];
    assert_int_equal(status_alarms_text(&cut, why, sizeof why), 2);
    static const uint8_t nonsense[] = {0xc1};
    answer_status_t broken = {.alarms = {nonsense, sizeof nonsense}};
    assert_int_equal(status_alarms_text(&broken, why, sizeof why), 1);
    assert_string_equal(why, "its alarms cannot be read");
}

static void surplus_elements_of_a_row_are_skipped(void **state)
{
    (void)state;
    pack_t pack = begin(2);
    pack_array(&pack, 4);
    pack_u64(&pack, ALARM_CLOCK);
    pack_text(&pack, text_of(""));
    pack_i64(&pack, 1);
    pack_text(&pack, text_of("of a later version"));
    put(&pack, ALARM_FULL, "");
    answer_status_t answer = answer_of(&pack);
    char why[512];
    assert_int_equal(status_alarms_text(&answer, why, sizeof why), 2);
    assert_string_equal(why, "the clock is doubted: nothing is judged; the disk is nearly full: "
                             "facts are refused");
}

static void counters_are_lines(void **state)
{
    (void)state;
    text_t left = text_of("one 1\nodd\ntwo 22\n"), name, value;
    assert_true(status_next_counter(&left, &name, &value));
    assert_true(text_equal(name, text_of("one")) && text_equal(value, text_of("1")));
    assert_true(status_next_counter(&left, &name, &value));
    assert_true(text_equal(name, text_of("two")));
    assert_false(status_next_counter(&left, &name, &value));
    uint64_t number = 5;
    assert_true(status_find_counter(text_of("a b\nx 7\n"), "x", &number));
    assert_int_equal(number, 7);
    assert_false(status_find_counter(text_of("x 7\n"), "y", &number));
    assert_false(status_find_counter(text_of("x 123456789012345678901234567890\n"), "x", &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_say_is_green),
        cmocka_unit_test(all_are_said_and_one_of_a_newer_process_too),
        cmocka_unit_test(what_is_malformed_is_no_green_light),
        cmocka_unit_test(surplus_elements_of_a_row_are_skipped),
        cmocka_unit_test(counters_are_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
