// The order of words, and the list of points: which word holds, until when, what is given back.
#include "services/metering/metering_points.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const int words[] = {POINTS_NOTHING, 0, 5, 4, 3, 2, 1}; // from the least to the greatest
enum { WORDS = sizeof words / sizeof *words };

static void the_order_of_words_is_total(void **state)
{
    (void)state;
    for (int said = 1; said < WORDS; said++)
        for (int known = 0; known < WORDS; known++)
            assert_int_equal(points_holds((uint16_t)words[said], words[known]), said > known);
}

static uint32_t number(void)
{
    static uint64_t seed = 7;
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33);
}

static void what_holds_at_an_instant_was_added_last_of_it(void **state)
{
    (void)state;
    enum { INSTANTS = 8, ROUNDS = 200, ADDED = 30 };
    for (int round = 0; round < ROUNDS; round++) {
        pool_t pool;
        uint32_t first = 0;
        int said[INSTANTS];
        pool_init(&pool, sizeof(point_t));
        for (int i = 0; i < INSTANTS; i++)
            said[i] = POINTS_NOTHING;
        for (int n = 0; n < ADDED; n++) {
            unsigned at = number() % INSTANTS;
            uint16_t code = (uint16_t)(number() % 4);
            instant_t until = points_until(&pool, first, at);
            assert_true(points_add(&pool, &first, (point_t){at, at, 0, code}) == until);
            said[at] = code;
        }
        instant_t until = POINTS_END;
        for (int i = INSTANTS - 1; i >= 0; i--) {
            assert_int_equal(points_said(&pool, first, i), said[i]);
            assert_true(points_until(&pool, first, i) == until);
            until = said[i] == POINTS_NOTHING ? until : i;
        }
        points_drop_all(&pool, first);
        assert_int_equal(pool.used, 0);
        pool_release(&pool);
    }
}

static void what_a_later_point_overrides_is_dropped(void **state)
{
    (void)state;
    pool_t pool;
    uint32_t first = 0;
    pool_init(&pool, sizeof(point_t));
    points_drop_before(&pool, first, 100);
    for (int at = 10; at <= 50; at += 10)
        points_add(&pool, &first, (point_t){at, at, 0, 1});
    points_drop_before(&pool, first, 9); // none lies before it
    assert_int_equal(pool.used, 5);
    points_drop_before(&pool, first, 30);
    assert_int_equal(pool.used, 3); // that of 30 holds from there on
    assert_int_equal(points_said(&pool, first, 30), 1);
    assert_int_equal(points_said(&pool, first, 20), POINTS_NOTHING);
    points_drop_all(&pool, first);
    pool_release(&pool);
}

static void what_was_told_too_late_runs_before_it_is_billed(void **state)
{
    (void)state;
    pool_t pool;
    uint32_t first = 0;
    pool_init(&pool, sizeof(point_t));
    assert_false(points_too_late(&pool, first, 20));
    points_add(&pool, &first, (point_t){.at = 10, .from = 50, .code = 1});
    points_add(&pool, &first, (point_t){.at = 60, .from = 60});
    assert_false(points_too_late(&pool, first, 9));
    assert_true(points_too_late(&pool, first, 10));
    assert_true(points_too_late(&pool, first, 49));
    assert_false(points_too_late(&pool, first, 50));
    assert_false(points_too_late(&pool, first, 60));
    points_drop_all(&pool, first);
    pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_words_is_total),
        cmocka_unit_test(what_holds_at_an_instant_was_added_last_of_it),
        cmocka_unit_test(what_a_later_point_overrides_is_dropped),
        cmocka_unit_test(what_was_told_too_late_runs_before_it_is_billed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
