#include "services/process/patience.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

enum { START = 1000000 };

static void who_breaks_off_many_in_a_short_time_is_left_in_peace_for_a_while(void **state)
{
    (void)state;
    patience_t self = {.failed = 0};
    int64_t now = START;
    assert_false(patience_is_tried(&self));
    for (int i = 1; i < PATIENCE_FAILURES; i++, now += 100)
        assert_false(patience_hear(&self, 1, 0, 0, now));
    assert_false(patience_is_turned_away(&self, now));
    assert_true(patience_is_tried(&self));
    assert_true(patience_hear(&self, 1, 0, 0, now));
    assert_true(patience_is_tried(&self));
    assert_true(patience_is_turned_away(&self, now));
    assert_true(patience_pauses(&self));
    assert_false(self.unknown);
    assert_false(patience_hear(&self, 9, 0, 0, now)); // of connections that are being closed
    assert_false(patience_ends(&self, now + PATIENCE_PAUSE_MS - 1));
    assert_true(patience_ends(&self, now + PATIENCE_PAUSE_MS));
    assert_false(patience_ends(&self, now + PATIENCE_PAUSE_MS));
    assert_false(patience_pauses(&self));
    assert_true(patience_is_turned_away(&self, now + PATIENCE_PAUSE_MS));
}

static void he_turns_us_away_until_a_handshake_is_finished(void **state)
{
    (void)state;
    patience_t self = {.failed = 0};
    int64_t now = START;
    for (int i = 0; i < 10; i++, now += PATIENCE_PAUSE_MS) {
        assert_true(patience_hear(&self, PATIENCE_FAILURES, 0, 0, now));
        assert_true(patience_is_turned_away(&self, now));
        assert_true(patience_ends(&self, now + PATIENCE_PAUSE_MS));
        assert_true(patience_is_turned_away(&self, now + PATIENCE_PAUSE_MS));
    }
    assert_false(patience_hear(&self, 0, 0, 1, now));
    assert_false(patience_is_tried(&self));
    assert_false(patience_is_turned_away(&self, now));
}

// He does not run any more, for instance: nobody breaks off anything.
static void who_breaks_off_none_any_more_does_not_turn_us_away(void **state)
{
    (void)state;
    patience_t self = {.failed = 0};
    assert_true(patience_hear(&self, PATIENCE_FAILURES, 0, 0, START));
    assert_true(patience_ends(&self, START + PATIENCE_PAUSE_MS));
    assert_false(patience_hear(&self, 0, 0, 0, START + 2 * PATIENCE_PAUSE_MS));
    assert_false(patience_is_turned_away(&self, START + 2 * PATIENCE_PAUSE_MS));
}

static void who_does_not_know_us_says_so_at_once(void **state)
{
    (void)state;
    patience_t self = {.failed = 0};
    assert_true(patience_hear(&self, 0, 1, 0, START));
    assert_true(self.unknown);
    assert_true(patience_is_turned_away(&self, START));
}

// Three sockets, each broken off once; or each running into libzmq's limit of two seconds.
static void who_dies_or_hangs_does_not_turn_us_away(void **state)
{
    (void)state;
    patience_t self = {.failed = 0};
    assert_false(patience_hear(&self, 3, 0, 0, START));
    assert_false(patience_hear(&self, 3, 0, 0, START + 200));
    self = (patience_t){.failed = 0};
    for (int i = 0; i < 100; i++)
        assert_false(patience_hear(&self, 3, 0, 0, START + i * 2100));
    assert_false(patience_is_turned_away(&self, START));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_breaks_off_many_in_a_short_time_is_left_in_peace_for_a_while),
        cmocka_unit_test(he_turns_us_away_until_a_handshake_is_finished),
        cmocka_unit_test(who_breaks_off_none_any_more_does_not_turn_us_away),
        cmocka_unit_test(who_does_not_know_us_says_so_at_once),
        cmocka_unit_test(who_dies_or_hangs_does_not_turn_us_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
