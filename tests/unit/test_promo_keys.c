// The keys of promo codes' HMACs as they are handed over.
#include "services/payment/promo_keys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define ONE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define TWO "202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void keys_are_read_in_their_order(void **state)
{
    (void)state;
    promo_keys_t keys;
    const char *wrong = "";
    assert_true(promo_keys_read(SPAN("1:" ONE), &keys, &wrong));
    assert_null(wrong);
    assert_int_equal(keys.count, 1);
    assert_true(promo_keys_read(SPAN("1:" ONE " 255:" TWO), &keys, &wrong));
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.keys[1].version, 255);
    for (unsigned i = 0; i < PROMO_KEY_SIZE; i++) {
        assert_int_equal(keys.keys[0].bytes[i], i);
        assert_int_equal(keys.keys[1].bytes[i], 0x20 + i);
    }
}

static void what_is_no_list_of_keys_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "1",
        "1:",
        ":" ONE,
        ONE,
        "0:" ONE,
        "256:" ONE,
        "99999999999:" ONE,
        "-1:" ONE,
        "1:" ONE "0",
        "1:" ONE " ",
        "1:" ONE "  2:" TWO,
        "1:" ONE "\t2:" TWO,
        "1:" ONE " 1:" TWO,
        "2:" ONE " 1:" TWO,
        "1:0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "1:" ONE " 2:" ONE " 3:" ONE " 4:" ONE " 5:" ONE};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        promo_keys_t keys = {.count = 77};
        const char *wrong = NULL;
        assert_false(promo_keys_read(span_of(bad[i]), &keys, &wrong));
        assert_non_null(wrong);
        assert_int_equal(keys.count, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read_in_their_order),
        cmocka_unit_test(what_is_no_list_of_keys_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
