// cells against two plain arrays: which minutes are accepted, which are billed, hour by hour.
#include "services/metering/cells.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { FIRST = 490000, HOURS = 300, VERSIONS = 3, WINDOW = 80, MOVES = 60000, SINGLE = 1024 };

static uint64_t seed = 11;

static uint32_t roll(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

static mask_t accepted[HOURS][VERSIONS], billed[HOURS][VERSIONS];

static mask_t all_billed(unsigned hour)
{
    mask_t mask = 0;
    for (unsigned v = 0; v < VERSIONS; v++)
        mask |= billed[hour][v];
    return mask;
}

static void expect_hour(const cells_t *cells, const pool_t *pool, unsigned hour)
{
    mask_t open[VERSIONS] = {0}, done[VERSIONS] = {0};
    uint32_t first = cells_seek(cells, pool, FIRST + hour), n = first;
    for (; n && cell_hour(cells_at(pool, n)) == FIRST + hour; n = cells_at(pool, n)->next) {
        const cell_t *cell = cells_at(pool, n);
        mask_t *of = cell_billed(cell) ? done : open;
        assert_int_equal(of[cell_version(cell) - 1], 0); // one of each
        of[cell_version(cell) - 1] = cell_mask(cell);
    }
    assert_true(!n || cell_hour(cells_at(pool, n)) < FIRST + hour);
    if (cells_full(cells, FIRST + hour)) {
        assert_true(all_billed(hour) == MASK_FULL);
        assert_true(!first || cell_hour(cells_at(pool, first)) < FIRST + hour);
        return;
    }
    assert_true(cells_billed(pool, first, FIRST + hour) == all_billed(hour));
    for (unsigned v = 0; v < VERSIONS; v++) {
        assert_true(done[v] == billed[hour][v]);
        assert_true((open[v] & ~all_billed(hour)) == (accepted[hour][v] & ~all_billed(hour)));
    }
}

static void cells_hold_what_was_accepted_and_billed(void **state)
{
    (void)state;
    pool_t pool;
    cells_t cells = {0};
    pool_init(&pool, sizeof(cell_t));
    unsigned oldest = 0, full = 0;
    for (unsigned move = 0; move < MOVES; move++) {
        unsigned now = move * (HOURS - 20) / MOVES, hour = oldest + roll(now + 20 - oldest);
        unsigned v = roll(VERSIONS);
        mask_t mask = roll(4) ? (mask_t)roll(1u << 30) << roll(30) & MASK_FULL : MASK_FULL;
        if (roll(2)) {
            mask &= ~all_billed(hour);
            if (cells_full(&cells, FIRST + hour))
                continue; // never asked for
            cells_accept(&cells, &pool, FIRST + hour, (uint16_t)(v + 1), mask);
            accepted[hour][v] |= mask;
        } else {
            mask &= ~all_billed(hour); // what is fresh
            if (!mask || cells_full(&cells, FIRST + hour))
                continue;
            cells_bill(&cells, &pool, FIRST + oldest, FIRST + hour, (uint16_t)(v + 1), mask);
            billed[hour][v] |= mask;
        }
        expect_hour(&cells, &pool, hour);
        if (now > WINDOW && now - WINDOW > oldest) {
            oldest = now - WINDOW;
            cells_drop_before(&cells, &pool, FIRST + oldest);
        }
        if (move % 50 == 0)
            for (unsigned h = oldest; h < HOURS; h++) {
                expect_hour(&cells, &pool, h);
                full += cells_full(&cells, FIRST + h);
            }
    }
    assert_true(full > 1000); // the ring was used, and turned
    cells_drop_before(&cells, &pool, UINT32_MAX);
    assert_int_equal(pool.used, 0);
    pool_release(&pool);
}

static void the_least_and_the_greatest_version_and_hour_fit(void **state)
{
    (void)state;
    pool_t pool;
    cells_t cells = {0};
    pool_init(&pool, sizeof(cell_t));
    uint32_t last = hour_of(INSTANT_LAST);
    cells_accept(&cells, &pool, 0, 1, 1);
    cells_accept(&cells, &pool, last, SINGLE, MASK_FULL);
    const cell_t *cell = cells_at(&pool, cells.first);
    assert_int_equal(cell_hour(cell), last);
    assert_int_equal(cell_version(cell), SINGLE);
    assert_true(cell_mask(cell) == MASK_FULL && !cell_billed(cell));
    cell = cells_at(&pool, cell->next);
    assert_int_equal(cell_hour(cell), 0);
    assert_int_equal(cell_version(cell), 1);
    assert_int_equal(sizeof(cell_t), 16); // 4 million of them are 64 MB
    pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_hold_what_was_accepted_and_billed),
        cmocka_unit_test(the_least_and_the_greatest_version_and_hour_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
