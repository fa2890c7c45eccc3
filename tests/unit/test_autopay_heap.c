// The heap against the plainest thing that can be right: an array of keys, searched through.
#include "proto/table.h"
#include "services/autopay/autopay_heap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { ACCOUNTS = 300, STEPS = 20000, KEYS = 50 };

static uint64_t chance_state = 88172645463325252;

static uint64_t chance(uint64_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state % below;
}

static uint32_t plain_first(const int64_t keys[ACCOUNTS])
{
    uint32_t first = TABLE_NONE;
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        if (keys[i] != INT64_MAX && (first == TABLE_NONE || keys[i] < keys[first]))
            first = i;
    return first;
}

static void it_keeps_the_order_of_keys_then_numbers(void **state)
{
    (void)state;
    heap_t heap = {0};
    int64_t keys[ACCOUNTS];
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        keys[i] = INT64_MAX;
    for (int i = 0; i < STEPS; i++) {
        uint32_t number = (uint32_t)chance(ACCOUNTS);
        switch (chance(4)) {
        case 0:
            heap_remove(&heap, number);
            keys[number] = INT64_MAX;
            break;
        case 1: {
            uint32_t first = plain_first(keys);
            int64_t up_to = (int64_t)chance(KEYS);
            bool there = first != TABLE_NONE && keys[first] <= up_to;
            assert_int_equal(heap_take(&heap, up_to), there ? first : TABLE_NONE);
            if (there)
                keys[first] = INT64_MAX;
            break;
        }
        default:
            keys[number] = (int64_t)chance(KEYS);
            heap_set(&heap, number, keys[number]);
        }
        uint32_t first = plain_first(keys);
        assert_int_equal(heap_least(&heap), first == TABLE_NONE ? INT64_MAX : keys[first]);
        assert_int_equal(heap_has(&heap, number), keys[number] != INT64_MAX);
    }
    heap_release(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_order_of_keys_then_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
