// Alarms stand from the look that first raises them to the first that does not.
#include "services/node/alarms.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

typedef struct {
    char text[512];
    size_t used;
} said_t;

static void say(void *arg, const alarm_row_t *row, bool begins)
{
    said_t *said = arg;
    said->used += (size_t)snprintf(said->text + said->used, sizeof said->text - said->used,
                                   "%c%d%s ", begins ? '+' : '-', (int)row->code, row->about);
}

static void look(alarms_t *alarms, instant_t now, alarm_t one, const char *about, alarm_t other)
{
    alarms_begin(alarms);
    if (one)
        alarms_raise(alarms, one, about, now);
    if (other)
        alarms_raise(alarms, other, "", now);
    alarms_end(alarms);
}

static void an_alarm_keeps_its_first_time_until_it_is_over(void **state)
{
    (void)state;
    alarms_t alarms = {0};
    look(&alarms, 10, ALARM_SILENT, "ledger", 0);
    look(&alarms, 20, ALARM_SILENT, "ledger", ALARM_FULL);
    assert_int_equal(alarms.count, 2);
    assert_int_equal(alarms_find(&alarms, ALARM_SILENT)->since, 10);
    assert_int_equal(alarms_find(&alarms, ALARM_FULL)->since, 20);
    look(&alarms, 30, 0, "", ALARM_FULL);
    assert_null(alarms_find(&alarms, ALARM_SILENT));
    look(&alarms, 40, ALARM_SILENT, "ledger", 0);
    assert_int_equal(alarms_find(&alarms, ALARM_SILENT)->since, 40);
}

static void each_change_is_told_once(void **state)
{
    (void)state;
    static const struct {
        alarm_t one;
        const char *about;
        alarm_t other;
        const char *said;
    } looks[] = {
        {0, "", 0, ""},
        {ALARM_SILENT, "ledger", 0, "+6ledger "},
        {ALARM_SILENT, "ledger", 0, ""},
        {ALARM_SILENT, "payment", ALARM_FULL, "-6ledger +6payment +2 "},
        {0, "", ALARM_FULL, "-6payment "},
        {0, "", 0, "-2 "},
    };
    alarms_t alarms = {0}, told = {0};
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        said_t said = {0};
        look(&alarms, (instant_t)i, looks[i].one, looks[i].about, looks[i].other);
        alarms_tell(&alarms, &told, say, &said);
        assert_string_equal(said.text, looks[i].said);
    }
}

static void what_is_beyond_the_bound_is_left_out(void **state)
{
    (void)state;
    alarms_t alarms = {0};
    alarms_begin(&alarms);
    for (int i = 0; i < ALARMS_MAX + 5; i++) {
        char about[300]; // longer than a row holds, and the same when it is raised again
        snprintf(about, sizeof about, "%d %0250d", i, 0);
        alarms_raise(&alarms, ALARM_SILENT, about, 1);
        alarms_raise(&alarms, ALARM_SILENT, about, 2);
    }
    alarms_end(&alarms);
    assert_int_equal(alarms.count, ALARMS_MAX);
}

static void they_are_packed_as_rows(void **state)
{
    (void)state;
    alarms_t alarms = {0};
    look(&alarms, 7, ALARM_SILENT, "ab", 0);
    uint8_t bytes[64];
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    alarms_pack(&alarms, &pack);
    static const uint8_t row[] = {0x93, 0x06, 0xa2, 'a', 'b', 0x07};
    assert_int_equal(pack_end(&pack), sizeof row);
    assert_memory_equal(bytes, row, sizeof row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_keeps_its_first_time_until_it_is_over),
        cmocka_unit_test(each_change_is_told_once),
        cmocka_unit_test(what_is_beyond_the_bound_is_left_out),
        cmocka_unit_test(they_are_packed_as_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
