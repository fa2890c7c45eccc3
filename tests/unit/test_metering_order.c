// The order against the plainest thing that can be right: an array that is sorted anew.
#include "services/metering/metering_order.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants those first
#include <cmocka.h>

enum { NUMBERS = 3000, STEPS = 20000, COMPARED_EVERY = 500 };

static uint32_t ranks[NUMBERS]; // the order is by these, not by the numbers
static uint64_t seed = 11;

static uint32_t roll(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

static int by_rank(const void *context, uint32_t a, uint32_t b)
{
    const uint32_t *of = context;
    return (of[a] > of[b]) - (of[a] < of[b]);
}

static void shuffle_ranks(void)
{
    for (uint32_t i = 0; i < NUMBERS; i++)
        ranks[i] = i;
    for (uint32_t i = NUMBERS - 1; i > 0; i--) {
        uint32_t j = roll(i + 1), rank = ranks[i];
        ranks[i] = ranks[j];
        ranks[j] = rank;
    }
}

// Walks from `from` on, and finds just the members that do not stand before it.
static void expect_walk(const order_t *order, const bool *in, uint32_t from)
{
    uint32_t number_at[NUMBERS], number = 0;
    for (uint32_t i = 0; i < NUMBERS; i++)
        number_at[ranks[i]] = i;
    order_at_t at = order_seek(order, from);
    for (uint32_t rank = ranks[from]; rank < NUMBERS; rank++)
        if (in[number_at[rank]]) {
            assert_true(order_next(order, &at, &number));
            assert_int_equal(number, number_at[rank]);
        }
    assert_false(order_next(order, &at, &number));
}

static void it_is_the_sorted_array_whatever_comes_and_goes(void **state)
{
    (void)state;
    static bool in[NUMBERS];
    order_t order;
    shuffle_ranks();
    order_init(&order, by_rank, ranks);
    for (int step = 0; step < STEPS; step++) {
        uint32_t number = roll(NUMBERS);
        if (in[number])
            order_remove(&order, number);
        else
            order_add(&order, number);
        in[number] = !in[number];
        if (step % COMPARED_EVERY == 0)
            expect_walk(&order, in, roll(NUMBERS));
    }
    assert_true(order.blocks_count > 2); // blocks were split, or this shows nothing
    for (uint32_t i = 0; i < NUMBERS; i++)
        if (in[i])
            order_remove(&order, i);
    assert_true(order_empty(&order));
    order_release(&order);
}

static void an_empty_order_has_no_member(void **state)
{
    (void)state;
    order_t order;
    uint32_t number;
    order_init(&order, by_rank, ranks);
    order_at_t at = order_seek(&order, 3);
    assert_false(order_next(&order, &at, &number));
    assert_true(order_empty(&order));
    order_release(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_sorted_array_whatever_comes_and_goes),
        cmocka_unit_test(an_empty_order_has_no_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
