// Who is to be judged now, and who later.
#include "services/notify/notify_agenda.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void who_is_touched_twice_is_judged_once(void **state)
{
    (void)state;
    notify_agenda_t agenda = {0};
    assert_int_equal(notify_agenda_wake(&agenda, 5), INT64_MAX);
    notify_agenda_touch(&agenda, 200);
    notify_agenda_touch(&agenda, 3);
    notify_agenda_touch(&agenda, 200);
    assert_int_equal(notify_agenda_wake(&agenda, 5), 5);
    assert_int_equal(notify_agenda_take(&agenda), 200);
    notify_agenda_touch(&agenda, 200); // something happens to it again
    assert_int_equal(notify_agenda_take(&agenda), 3);
    assert_int_equal(notify_agenda_take(&agenda), 200);
    assert_int_equal(notify_agenda_take(&agenda), TABLE_NONE);
    notify_agenda_release(&agenda);
}

static void an_alarm_rings_once_and_moves(void **state)
{
    (void)state;
    notify_agenda_t agenda = {0};
    notify_agenda_set_alarm(&agenda, 7, 100);
    notify_agenda_set_alarm(&agenda, 8, 90);
    notify_agenda_set_alarm(&agenda, 7, 80);
    notify_agenda_set_alarm(&agenda, 8, INT64_MAX);
    assert_int_equal(notify_agenda_wake(&agenda, 5), 80);
    notify_agenda_ring(&agenda, 79);
    assert_int_equal(notify_agenda_take(&agenda), TABLE_NONE);
    notify_agenda_ring(&agenda, 80);
    assert_int_equal(notify_agenda_take(&agenda), 7);
    notify_agenda_ring(&agenda, 1000);
    assert_int_equal(notify_agenda_take(&agenda), TABLE_NONE);
    notify_agenda_release(&agenda);
}

static void many_find_room(void **state)
{
    (void)state;
    notify_agenda_t agenda = {0};
    for (uint32_t number = 0; number < 1000; number++)
        notify_agenda_touch(&agenda, number);
    for (uint32_t number = 0; number < 1000; number++)
        assert_int_equal(notify_agenda_take(&agenda), number);
    assert_int_equal(notify_agenda_take(&agenda), TABLE_NONE);
    notify_agenda_release(&agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_touched_twice_is_judged_once),
        cmocka_unit_test(an_alarm_rings_once_and_moves),
        cmocka_unit_test(many_find_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
