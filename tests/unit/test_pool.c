#include "services/base/pool.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { ROWS = 3000, MOVES = 20000 };

// A pile of the numbers given back is the model.
static void numbers_come_back_last_first_and_are_foretold(void **state)
{
    (void)state;
    static uint32_t pile[ROWS];
    static bool used[ROWS + 1];
    uint32_t piled = 0, count = 0;
    uint64_t seed = 3;
    pool_t pool;
    pool_init(&pool, 24);
    for (unsigned move = 0; move < MOVES; move++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint32_t number = (uint32_t)(seed >> 33) % ROWS + 1;
        if (number <= count && used[number]) {
            pool_give(&pool, number);
            used[number] = false;
            pile[piled++] = number;
        } else if (count < ROWS || piled) {
            uint32_t want = piled ? pile[piled - 1] : count + 1;
            assert_int_equal(pool_next(&pool), want);
            assert_int_equal(pool_after(&pool, want),
                             piled > 1 ? pile[piled - 2] : count + (piled ? 1 : 2));
            assert_int_equal(pool_take(&pool), want);
            const uint8_t *row = pool_row(&pool, want);
            for (unsigned i = 0; i < 24; i++)
                assert_int_equal(row[i], 0);
            memset(pool_row(&pool, want), 0xff, 24);
            piled ? piled-- : count++;
            used[want] = true;
        }
        assert_int_equal(pool.used, count - piled);
        assert_int_equal(pool.count, count);
    }
    assert_true(count > ROWS / 4 && count < ROWS); // it was used again, not grown
    pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back_last_first_and_are_foretold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
