#include "services/base/chain.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { ROWS = 40, MOVES = 20000 };

typedef struct {
    uint64_t other;
    chain_link_t link;
} row_t;

static row_t rows[ROWS];
static const chain_links_t links = {(uint8_t *)&rows[0].link, sizeof(row_t)};
static uint64_t seed = 7;

static uint32_t roll(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

// An array is the model: rows leave from anywhere and come back at either end.
static void a_chain_is_the_list_that_an_array_is(void **state)
{
    (void)state;
    uint32_t model[ROWS], count = 0;
    bool in[ROWS + 1] = {false};
    chain_t chain = {0};
    for (unsigned move = 0; move < MOVES; move++) {
        uint32_t number = roll(ROWS) + 1;
        if (in[number]) {
            uint32_t at = 0;
            while (model[at] != number)
                at++;
            count--;
            memmove(&model[at], &model[at + 1], (count - at) * sizeof model[0]);
            chain_remove(&chain, links, number);
        } else if (roll(3) == 0) {
            memmove(&model[1], &model[0], count++ * sizeof model[0]);
            model[0] = number;
            chain_prepend(&chain, links, number);
        } else {
            model[count++] = number;
            chain_append(&chain, links, number);
        }
        in[number] = !in[number];
        uint32_t n = chain.first, before = 0;
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(n, model[i]);
            assert_int_equal(chain_link(links, n)->before, before);
            before = n;
            n = chain_link(links, n)->after;
        }
        assert_int_equal(n, 0);
        assert_int_equal(chain.last, before);
    }
    for (uint32_t i = 0; i < ROWS; i++)
        assert_int_equal(rows[i].other, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_chain_is_the_list_that_an_array_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
