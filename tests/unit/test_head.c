#include "proto/digest.h"
#include "services/node/head.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static head_t *full_head(void)
{
    head_t *head = calloc(1, sizeof *head);
    assert_non_null(head);
    head->epoch = 3;
    head->term = 4;
    head->time = -5;
    head->clock = (head_clock_t){
        .boot = {{1, 2}}, .now = INT64_MAX, .monotonic = INT64_MAX - 1, .crept_us = INT64_MIN};
    for (unsigned i = 0; i < 70; i++) {
        hash_t leaf = {{(uint8_t)i}};
        if (i == 41)
            head->tail = head->tree;
        tree_append(&head->tree, &leaf);
    }
    head->last = 70;
    for (unsigned i = 0; i < HEAD_CURSORS_MAX; i++) {
        cursor_t *cursor = head_cursor_make(head, UINT64_MAX - i);
        assert_non_null(cursor);
        cursor->epoch = UINT64_MAX - i;
        cursor->sequence = UINT64_MAX - i;
        cursor->leaf.bytes[31] = (uint8_t)i;
        cursor->through = INT64_MAX - i;
    }
    return head;
}

static void a_head_full_of_cursors_fits_its_bytes_and_reads_back(void **state)
{
    (void)state;
    static uint8_t bytes[HEAD_BYTES_MAX + 1], again[HEAD_BYTES_MAX];
    head_t *head = full_head(), *read = calloc(1, sizeof *read);
    size_t size = head_encode(head, bytes, HEAD_BYTES_MAX);
    assert_true(size > 0);
    assert_null(head_cursor_make(head, 9)); // none is left
    assert_non_null(head_cursor_make(head, UINT64_MAX));
    assert_int_equal(head_decode(bytes, size, read), FAIL_NONE);
    assert_int_equal(read->cursors_count, HEAD_CURSORS_MAX);
    assert_int_equal(read->time, -5);
    assert_memory_equal(&read->clock, &head->clock, sizeof read->clock);
    assert_int_equal(head_encode(read, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    assert_int_equal(head_encode(head, again, size - 1), 0);
    assert_int_equal(head_decode(bytes, size + 1, read), FAIL_CORRUPT);
    for (size_t cut = 0; cut < size; cut += cut < 300 ? 1 : 997)
        assert_int_equal(head_decode(bytes, cut, read), FAIL_CORRUPT);
    free(head);
    free(read);
}

static void a_head_whose_tree_is_not_its_last_is_corrupt(void **state)
{
    (void)state;
    static uint8_t bytes[HEAD_BYTES_MAX];
    head_t *head = full_head(), *read = calloc(1, sizeof *read);
    head->cursors_count = 0;
    head->last = 71;
    size_t size = head_encode(head, bytes, sizeof bytes);
    assert_int_equal(head_decode(bytes, size, read), FAIL_CORRUPT);
    head->last = 70;
    size = head_encode(head, bytes, sizeof bytes);
    assert_int_equal(head_decode(bytes, size, read), FAIL_NONE);
    bytes[1] = 1; // the layout's version
    assert_int_equal(head_decode(bytes, size, read), FAIL_VERSION);
    free(head);
    free(read);
}

static void a_head_with_any_bit_turned_over_is_refused(void **state)
{
    (void)state;
    static uint8_t bytes[HEAD_BYTES_MAX];
    head_t *head = full_head(), *read = calloc(1, sizeof *read);
    head->cursors_count = 3;
    size_t size = head_encode(head, bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        fail_t fail = head_decode(bytes, size, read);
        assert_true(fail == FAIL_CORRUPT || fail == FAIL_VERSION);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(head_decode(bytes, size, read), FAIL_NONE);
    free(head);
    free(read);
}

// As the version before wrote it: eight fields, the clocks behind them missing.
static void a_head_without_clocks_is_read_as_one_that_knows_none(void **state)
{
    (void)state;
    static uint8_t bytes[HEAD_BYTES_MAX];
    head_t *head = full_head(), *read = calloc(1, sizeof *read);
    memset(&head->clock, 0, sizeof head->clock);
    enum { CLOCKS = 18 + 3, DIGEST = DIGEST_SHA256_SIZE }; // a uid and three zeroes
    size_t size = head_encode(head, bytes, sizeof bytes) - DIGEST - CLOCKS;
    bytes[0] = 0x98;
    bytes[1] = 2;
    digest_sha256(bytes, size, bytes + size);
    memset(read, 0xff, sizeof *read);
    assert_int_equal(head_decode(bytes, size + DIGEST, read), FAIL_NONE);
    assert_int_equal(read->cursors_count, HEAD_CURSORS_MAX);
    assert_int_equal(read->clock.now, 0);
    assert_true(uid_is_zero(&read->clock.boot));
    bytes[1] = 3; // the fields of another version
    digest_sha256(bytes, size, bytes + size);
    assert_int_equal(head_decode(bytes, size + DIGEST, read), FAIL_CORRUPT);
    free(head);
    free(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_full_of_cursors_fits_its_bytes_and_reads_back),
        cmocka_unit_test(a_head_whose_tree_is_not_its_last_is_corrupt),
        cmocka_unit_test(a_head_without_clocks_is_read_as_one_that_knows_none),
        cmocka_unit_test(a_head_with_any_bit_turned_over_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
