// One way through a state: what is saved is loaded, and no field is forgotten.
#include "services/base/heap.h"
#include "services/base/pool.h"
#include "services/base/table.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct {
    uid_t16 key;
    uint8_t small; // padding follows
    uint64_t number;
    bool flag; // and here
} row_t;

typedef struct {
    uint32_t next;
    int64_t amount;
} link_t;

typedef struct {
    table_t rows;
    pool_t links;
    heap_t ends;
    uint64_t sum;
    bool said;
    const void *settings;
} state_t;

WALK_ROW(row_t)
WALK_ROW(link_t)

static void walk_state(state_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_row_t);
    pool_walk(&self->links, walk, walk_clear_link_t);
    heap_walk(&self->ends, walk, self->rows.count);
    WALK(walk, self->sum);
    WALK(walk, self->said);
    WALK_PASS(walk, self->settings);
    WALK_WHOLE(walk, state_t, self);
}

// The same, but for a field that somebody added.
static void walk_all_but_one(state_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_row_t);
    pool_walk(&self->links, walk, walk_clear_link_t);
    heap_walk(&self->ends, walk, self->rows.count);
    WALK(walk, self->sum);
    WALK_PASS(walk, self->settings);
    WALK_WHOLE(walk, state_t, self);
}

static void begin(state_t *self)
{
    *self = (state_t){.settings = self};
    table_init(&self->rows, sizeof(row_t));
    pool_init(&self->links, sizeof(link_t));
}

static void release(state_t *self)
{
    table_release(&self->rows);
    pool_release(&self->links);
    heap_release(&self->ends);
}

// Moves of rows in and out; `dirt` is what lies in the padding.
static void fill(state_t *self, uint64_t from, uint64_t to, uint8_t dirt)
{
    for (uint64_t i = from; i < to; i++) {
        uid_t16 key = table_key(i * 7919 + 1, i);
        row_t row;
        memset(&row, dirt, sizeof row);
        row.key = key;
        row.small = (uint8_t)i;
        row.number = i * i;
        row.flag = i % 2;
        uint32_t number = table_insert(&self->rows, &key);
        memcpy(table_row(&self->rows, number), &row, sizeof row);
        uint32_t link = pool_take(&self->links);
        ((link_t *)pool_row(&self->links, link))->amount = (int64_t)i;
        heap_set(&self->ends, number, (int64_t)(i * 31 % 101));
        if (i % 3 == 2) {
            heap_remove(&self->ends, number);
            table_remove(&self->rows, number);
        }
        if (i % 5 == 4)
            pool_give(&self->links, link);
        self->sum += i;
    }
    self->said = true;
}

typedef struct {
    uint8_t *bytes;
    size_t size;
} saved_t;

static saved_t save(state_t *self)
{
    walk_t walk = {.kind = WALK_SAVE};
    walk_state(self, &walk);
    saved_t saved = {0};
    for (size_t i = 0; i < walk.parts_count; i++)
        saved.size += walk.parts[i].size;
    uint8_t *at = saved.bytes = malloc(saved.size);
    assert_non_null(at);
    for (size_t i = 0; i < walk.parts_count; at += walk.parts[i++].size)
        memcpy(at, walk.parts[i].data, walk.parts[i].size);
    walk_release(&walk);
    return saved;
}

static fail_t load(state_t *self, const saved_t *saved, size_t size)
{
    begin(self);
    uint8_t *copy = malloc(size ? size : 1); // so that a sanitizer sees a read behind its end
    assert_non_null(copy);
    memcpy(copy, saved->bytes, size);
    walk_t walk = {.kind = WALK_LOAD, .at = copy, .left = size};
    walk_state(self, &walk);
    fail_t fail = walk_end(&walk);
    free(copy);
    return fail;
}

static void assert_same(state_t *a, state_t *b)
{
    saved_t of_a = save(a), of_b = save(b);
    assert_int_equal(of_a.size, of_b.size);
    assert_memory_equal(of_a.bytes, of_b.bytes, of_a.size);
    free(of_a.bytes);
    free(of_b.bytes);
}

static void what_was_saved_goes_on_as_if_nothing_had_been(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < 400; at = at * 3 + 1) {
        state_t straight, loaded;
        begin(&straight);
        fill(&straight, 0, at, 0xaa);
        saved_t saved = save(&straight);
        assert_int_equal(load(&loaded, &saved, saved.size), FAIL_NONE);
        assert_same(&straight, &loaded);
        fill(&straight, at, at + 300, 0xaa);
        fill(&loaded, at, at + 300, 0x55); // padding is no part of it
        assert_same(&straight, &loaded);
        for (uint64_t i = 0; i < at + 300; i++) {
            uid_t16 key = table_key(i * 7919 + 1, i);
            assert_int_equal(table_find(&loaded.rows, &key), table_find(&straight.rows, &key));
        }
        assert_int_equal(heap_least(&loaded.ends), heap_least(&straight.ends));
        free(saved.bytes);
        release(&straight);
        release(&loaded);
    }
}

static void a_table_of_which_nearly_all_was_removed_is_found_again(void **state)
{
    (void)state;
    state_t self, loaded;
    begin(&self);
    for (uint64_t i = 0; i < 1000; i++) {
        uid_t16 key = table_key(i, 1);
        (void)table_insert(&self.rows, &key);
    }
    for (uint32_t number = 0; number < 998; number++)
        table_remove(&self.rows, number);
    saved_t saved = save(&self);
    assert_int_equal(load(&loaded, &saved, saved.size), FAIL_NONE);
    for (uint64_t i = 990; i < 1000; i++) {
        uid_t16 key = table_key(i, 1);
        assert_int_equal(table_find(&loaded.rows, &key), i < 998 ? TABLE_NONE : i);
        assert_true(table_holds(&loaded.rows, (uint32_t)i) == (i >= 998));
    }
    free(saved.bytes);
    release(&self);
    release(&loaded);
}

static void bytes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    state_t whole, cut;
    begin(&whole);
    fill(&whole, 0, 40, 0);
    saved_t saved = save(&whole);
    for (size_t size = 0; size < saved.size; size++) {
        assert_int_equal(load(&cut, &saved, size), FAIL_CORRUPT);
        release(&cut);
    }
    saved.bytes[0] ^= 1; // one row more or less
    assert_int_equal(load(&cut, &saved, saved.size), FAIL_CORRUPT);
    release(&cut);
    release(&whole);
    free(saved.bytes);
}

static void a_field_that_is_not_walked_is_found(void **state)
{
    (void)state;
    if (!WALK_KNOWS_PADDING)
        skip();
    state_t self;
    begin(&self);
    walk_t walk = {.kind = WALK_SHAPE}, other = {.kind = WALK_SHAPE};
    walk_state(&self, &walk);
    assert_null(walk.missed);
    walk_all_but_one(&self, &other);
    assert_string_equal(other.missed, "state_t");
    assert_int_equal(other.missed_at, offsetof(state_t, said));
    assert_memory_not_equal(&walk.shape, &other.shape, sizeof walk.shape);
    release(&self);
}

static void a_shape_does_not_hang_on_what_the_state_holds(void **state)
{
    (void)state;
    state_t empty, full;
    walk_t of_empty = {.kind = WALK_SHAPE}, of_full = {.kind = WALK_SHAPE};
    begin(&empty);
    begin(&full);
    fill(&full, 0, 50, 1);
    walk_state(&empty, &of_empty);
    walk_state(&full, &of_full);
    assert_memory_equal(&of_empty.shape, &of_full.shape, sizeof of_full.shape);
    release(&empty);
    release(&full);
}

static void what_must_be_the_same_is_compared(void **state)
{
    (void)state;
    uint64_t given = 7;
    walk_t walk = {.kind = WALK_LOAD, .at = (const uint8_t *)&given, .left = sizeof given};
    walk_same(&walk, "given", &given, sizeof given);
    assert_int_equal(walk_end(&walk), FAIL_NONE);
    uint64_t mine = 8;
    walk = (walk_t){.kind = WALK_LOAD, .at = (const uint8_t *)&given, .left = sizeof given};
    walk_same(&walk, "mine", &mine, sizeof mine);
    assert_int_equal(walk_end(&walk), FAIL_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_saved_goes_on_as_if_nothing_had_been),
        cmocka_unit_test(a_table_of_which_nearly_all_was_removed_is_found_again),
        cmocka_unit_test(bytes_that_do_not_fit_are_refused),
        cmocka_unit_test(a_field_that_is_not_walked_is_found),
        cmocka_unit_test(a_shape_does_not_hang_on_what_the_state_holds),
        cmocka_unit_test(what_must_be_the_same_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
