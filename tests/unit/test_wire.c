#include "proto/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static wire_t over(const void *bytes, size_t size)
{
    wire_t wire;
    wire_start(&wire, bytes, size);
    return wire;
}

static void integers_of_all_widths_and_signs_are_read(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[9];
        size_t size;
        bool is_u64, is_i64;
        uint64_t u64;
        int64_t i64;
    } cases[] = {
        {{0x00}, 1, true, true, 0, 0},
        {{0x7f}, 1, true, true, 127, 127},
        {{0xcc, 0x05}, 2, true, true, 5, 5}, // longer than it need be
        {{0xcd, 0x01, 0x00}, 3, true, true, 256, 256},
        {{0xce, 0xff, 0xff, 0xff, 0xff}, 5, true, true, UINT32_MAX, UINT32_MAX},
        {{0xcf, 0x7f, 255, 255, 255, 255, 255, 255, 255}, 9, true, true, INT64_MAX, INT64_MAX},
        {{0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0}, 9, true, false, UINT64_C(1) << 63, 0},
        {{0xcf, 255, 255, 255, 255, 255, 255, 255, 255}, 9, true, false, UINT64_MAX, 0},
        {{0xff}, 1, false, true, 0, -1},
        {{0xe0}, 1, false, true, 0, -32},
        {{0xd0, 0x80}, 2, false, true, 0, -128},
        {{0xd0, 0x05}, 2, false, true, 0, 5}, // positive in a signed form
        {{0xd1, 0x80, 0x00}, 3, false, true, 0, INT16_MIN},
        {{0xd2, 0x80, 0, 0, 0}, 5, false, true, 0, INT32_MIN},
        {{0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0}, 9, false, true, 0, INT64_MIN},
        {{0xca, 0, 0, 0, 0}, 5, false, false, 0, 0}, // floats are not understood
        {{0xcb, 0, 0, 0, 0, 0, 0, 0, 0}, 9, false, false, 0, 0},
        {{0xc0}, 1, false, false, 0, 0},
        {{0xc1}, 1, false, false, 0, 0},
        {{0xc2}, 1, false, false, 0, 0},
        {{0xa0}, 1, false, false, 0, 0},
        {{0x90}, 1, false, false, 0, 0},
        {{0x80}, 1, false, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t u64 = 99;
        int64_t i64 = 99;
        wire_t wire = over(cases[i].bytes, cases[i].size);
        wire_u64(&wire, &u64);
        assert_int_equal(wire_end(&wire) == FAIL_NONE, cases[i].is_u64);
        assert_true(u64 == cases[i].u64);
        wire = over(cases[i].bytes, cases[i].size);
        wire_i64(&wire, &i64);
        assert_int_equal(wire_end(&wire) == FAIL_NONE, cases[i].is_i64);
        assert_true(i64 == cases[i].i64);
        for (size_t cut = 0; cut < cases[i].size; cut++) { // truncated at every byte
            wire = over(cases[i].bytes, cut);
            wire_u64(&wire, &u64);
            assert_int_equal(wire.fail, FAIL_INVALID);
            wire = over(cases[i].bytes, cut);
            wire_i64(&wire, &i64);
            assert_int_equal(wire.fail, FAIL_INVALID);
            assert_int_equal(i64, 0);
        }
    }
}

static void packed_integers_read_back(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++)
        for (int around = -1; around <= 1; around++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)around, u64;
            int64_t i64;
            uint8_t bytes[32];
            pack_t pack;
            pack_start(&pack, bytes, sizeof bytes);
            pack_u64(&pack, value);
            pack_i64(&pack, (int64_t)value);
            wire_t wire = over(bytes, pack_end(&pack));
            wire_u64(&wire, &u64);
            wire_i64(&wire, &i64);
            assert_int_equal(wire_end(&wire), FAIL_NONE);
            assert_true(u64 == value && i64 == (int64_t)value);
        }
}

static void a_declared_count_beyond_the_bytes_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[6];
        size_t size;
    } bombs[] = {{{0xdd, 0x10, 0, 0, 0}, 5},
                 {{0xdd, 0xff, 0xff, 0xff, 0xff}, 5},
                 {{0xdc, 0xff, 0xff}, 3},
                 {{0x9f}, 1},
                 {{0xdf, 0x10, 0, 0, 0}, 5},
                 {{0xde, 0xff, 0xff}, 3},
                 {{0x8f}, 1},
                 {{0xc6, 0xff, 0xff, 0xff, 0xff}, 5},
                 {{0xc4, 0x01}, 2},
                 {{0xdb, 0xff, 0xff, 0xff, 0xff}, 5},
                 {{0xc9, 0xff, 0xff, 0xff, 0xff}, 5},
                 {{0xd8, 0x01}, 2},
                 {{0xdd, 0, 0, 0, 2, 0xc0}, 6}};
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        bytes_t bytes;
        text_t text;
        wire_t wire = over(bombs[i].bytes, bombs[i].size);
        assert_int_equal(wire_array(&wire, UINT32_MAX), 0);
        assert_int_equal(wire.fail, FAIL_INVALID);
        wire = over(bombs[i].bytes, bombs[i].size);
        wire_skip(&wire, 1);
        assert_int_equal(wire.fail, FAIL_INVALID);
        wire = over(bombs[i].bytes, bombs[i].size);
        wire_bytes(&wire, &bytes);
        assert_int_equal(wire.fail, FAIL_INVALID);
        assert_int_equal(bytes.size, 0);
        wire = over(bombs[i].bytes, bombs[i].size);
        wire_text(&wire, &text);
        assert_int_equal(wire.fail, FAIL_INVALID);
        assert_int_equal(text.size, 0);
    }
}

static void an_array_has_at_most_what_the_caller_takes(void **state)
{
    (void)state;
    static const uint8_t four[] = {0x94, 1, 2, 3, 4};
    wire_t wire = over(four, sizeof four);
    assert_int_equal(wire_array(&wire, 4), 4);
    wire = over(four, sizeof four);
    assert_int_equal(wire_array(&wire, 3), 0);
    assert_int_equal(wire.fail, FAIL_INVALID);
}

static void nesting_of_any_depth_is_skipped_without_recursion(void **state)
{
    (void)state;
    enum { DEPTH = 1 << 20 };
    uint8_t *deep = malloc(DEPTH + 1);
    assert_non_null(deep);
    memset(deep, 0x91, DEPTH);
    deep[DEPTH] = 0xc0;
    wire_t wire = over(deep, DEPTH + 1);
    wire_skip(&wire, 1);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    wire = over(deep, DEPTH); // the innermost value is missing
    wire_skip(&wire, 1);
    assert_int_equal(wire.fail, FAIL_INVALID);
    free(deep);
}

// One value of every kind, one after the other.
static const uint8_t kinds[] = {
    0x05, 0xff, 0xc0, 0xc2, 0xc3, 0xa1, 'a', 0x92, 1,    2,   0x81, 1,    2, 0xc4, 1,    9,
    0xc5, 0,    1,    9,    0xc6, 0,    0,   0,    1,    9,   0xc7, 1,    7, 9,    0xc8, 0,
    1,    7,    9,    0xc9, 0,    0,    0,   1,    7,    9,   0xca, 0,    0, 0,    0,    0xcb,
    0,    0,    0,    0,    0,    0,    0,   0,    0xcc, 1,   0xcd, 0,    1, 0xce, 0,    0,
    0,    1,    0xcf, 0,    0,    0,    0,   0,    0,    0,   1,    0xd0, 1, 0xd1, 0,    1,
    0xd2, 0,    0,    0,    1,    0xd3, 0,   0,    0,    0,   0,    0,    0, 1,    0xd4, 7,
    9,    0xd5, 7,    9,    9,    0xd6, 7,   9,    9,    9,   9,    0xd7, 7, 9,    9,    9,
    9,    9,    9,    9,    9,    0xd8, 7,   9,    9,    9,   9,    9,    9, 9,    9,    9,
    9,    9,    9,    9,    9,    9,    9,   0xd9, 1,    'a', 0xda, 0,    1, 'a',  0xdb, 0,
    0,    0,    1,    'a',  0xdc, 0,    1,   5,    0xdd, 0,   0,    0,    1, 5,    0xde, 0,
    1,    5,    5,    0xdf, 0,    0,    0,   1,    5,    5};
enum { KINDS = 36 };

static void every_kind_of_value_is_skipped_exactly(void **state)
{
    (void)state;
    wire_t wire = over(kinds, sizeof kinds);
    wire_skip(&wire, KINDS);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    wire = over(kinds, sizeof kinds);
    wire_skip(&wire, KINDS - 1);
    assert_int_equal(wire.fail, FAIL_NONE);
    assert_int_equal(wire_end(&wire), FAIL_INVALID); // one value is left
    for (size_t cut = 0; cut < sizeof kinds; cut++) {
        wire = over(kinds, cut);
        wire_skip(&wire, KINDS);
        assert_int_equal(wire.fail, FAIL_INVALID);
    }
    wire = over("\xc1", 1);
    wire_skip(&wire, 1);
    assert_int_equal(wire.fail, FAIL_INVALID);
}

static void text_is_str_without_nul_and_bytes_are_bin(void **state)
{
    (void)state;
    text_t text;
    bytes_t bytes;
    uid_t16 id;
    wire_t wire = over("\xa3"
                       "abc",
                       4);
    wire_text(&wire, &text);
    assert_true(!wire_end(&wire) && text_equal(text, text_of("abc")));
    wire = over("\xa3"
                "a\0c",
                4);
    wire_text(&wire, &text);
    assert_int_equal(wire.fail, FAIL_INVALID);
    wire = over("\xc4\x01"
                "a",
                3);
    wire_text(&wire, &text);
    assert_int_equal(wire.fail, FAIL_INVALID);
    wire = over("\xa1"
                "a",
                2);
    wire_bytes(&wire, &bytes);
    assert_int_equal(wire.fail, FAIL_INVALID);
    wire = over("\xc4\x00", 2);
    wire_bytes(&wire, &bytes);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    static const uint8_t fifteen[17] = {0xc4, 15}, wide[19] = {0xc5, 0, 16};
    wire = over(fifteen, sizeof fifteen);
    wire_uid(&wire, &id);
    assert_int_equal(wire.fail, FAIL_INVALID);
    wire = over(wide, sizeof wide); // an id has one form only
    wire_uid(&wire, &id);
    assert_int_equal(wire.fail, FAIL_INVALID);
}

static void the_first_failure_sticks_and_later_reads_are_zero(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0xc1, 5, 0xc3, 0xa1, 'a', 0xc4, 1, 9};
    wire_t wire = over(bytes, sizeof bytes);
    uint64_t u64 = 9;
    int64_t i64 = 9;
    bool flag = true;
    text_t text = text_of("x");
    bytes_t blob = {bytes, 1};
    uid_t16 id = {{1}};
    wire_u64(&wire, &u64);
    wire_i64(&wire, &i64);
    wire_flag(&wire, &flag);
    wire_text(&wire, &text);
    wire_bytes(&wire, &blob);
    wire_uid(&wire, &id);
    assert_int_equal(wire_array(&wire, 9), 0);
    assert_true(u64 == 0 && i64 == 0 && !flag && !text.size && !blob.size && uid_is_zero(&id));
    assert_int_equal(wire_left(&wire), 0);
    assert_int_equal(wire_end(&wire), FAIL_INVALID);
}

static void too_small_once_is_too_small_for_good(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0xee, 0xee, 0xee, 0xee};
    pack_t pack;
    pack_start(&pack, bytes, 3);
    pack_bytes(&pack, "abcd", 4);
    pack_u64(&pack, 1); // would fit
    assert_int_equal(pack_end(&pack), 0);
    assert_int_equal(bytes[3], 0xee);
}

static size_t pack_of(int kind, uint64_t value, uint8_t *out, size_t cap)
{
    static const uint8_t data[70000];
    pack_t pack;
    pack_start(&pack, out, cap);
    switch (kind) {
    case 'u':
        pack_u64(&pack, value);
        break;
    case 'i':
        pack_i64(&pack, (int64_t)value);
        break;
    case 'a':
        pack_array(&pack, value);
        break;
    case 'b':
        pack_bytes(&pack, data, value);
        break;
    case 't':
        pack_text(&pack, (text_t){(const char *)data, (uint32_t)value});
        break;
    case 'f':
        pack_flag(&pack, value);
        break;
    default:
        pack_nil(&pack);
    }
    return pack_end(&pack);
}

static void every_form_fits_into_its_size_and_into_no_less(void **state)
{
    (void)state;
    static uint8_t bytes[80000];
    static const struct {
        int kind;
        uint64_t value;
        size_t head, size;
    } cases[] = {
        {'u', 127, 1, 1},
        {'u', 128, 2, 2},
        {'u', 255, 2, 2},
        {'u', 256, 3, 3},
        {'u', 65535, 3, 3},
        {'u', 65536, 5, 5},
        {'u', UINT32_MAX, 5, 5},
        {'u', UINT64_C(1) << 32, 9, 9},
        {'i', 127, 1, 1},
        {'i', 200, 2, 2},
        {'i', 40000, 3, 3},
        {'i', 70000, 5, 5},
        {'i', INT64_MAX, 9, 9},
        {'i', (uint64_t)-32, 1, 1},
        {'i', (uint64_t)-33, 2, 2},
        {'i', (uint64_t)-129, 3, 3},
        {'i', (uint64_t)-40000, 5, 5},
        {'i', (uint64_t)INT64_MIN, 9, 9},
        {'a', 15, 1, 1},
        {'a', 16, 3, 3},
        {'a', 70000, 5, 5},
        {'b', 0, 2, 2},
        {'b', 255, 2, 257},
        {'b', 256, 3, 259},
        {'b', 70000, 5, 70005},
        {'t', 0, 1, 1},
        {'t', 31, 1, 32},
        {'t', 32, 2, 34},
        {'t', 256, 3, 259},
        {'t', 70000, 5, 70005},
        {'f', true, 1, 1},
        {'f', false, 1, 1},
        {'n', 0, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = cases[i].size;
        assert_int_equal(pack_of(cases[i].kind, cases[i].value, bytes, size), size);
        bytes[size - 1] = 0xee;
        assert_int_equal(pack_of(cases[i].kind, cases[i].value, bytes, size - 1), 0);
        assert_int_equal(bytes[size - 1], 0xee);
        for (size_t cap = 0; cap < cases[i].head; cap++)
            assert_int_equal(pack_of(cases[i].kind, cases[i].value, bytes, cap), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_fits_into_its_size_and_into_no_less),
        cmocka_unit_test(integers_of_all_widths_and_signs_are_read),
        cmocka_unit_test(packed_integers_read_back),
        cmocka_unit_test(a_declared_count_beyond_the_bytes_is_refused),
        cmocka_unit_test(an_array_has_at_most_what_the_caller_takes),
        cmocka_unit_test(nesting_of_any_depth_is_skipped_without_recursion),
        cmocka_unit_test(every_kind_of_value_is_skipped_exactly),
        cmocka_unit_test(text_is_str_without_nul_and_bytes_are_bin),
        cmocka_unit_test(the_first_failure_sticks_and_later_reads_are_zero),
        cmocka_unit_test(too_small_once_is_too_small_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
