// The core in its small world: an account runs dry, is stopped, and money comes.
#include "notify_words.h"

static void from_a_full_purse_to_deletion_and_back(void **state)
{
    harness_t *h = *state;
    instant_t hour = NOON - HOUR_US, now = NOON;
    kopecks_t left = 30000;
    ladder_step_t met[16] = {0};
    size_t count = 0;
    for (; left >= -1000; left -= 1000, hour += HOUR_US, now += HOUR_US) {
        hour_cost(h, 1, hour, 720 * 1000, left);
        hour_closed(h, hour);
        if (tick_at(h, now))
            met[count++] = step_of(h, 1);
    }
    for (int day = 0; day < 70; day++)
        for (int half = 0; half < 2; half++, now += DAY_US / 2)
            if (tick_at(h, now))
                met[count++] = step_of(h, 1);
    static const ladder_step_t expected[] = {LADDER_EARLY,   LADDER_LATE,   LADDER_EXHAUSTED,
                                             LADDER_STOPPED, LADDER_FROZEN, LADDER_DELETABLE};
    assert_int_equal(count, 6);
    assert_memory_equal(met, expected, sizeof expected);
    hour_closed(h, now - 2 * HOUR_US); // nothing runs
    balance_is(h, 1, 50000);
    assert_int_equal(tick_at(h, now), 1);
    assert_int_equal(step_of(h, 1), LADDER_NONE);
}

static void what_is_told_is_a_fact_and_what_is_judged_a_view_too(void **state)
{
    harness_t *h = *state;
    assert_int_equal(notify_core.follows_count, 4);
    for (size_t i = 0; i < notify_core.follows_count; i++)
        assert_int_equal(notify_core.follows[i].mode,
                         notify_core.follows[i].stream == STREAM_AUTOPAY ? FOLLOW_FACTS
                                                                         : FOLLOW_BOTH);
    assert_false(notify_core.takes_feed);
    event_t first;
    notify_core.policy_first(&first);
    event_t founded = harness_read(h, 1);
    assert_int_equal(founded.type, first.type);
    assert_int_equal(founded.ladder_policy_changed.freeze_us, 30 * DAY_US);
    assert_int_equal(first.ladder_policy_changed.freeze_us, 30 * DAY_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(from_a_full_purse_to_deletion_and_back),
        TEST(what_is_told_is_a_fact_and_what_is_judged_a_view_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
