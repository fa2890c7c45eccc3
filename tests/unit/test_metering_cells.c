// cells against two plain arrays: which minutes are accepted, which are billed, hour by hour.
#include "services/metering/metering_cells.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { FIRST = 490000, HOURS = 300, VERSIONS = 3, WINDOW = 80, MOVES = 60000, SINGLE = 1024 };

static uint64_t seed = 11;
static tariffs_t tariffs;

static uint32_t roll(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

static mask_t accepted[HOURS][VERSIONS], billed[HOURS][VERSIONS];

static mask_t all_of(mask_t of[VERSIONS])
{
    mask_t mask = 0;
    for (unsigned v = 0; v < VERSIONS; v++)
        mask |= of[v];
    return mask;
}

static mask_t all_billed(unsigned hour)
{
    return all_of(billed[hour]);
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
    assert_true(cells_ticked(cells, pool, FIRST + hour) == all_of(accepted[hour]));
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
    tariffs = (tariffs_t){0};
    for (unsigned v = 0; v < VERSIONS; v++)
        tariff_define(&tariffs, text_of("one"), 1, (instant_t)(FIRST + HOURS) * HOUR_US * (v > 0));
    unsigned oldest = 0, full = 0, told_later = 0;
    for (unsigned move = 0; move < MOVES; move++) {
        unsigned now = move * (HOURS - 20) / MOVES, hour = oldest + roll(now + 20 - oldest);
        unsigned v = roll(VERSIONS);
        mask_t mask = roll(4) ? (mask_t)roll(1u << 30) << roll(30) & MASK_FULL : MASK_FULL;
        if (roll(2)) { // also of what is billed, at times of all of it
            bool was_full = cells_full(&cells, FIRST + hour);
            if (was_full && roll(4))
                continue;
            cells_accept(&cells, &pool, &tariffs, FIRST + hour, (uint16_t)(v + 1), mask);
            for (unsigned w = 0; was_full && w < VERSIONS; w++) { // which version, the tariff says
                billed[hour][w] = w ? 0 : MASK_FULL;
                accepted[hour][0] |= accepted[hour][w];
                accepted[hour][w] = w ? 0 : accepted[hour][0];
            }
            for (unsigned w = 0; w < VERSIONS; w++) // a minute is accepted under one at most
                accepted[hour][w] &= ~mask;
            accepted[hour][v] |= mask;
            told_later += was_full;
        } else {
            mask &= ~all_billed(hour); // what is fresh
            if (!mask || cells_full(&cells, FIRST + hour))
                continue;
            cells_bill(&cells, &pool, &tariffs, FIRST + oldest, FIRST + hour, (uint16_t)(v + 1),
                       mask);
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
    assert_true(told_later > 100);
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
    cells_accept(&cells, &pool, &tariffs, 0, 1, 1);
    cells_accept(&cells, &pool, &tariffs, last, SINGLE, MASK_FULL);
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

// An hour that something of is still to be posted keeps its mark when what was billed of it is
// taken back.
static void a_mark_stays_when_minutes_are_taken_back(void **state)
{
    (void)state;
    pool_t pool;
    cells_t cells = {0};
    pool_init(&pool, sizeof(cell_t));
    tariffs = (tariffs_t){0};
    tariff_define(&tariffs, text_of("one"), 1, 0);
    cells_bill(&cells, &pool, &tariffs, FIRST, FIRST, 1, 6);
    cells_mark(&cells, &pool, FIRST, 1);
    cells_take_back(&cells, &pool, &tariffs, FIRST, 1, 6);
    assert_int_equal(pool.used, 1);
    assert_int_equal(cells.first, cells_seek(&cells, &pool, FIRST));
    assert_false(cell_billed(cells_at(&pool, cells.first)));
    pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_hold_what_was_accepted_and_billed),
        cmocka_unit_test(a_mark_stays_when_minutes_are_taken_back),
        cmocka_unit_test(the_least_and_the_greatest_version_and_hour_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
