// Metering through the table of its core: however usage is told, the lines are the same.
#include "services/metering/metering_core.h"
#include "tests/unit/metering_day.h"

static void the_order_of_arrival_does_not_matter(void **state)
{
    (void)state;
    // [0, 10) nachalny, [20, 30) probny, [40, ...) nachalny: every order of these five items
    static const struct {
        int minute;
        const char *tariff;
    } items[] = {{0, "nachalny"}, {10, NULL}, {20, "probny"}, {30, NULL}, {40, "nachalny"}};
    unsigned order[5];
    for (unsigned n = 0; n < 120; n++) {
        bool used[5] = {0};
        unsigned rest = n;
        for (unsigned i = 0; i < 5; i++) {
            unsigned k = rest % (5 - i);
            rest /= 5 - i;
            for (order[i] = 0; used[order[i]] || k-- > 0;)
                order[i]++;
            used[order[i]] = true;
        }
        harness_close(&h);
        setup(NULL);
        h.now = at(59, 0);
        for (unsigned i = 0; i < 5; i++) {
            instant_t when = at(items[order[i]].minute, 0);
            fail_t fail = items[order[i]].tariff ? start(when, items[order[i]].tariff) : stop(when);
            assert_int_equal(fail, FAIL_NONE);
        }
        pass(1);
        EXPECT({0, PROBNY, 10, 3, 40400, 1}, {0, NACHALNY, 30, 21, 3200, 1});
    }
}

static void ticks_and_intervals_give_the_same_lines(void **state)
{
    (void)state;
    h.now = at(59, 0);
    for (int minute = 59; minute >= 1; minute--) {
        assert_int_equal(tick(at(minute, 31), "nachalny"), FAIL_NONE);
        assert_int_equal(tick(at(minute, 31), "nachalny"), FAIL_NONE);
        EXPECT_NOTHING(); // a duplicate
    }
    harness_started(&h, at(0, 30), harness_id('r', 2), second, account, "nachalny");
    pass(1);
    EXPECT({0, NACHALNY, 59, 39, 26200, 1}, {0, NACHALNY, 59, 39, 26200, 1});
    h.now = at(121, 0);
    assert_int_equal(tick(at(7, 0), "nachalny"), FAIL_NONE);
    EXPECT_NOTHING(); // billed already
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_order_of_arrival_does_not_matter),
        TEST(ticks_and_intervals_give_the_same_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
