// Commands: carried out once however often they are sent, and under which ids.
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void a_repeated_command_has_its_first_answer(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5);
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    rig_ask(rig, &request, ROLE_OPERATOR);
    rig_end(rig);
    uint64_t sequence = rig_answer(rig, 0, REQUEST_post).post.sequence;
    assert_int_equal(sequence, 2);
    assert_int_equal(rig_answer(rig, 1, REQUEST_post).post.sequence, sequence); // the same batch
    (void)rig_posted(rig, 2, 1);
    assert_int_equal(rig_posted(rig, 1, 5).post.sequence, sequence); // a later one
    rig_restart(rig);
    assert_int_equal(rig_posted(rig, 1, 5).post.sequence, sequence); // after a replay
    assert_int_equal(rig_sum(rig), 6);
    rig_destroy(rig);
}

static void other_content_under_a_known_id_is_a_conflict(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    assert_int_equal(rig_posted(rig, 1, 6).fail, FAIL_CONFLICT);
    rig_restart(rig);
    assert_int_equal(rig_posted(rig, 1, 6).fail, FAIL_CONFLICT);
    assert_int_equal(rig_sum(rig), 5);
    rig_destroy(rig);
}

static void a_command_that_changed_nothing_is_not_remembered(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_int_equal(rig_posted(rig, 1, -5).fail, FAIL_INVALID);
    assert_false(rig->committed);
    assert_int_equal(rig_posted(rig, 2, 0).post.sequence, 0);
    assert_int_equal(rig_posted(rig, 1, 7).fail, FAIL_NONE);
    assert_int_equal(rig_sum(rig), 7);
    rig_destroy(rig);
}

static void ids_are_judged_by_the_wall_clock(void **state)
{
    (void)state;
    rig_t *rig = rig_started(true); // the business clock is driven and stands at 0
    request_t request = rig_post(1, 5);
    request.id = rig_id(RIG_TIME + 6 * MINUTE_US, 1);
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_FUTURE);
    request.id = rig_id(RIG_TIME + 4 * MINUTE_US, 1);
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_NONE);
    request.id = rig_id(RIG_TIME - 31 * DAY_US, 2);
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_EXPIRED);
    request.id.bytes[6] = 0x40;
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_INVALID);
    rig_destroy(rig);
}

static void the_nodes_own_commands_repeat_like_any_other(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t confirm = {.type = REQUEST_clock_confirm, .number = 1, .id = rig_id(RIG_TIME, 1)};
    assert_int_equal(rig_asked(rig, &confirm, ROLE_OPERATOR).fail, FAIL_NONE);
    uint64_t last = node_last(rig->node);
    assert_int_equal(rig_asked(rig, &confirm, ROLE_OPERATOR).fail, FAIL_NONE);
    request_t reseed = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, 2)};
    reseed.reseed.stream = STREAM_METERING;
    reseed.reseed.epoch = 4;
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
    rig_restart(rig);
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_int_equal(node_last(rig->node), last + 2); // the reseed's event and the boot
    reseed.reseed.epoch = 5;
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_CONFLICT);
    rig_destroy(rig);
}

// A full disk answered Robokassa's notices 503 and refused revocations.
static void a_reserve_is_kept_for_what_must_not_wait(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t revoke = {
        .type = REQUEST_revoke, .id = rig_id(RIG_TIME, 7), .revoke.why = REVOKE_OPERATOR};
    node_set_full(rig->node, true);
    assert_int_equal(rig_asked(rig, &revoke, ROLE_OPERATOR).fail, FAIL_FULL);
    node_set_reserve(rig->node, true);
    // It comes to the core, which is one that has no mandates.
    assert_int_not_equal(rig_asked(rig, &revoke, ROLE_OPERATOR).fail, FAIL_FULL);
    assert_int_equal(rig_posted(rig, 1, 5).fail, FAIL_FULL);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeated_command_has_its_first_answer),
        cmocka_unit_test(other_content_under_a_known_id_is_a_conflict),
        cmocka_unit_test(a_command_that_changed_nothing_is_not_remembered),
        cmocka_unit_test(ids_are_judged_by_the_wall_clock),
        cmocka_unit_test(the_nodes_own_commands_repeat_like_any_other),
        cmocka_unit_test(a_reserve_is_kept_for_what_must_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
