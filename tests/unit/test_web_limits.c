// How often somebody may ask.
#include "services/web/web_limits.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static web_limits_t limits;

static void a_burst_is_taken_and_comes_back_one_by_one(void **state)
{
    (void)state;
    static const uint8_t one[LIMITS_KEY_SIZE] = {1}, two[LIMITS_KEY_SIZE] = {2};
    for (int i = 0; i < 5; i++)
        assert_int_equal(web_limits_take(&limits, one, 200, 5, 1000), 0);
    assert_int_equal(web_limits_take(&limits, one, 200, 5, 1000), 200);
    assert_int_equal(web_limits_take(&limits, two, 200, 5, 1000), 0);
    assert_int_equal(web_limits_take(&limits, one, 200, 5, 1150), 50);
    assert_int_equal(web_limits_take(&limits, one, 200, 5, 1200), 0);
    assert_int_equal(web_limits_take(&limits, one, 200, 5, 1200), 200);
    for (int i = 0; i < 5; i++)
        assert_int_equal(web_limits_take(&limits, one, 200, 5, 100000), 0);
    assert_true(web_limits_take(&limits, one, 200, 5, 100000) > 0);
}

static void a_crowd_of_keys_shuts_nobody_out(void **state)
{
    (void)state;
    uint8_t key[LIMITS_KEY_SIZE] = {3};
    for (uint32_t i = 0; i < 100000; i++) {
        memcpy(key + 1, &i, sizeof i);
        assert_int_equal(web_limits_take(&limits, key, 200, 1, 200000), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_taken_and_comes_back_one_by_one),
        cmocka_unit_test(a_crowd_of_keys_shuts_nobody_out),
    };
    return cmocka_run_group_tests_name("web_limits", tests, NULL, NULL);
}
