#include "services/process/uuid7.h"
#include "proto/field.h"
#include <time.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

// RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
static void the_example_of_the_rfc_comes_out(void **state)
{
    (void)state;
    const uint8_t random[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    uid_t16 id = uuid7_of(INT64_C(1645557742000) * 1000, random);
    char text[UID_TEXT_SIZE];
    uid_format(&id, text);
    assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void version_and_variant_hide_no_other_bits(void **state)
{
    (void)state;
    const uint8_t ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    uid_t16 id = uuid7_of(0, ones);
    assert_int_equal(id.bytes[6], 0x7f);
    assert_int_equal(id.bytes[8], 0xbf);
    assert_true(uuid7_is(&id));
    id.bytes[6] = 0x4f;
    assert_false(uuid7_is(&id));
    id.bytes[6] = 0x7f;
    id.bytes[8] = 0xff;
    assert_false(uuid7_is(&id));
}

static void time_comes_back_to_the_millisecond(void **state)
{
    (void)state;
    const uint8_t zero[10] = {0};
    instant_t at = INT64_C(1795382465123) * 1000;
    uid_t16 id = uuid7_of(at + 999, zero);
    assert_int_equal(uuid7_time(&id), at);
}

static void new_ids_are_of_now_and_differ(void **state)
{
    (void)state;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uid_t16 a = uuid7_new(), b = uuid7_new();
    assert_true(uuid7_is(&a));
    assert_false(uid_equal(&a, &b));
    instant_t gap = uuid7_time(&a) - (instant_t)now.tv_sec * SECOND_US;
    assert_true(gap >= -SECOND_US && gap < 60 * SECOND_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_comes_out),
        cmocka_unit_test(version_and_variant_hide_no_other_bits),
        cmocka_unit_test(time_comes_back_to_the_millisecond),
        cmocka_unit_test(new_ids_are_of_now_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
