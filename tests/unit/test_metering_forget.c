// What is forgotten leaves nothing of it behind, in its owner's row either.
#include "services/metering/metering_forget.h"
#include "tests/unit/metering_day.h"

static const owner_t *owner_of_feed(void)
{
    const metering_state_t *self = h.state;
    return &self->owners.rows[owners_find(&self->owners, FEED)];
}

static void the_forgotten_are_nobodys(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_stopped(&h, at(0, 0), harness_id('r', 2), second), FAIL_NONE);
    assert_int_equal(harness_created(&h, at(0, 0), harness_id('r', 3), account), FAIL_NONE);
    assert_int_equal(owner_of_feed()->resources, 2);
    assert_int_equal(owner_of_feed()->loose, 1);
    reach(at(30, 0));
    assert_int_equal(harness_deleted(&h, at(30, 0), resource), FAIL_NONE);
    for (int hour = 1; hour <= (int)WINDOW_HOURS + 4; hour++) {
        reach(at(60 * hour - 1, 0)); // something runs in every hour, so that each is closed
        assert_int_equal(harness_ticked(&h, at(60 * hour - 1, 0), harness_id('r', 3),
                                        harness_id('p', 3), account, "probny"),
                         FAIL_NONE);
        pass(hour);
    }
    assert_int_equal(owner_of_feed()->resources, 1);
    assert_int_equal(owner_of_feed()->loose, 0);
    assert_int_equal(table_used(&((metering_state_t *)h.state)->replicas), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(the_forgotten_are_nobodys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
