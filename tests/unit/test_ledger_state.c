// The ledger's rows: the chain that each posting lengthens.
#include "tests/unit/ledger_words.h"

static void the_chain_follows_its_definition(void **state)
{
    harness_t *h = *state;
    static uint64_t sequences[70000];
    for (uint64_t n = 1; n < 70000; n++) {
        if (n % 3 == 0)
            used(h, customer(2), 1); // others between, so that sequence is not ordinal
        used(h, customer(1), 1);
        event_t event = harness_caused(h, h->count - 1, EVENT_posted);
        uint64_t step = 1;
        while (step < 65536 && n % (step * 16) == 0)
            step *= 16;
        uint64_t target = step == 1 ? n - n % 16 : n - step;
        sequences[n] = h->last;
        assert_int_equal(event.posted.ordinal, n);
        assert_int_equal(event.posted.previous, sequences[n - 1]);
        assert_int_equal(event.posted.skip, sequences[target]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_chain_follows_its_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
