// The heap against the plainest thing that can be right: an array of keys, searched through.
#include "services/base/heap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { ROWS = 300, STEPS = 20000, KEYS = 50 };

static uint64_t chance_state = 88172645463325252;

static uint64_t chance(uint64_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state % below;
}

static uint32_t plain_first(const int64_t keys[ROWS])
{
    uint32_t first = HEAP_NONE;
    for (uint32_t i = 0; i < ROWS; i++)
        if (keys[i] != INT64_MAX && (first == HEAP_NONE || keys[i] < keys[first]))
            first = i;
    return first;
}

// The list in order; returns how many rows there are up to `up_to`, at most `max`.
static size_t plain_list(const int64_t keys[ROWS], int64_t up_to, size_t max, uint32_t *numbers,
                         int64_t *ret_next)
{
    int64_t left[ROWS];
    memcpy(left, keys, sizeof left);
    for (size_t count = 0;; count++) {
        uint32_t first = plain_first(left);
        *ret_next = first == HEAP_NONE ? INT64_MAX : left[first];
        if (first == HEAP_NONE || count == max || left[first] > up_to)
            return count;
        left[first] = INT64_MAX;
        numbers[count] = first;
    }
}

static void it_keeps_the_order_of_keys_then_numbers(void **state)
{
    (void)state;
    heap_t heap = {0};
    int64_t keys[ROWS];
    for (uint32_t i = 0; i < ROWS; i++)
        keys[i] = INT64_MAX;
    for (int i = 0; i < STEPS; i++) {
        uint32_t number = (uint32_t)chance(ROWS);
        switch (chance(4)) {
        case 0:
            heap_remove(&heap, number);
            keys[number] = INT64_MAX;
            break;
        case 1: {
            uint32_t first = plain_first(keys);
            int64_t up_to = (int64_t)chance(KEYS);
            bool there = first != HEAP_NONE && keys[first] <= up_to;
            assert_int_equal(heap_take(&heap, up_to), there ? first : HEAP_NONE);
            if (there)
                keys[first] = INT64_MAX;
            break;
        }
        default:
            keys[number] = (int64_t)chance(KEYS);
            heap_set(&heap, number, keys[number]);
        }
        uint32_t first = plain_first(keys);
        assert_int_equal(heap_least(&heap), first == HEAP_NONE ? INT64_MAX : keys[first]);
        assert_int_equal(heap_has(&heap, number), keys[number] != INT64_MAX);
    }
    heap_release(&heap);
}

static void a_list_is_in_order_and_leaves_all_in(void **state)
{
    (void)state;
    heap_t heap = {0};
    int64_t keys[ROWS], next, expected_next;
    uint32_t numbers[HEAP_LIST_MAX], expected[HEAP_LIST_MAX];
    for (uint32_t i = 0; i < ROWS; i++)
        keys[i] = INT64_MAX;
    for (int i = 0; i < STEPS / 10; i++) {
        uint32_t number = (uint32_t)chance(ROWS);
        keys[number] = (int64_t)chance(KEYS);
        heap_set(&heap, number, keys[number]);
        int64_t up_to = (int64_t)chance(KEYS + 5);
        size_t max = chance(HEAP_LIST_MAX + 1), inside = heap.count;
        size_t count = heap_list(&heap, up_to, max, numbers, &next);
        assert_int_equal(count, plain_list(keys, up_to, max, expected, &expected_next));
        assert_memory_equal(numbers, expected, count * sizeof numbers[0]);
        assert_int_equal(next, expected_next);
        assert_int_equal(heap.count, inside);
    }
    heap_release(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_order_of_keys_then_numbers),
        cmocka_unit_test(a_list_is_in_order_and_leaves_all_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
