#include "services/base/table.h"
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

// The naive model: rows by number, in use or not, and the removed ones in a pile.
enum { SMALL = 700, MOVES = 200 * 1000 };

static void removed_rows_are_gone_and_their_numbers_come_back_last_first(void **state)
{
    (void)state;
    static row_t model[SMALL];
    static bool used[SMALL];
    static uint32_t pile[SMALL];
    uint32_t count = 0, piled = 0, most = 0;
    table_t table;
    table_init(&table, sizeof(row_t));
    for (uint32_t move = 0; move < MOVES; move++) {
        // swells and shrinks, so that runs of slots are long and gaps fall into their middle
        bool insert = count - piled == 0 || next() % 100 < (move / 5000 % 2 ? 30 : 70);
        if (insert && count - piled < SMALL - 1) {
            uid_t16 key = table_key(next() % 4000, 0);
            uint32_t known = TABLE_NONE;
            for (uint32_t i = 0; i < count; i++)
                if (used[i] && uid_equal(&model[i].key, &key))
                    known = i;
            assert_int_equal(table_find(&table, &key), known);
            if (known != TABLE_NONE)
                continue;
            uint32_t want = piled ? pile[piled - 1] : count;
            assert_int_equal(table_next(&table), want);
            assert_int_equal(table_after(&table, want),
                             piled > 1 ? pile[piled - 2] : count + (piled == 0));
            assert_int_equal(table_insert(&table, &key), want);
            piled ? piled-- : count++;
            row_t *row = table_row(&table, want);
            assert_int_equal(row->value, 0);
            row->value = next();
            model[want] = *row;
            used[want] = true;
        } else {
            uint32_t number = (uint32_t)(next() % count);
            while (!used[number])
                number = (number + 1) % count;
            table_remove(&table, number);
            used[number] = false;
            pile[piled++] = number;
            assert_int_equal(table_find(&table, &model[number].key), TABLE_NONE);
        }
        assert_int_equal(table_used(&table), count - piled);
        most = count > most ? count : most;
        if (move % 500)
            continue;
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(table_holds(&table, i), used[i]);
            if (!used[i])
                continue;
            assert_int_equal(table_find(&table, &model[i].key), i);
            assert_memory_equal(table_row(&table, i), &model[i], sizeof model[i]);
        }
    }
    assert_false(table_holds(&table, count));
    assert_true(most > SMALL / 2); // it did swell
    table_release(&table);
}

// As a core's rows do: as many come as go, for ever.
static void a_table_in_balance_does_not_grow(void **state)
{
    (void)state;
    table_t table;
    table_init(&table, sizeof(row_t));
    for (uint64_t i = 0; i < KEYS; i++) {
        uid_t16 key = table_key(i, 0);
        (void)table_insert(&table, &key);
        if (i >= 50) {
            key = table_key(i - 50, 0);
            table_remove(&table, table_find(&table, &key));
        }
    }
    assert_int_equal(table_used(&table), 50);
    assert_int_equal(table.count, 51);
    assert_int_equal(table.slots_cap, 128);
    table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_finds_what_a_tree_finds),
        cmocka_unit_test(dense_keys_do_not_cluster),
        cmocka_unit_test(removed_rows_are_gone_and_their_numbers_come_back_last_first),
        cmocka_unit_test(a_table_in_balance_does_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
