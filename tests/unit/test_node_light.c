// What a node knows of its own light: which alarm stands in which situation.
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void beat_for(rig_t *rig, int seconds, uint64_t epoch, uint64_t last)
{
    for (int i = 0; i < seconds; i++) {
        rig->clock.now += SECOND_US;
        rig->clock.wall += SECOND_US;
        rig->clock.monotonic += SECOND_US;
        rig_begin(rig);
        if (epoch)
            rig_beat(rig, epoch, last);
        rig_end(rig);
    }
}

static bool stands(const rig_t *rig, alarm_t code)
{
    return alarms_find(node_alarms(rig->node), code) != NULL;
}

static void a_start_is_behind_until_it_has_heard(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_true(stands(rig, ALARM_BEHIND));
    rig_vouch(rig, 1, 0);
    beat_for(rig, 1, 1, 0);
    assert_int_equal(node_alarms(rig->node)->count, 0);
    rig_destroy(rig);
}

static void a_stream_that_is_behind_for_a_moment_is_no_alarm(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig_vouch(rig, 1, 0);
    beat_for(rig, 1, 1, 0);
    beat_for(rig, 9, 1, 3); // three events are announced and do not come
    assert_false(stands(rig, ALARM_BEHIND));
    beat_for(rig, 3, 1, 3);
    assert_true(stands(rig, ALARM_BEHIND));
    rig_destroy(rig);
}

static void another_history_is_told_as_that_and_not_as_behind(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    static uint8_t a[RECORD_TARGET];
    journal_record_t record = rig_record(a, 1, 2, 10);
    rig_vouch(rig, 1, 0);
    rig_begin(rig);
    rig_publish(rig, 1, &record, true);
    rig_end(rig);
    beat_for(rig, 2, 2, 2);
    const alarm_row_t *row = alarms_find(node_alarms(rig->node), ALARM_HISTORY);
    assert_non_null(row);
    assert_memory_equal(row->about, "metering: ", 10);
    assert_false(stands(rig, ALARM_BEHIND));
    rig_destroy(rig);
}

// The light, what is current and the counters of one answer are of one moment.
static void a_status_tells_what_its_own_batch_has_learned(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    static uint8_t a[RECORD_TARGET];
    journal_record_t record = rig_record(a, 1, 2, 10);
    rig_vouch(rig, 1, 0);
    beat_for(rig, 1, 1, 0);
    assert_int_equal(node_alarms(rig->node)->count, 0);
    request_t status = {.type = REQUEST_status, .number = 1};
    rig_begin(rig);
    rig_publish(rig, 1, &record, true);
    rig_beat(rig, 2, 2); // another history
    rig_ask(rig, &status, ROLE_AUDITOR);
    rig_end(rig);
    answer_t answer = rig_answer(rig, 0, REQUEST_status);
    assert_non_null(
        memmem(answer.status.counters.data, answer.status.counters.size, "trouble 1", 9));
    assert_false(answer.status.current);
    wire_t wire;
    wire_start(&wire, answer.status.alarms.data, answer.status.alarms.size);
    assert_int_equal(wire_array(&wire, 8), 1);
    rig_destroy(rig);
}

static void a_doubted_clock_and_a_full_disk_are_told(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig->clock.now += 3 * HOUR_US;
    rig->clock.wall += 3 * HOUR_US;
    rig_begin(rig);
    rig_end(rig);
    assert_true(stands(rig, ALARM_CLOCK));
    node_set_full(rig->node, true);
    rig_begin(rig);
    rig_end(rig);
    assert_true(stands(rig, ALARM_FULL));
    node_set_full(rig->node, false);
    rig_begin(rig);
    rig_end(rig);
    assert_false(stands(rig, ALARM_FULL));
    rig_destroy(rig);
}

static void a_start_without_room_is_not_finished(void **state)
{
    (void)state;
    rig_t *rig = rig_new(false);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    node_set_full(rig->node, true);
    rig_begin(rig);
    rig_end(rig);
    assert_true(stands(rig, ALARM_STARTING));
    node_set_full(rig->node, false);
    rig_begin(rig);
    rig_end(rig);
    assert_false(stands(rig, ALARM_STARTING));
    rig_destroy(rig);
}

static void the_status_tells_the_nodes_and_the_shells(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    alarms_t shells = {0};
    alarms_begin(&shells);
    alarms_raise(&shells, ALARM_DESCRIPTORS, "x", RIG_TIME);
    node_set_alarms(rig->node, &shells);
    request_t status = {.type = REQUEST_status, .number = 1};
    answer_t answer = rig_asked(rig, &status, ROLE_AUDITOR);
    wire_t wire;
    wire_start(&wire, answer.status.alarms.data, answer.status.alarms.size);
    assert_int_equal(wire_array(&wire, 8), 2);
    static const struct {
        uint64_t code;
        const char *about;
    } wanted[] = {{ALARM_BEHIND, "metering"}, {ALARM_DESCRIPTORS, "x"}};
    for (size_t i = 0; i < 2; i++) {
        uint64_t code;
        text_t about;
        int64_t since;
        assert_int_equal(wire_array(&wire, 3), 3);
        wire_u64(&wire, &code);
        wire_text(&wire, &about);
        wire_i64(&wire, &since);
        assert_int_equal(code, wanted[i].code);
        assert_true(text_equal(about, text_of(wanted[i].about)));
        assert_true(since >= RIG_TIME);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_is_behind_until_it_has_heard),
        cmocka_unit_test(a_stream_that_is_behind_for_a_moment_is_no_alarm),
        cmocka_unit_test(another_history_is_told_as_that_and_not_as_behind),
        cmocka_unit_test(a_status_tells_what_its_own_batch_has_learned),
        cmocka_unit_test(a_doubted_clock_and_a_full_disk_are_told),
        cmocka_unit_test(a_start_without_room_is_not_finished),
        cmocka_unit_test(the_status_tells_the_nodes_and_the_shells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
