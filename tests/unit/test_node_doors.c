// The doors of a node: what a message may be, and who may send it.
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void an_unknown_code_is_refused_with_what_was_expected(void **state)
{
    (void)state;
    static const char expected[] = "kind: expected 1 usage, 2 top-up, ";
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5);
    request.post.kind = CODES_COUNT_posting_kind + 1;
    answer_t answer = rig_asked(rig, &request, ROLE_OPERATOR);
    assert_int_equal(answer.fail, FAIL_INVALID);
    assert_true(answer.detail.size > strlen(expected));
    assert_memory_equal(answer.detail.data, expected, strlen(expected));
    assert_false(rig->committed);
    assert_int_equal(rig_posted(rig, 1, 5).fail, FAIL_NONE); // its id is free
    rig_destroy(rig);
}

static void a_role_may_do_what_the_table_says_and_no_more(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5), totals = {.type = REQUEST_totals, .number = 2};
    assert_int_equal(rig_asked(rig, &request, ROLE_WEB).fail, FAIL_DENIED);
    assert_int_equal(rig_asked(rig, &request, ROLE_NONE).fail, FAIL_DENIED);
    assert_int_equal(rig_asked(rig, &totals, ROLE_PLATFORM).fail, FAIL_DENIED);
    assert_int_equal(rig_asked(rig, &totals, ROLE_SERVICE).fail, FAIL_NONE);
    assert_int_equal(rig_sum(rig), 0);
    rig_destroy(rig);
}

static void what_cannot_be_read_is_answered_with_its_number(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t size;
        uint64_t number;
        fail_t fail;
    } cases[] = {{{0x94, 2, 1, 9, 0xc0}, 5, 9, FAIL_VERSION},       // another protocol
                 {{0x94, 1, 0x7f, 9, 0xc0}, 5, 9, FAIL_VERSION},    // no such request
                 {{0x94, 1, 11, 9, 0xc0}, 5, 9, FAIL_INVALID},      // a command without an id
                 {{0x94, 1, 1, 9, 0xc0, 0xc0}, 6, 9, FAIL_INVALID}, // bytes left over
                 {{0xdd, 0x10, 0, 0, 0}, 5, 0, FAIL_INVALID},       // a bomb
                 {{0xc1}, 1, 0, FAIL_INVALID},
                 {{0}, 0, 0, FAIL_INVALID}};
    rig_t *rig = rig_started(false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_begin(rig);
        node_message(rig->node, DOOR_COMMAND, &(peer_t){.size = 1}, ROLE_OPERATOR, cases[i].bytes,
                     cases[i].size);
        rig_end(rig);
        answer_t answer = rig_answer(rig, 0, REQUEST_status);
        assert_int_equal(answer.fail, cases[i].fail);
        assert_int_equal(answer.number, cases[i].number);
    }
    rig_destroy(rig);
}

// What it knows is the time of its last commit: by that, usage of now is of the future.
static void a_driven_node_that_returns_takes_no_feed_before_it_is_told_the_time(void **state)
{
    (void)state;
    static const int64_t amounts[] = {5};
    rig_t *rig = rig_started(true);
    request_t set = {.type = REQUEST_clock_set, .number = 1, .clock_set = {.now = RIG_TIME}};
    request_t clock = {.type = REQUEST_clock, .number = 2};
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_int_equal(rig_posted(rig, 1, 3).fail, FAIL_NONE);
    rig_restart(rig);
    rig_begin(rig);
    rig_push(rig, 1, 1, amounts, 1, false);
    rig_end(rig);
    assert_int_equal(rig_pushed(rig, 0).fail, FAIL_CLOCK);
    uint64_t busy = rig_asked(rig, &clock, ROLE_OPERATOR).clock.busy;
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_int_equal(rig_asked(rig, &clock, ROLE_OPERATOR).clock.busy, busy - 1);
    rig_begin(rig);
    rig_push(rig, 1, 1, amounts, 1, false);
    rig_end(rig);
    assert_int_equal(rig_pushed(rig, 0).fail, FAIL_NONE);
    assert_int_equal(rig_sum(rig), 8);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_code_is_refused_with_what_was_expected),
        cmocka_unit_test(a_role_may_do_what_the_table_says_and_no_more),
        cmocka_unit_test(what_cannot_be_read_is_answered_with_its_number),
        cmocka_unit_test(a_driven_node_that_returns_takes_no_feed_before_it_is_told_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
