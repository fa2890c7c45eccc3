#include "proto/table.h"
#include <search.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct {
    uid_t16 key;
    uint64_t value;
} row_t;

enum { KEYS = 100 * 1000 };

static uint64_t seed = 42;

static uint64_t next(void) // splitmix64
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int by_key(const void *a, const void *b)
{
    return memcmp(((const row_t *)a)->key.bytes, ((const row_t *)b)->key.bytes, 16);
}

static void keep(void *row)
{
    (void)row; // rows of the model are static
}

// libc's balanced tree is the model.
static void a_table_finds_what_a_tree_finds(void **state)
{
    (void)state;
    static row_t model[KEYS];
    void *tree = NULL;
    table_t table;
    table_init(&table, sizeof(row_t));
    for (uint32_t i = 0; i < KEYS; i++) {
        row_t *row = &model[i];
        row->key = i % 3 ? table_key(next(), next()) : table_key(next() % 50000, 0);
        row_t **found = tsearch(row, &tree, by_key);
        uint32_t number = table_find(&table, &row->key);
        assert_int_equal(number == TABLE_NONE, *found == row);
        if (number == TABLE_NONE) {
            number = table_insert(&table, &row->key);
            assert_int_equal(number, table.count - 1); // numbers are dense
            row_t *fresh = table_row(&table, number);
            assert_int_equal(fresh->value, 0);
            fresh->value = row->value = number;
        } else
            assert_int_equal(((row_t *)table_row(&table, number))->value, (*found)->value);
    }
    for (uint32_t i = 0; i < table.count; i++) { // rows kept their numbers while it grew
        const row_t *row = table_row(&table, i);
        assert_int_equal(row->value, i);
        assert_int_equal(table_find(&table, &row->key), i);
        uid_t16 absent = table_key(next(), next());
        assert_int_equal(table_find(&table, &absent), TABLE_NONE);
    }
    assert_true((uint64_t)table.count * 8 <= (uint64_t)table.slots_cap * 5);
    table_clear(&table);
    assert_int_equal(table.count, 0);
    assert_int_equal(table_find(&table, &model[0].key), TABLE_NONE);
    table_release(&table);
    tdestroy(tree, keep);
}

// Counters as keys are what cores have most: they must not cluster.
static void dense_keys_do_not_cluster(void **state)
{
    (void)state;
    table_t table;
    uint32_t longest = 0;
    table_init(&table, sizeof(row_t));
    for (uint64_t i = 0; i < KEYS; i++) {
        uid_t16 key = table_key(i, 0);
        (void)table_insert(&table, &key);
    }
    for (uint32_t i = 0, run = 0; i < table.slots_cap; i++) {
        run = table.slots[i] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_true(longest < 200);
    table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_finds_what_a_tree_finds),
        cmocka_unit_test(dense_keys_do_not_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
