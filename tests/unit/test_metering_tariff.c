#include "services/metering/metering_tariff.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static tariffs_t tariffs;

static int setup(void **state)
{
    (void)state;
    tariffs = (tariffs_t){0};
    tariff_define(&tariffs, text_of("small"), 100, 0);
    tariff_define(&tariffs, text_of("large"), 900, 50);
    tariff_define(&tariffs, text_of("small"), 300, 3000);
    tariff_define(&tariffs, text_of("small"), 200, 2000); // defined later, valid earlier
    tariff_define(&tariffs, text_of("small"), 310, 3000); // corrects the one before it
    return 0;
}

static void a_minute_is_priced_by_the_version_valid_then(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        instant_t minute;
        kopecks_t price; // 0: none is valid
    } table[] = {
        {"small", 0, 100},    {"small", 1999, 100},  {"small", 2000, 200}, {"small", 2999, 200},
        {"small", 3000, 310}, {"small", 99999, 310}, {"large", 49, 0},     {"large", 50, 900},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint16_t code = tariff_code(&tariffs, text_of(table[i].code));
        assert_int_not_equal(code, 0);
        uint16_t version = tariff_at(&tariffs, code, table[i].minute);
        assert_int_equal(version ? tariff_version(&tariffs, version)->price : 0, table[i].price);
    }
}

static void the_next_version_begins_when_one_does(void **state)
{
    (void)state;
    uint16_t small = tariff_code(&tariffs, text_of("small"));
    assert_int_equal(tariff_next(&tariffs, small, -1), 0);
    assert_int_equal(tariff_next(&tariffs, small, 0), 2000);
    assert_int_equal(tariff_next(&tariffs, small, 2000), 3000);
    assert_int_equal(tariff_next(&tariffs, small, 3000), INT64_MAX);
    tariff_withdraw(&tariffs, 4);
    assert_int_equal(tariff_next(&tariffs, small, 0), 3000);
}

static void codes_are_found_whole_or_not_at_all(void **state)
{
    (void)state;
    assert_int_equal(tariff_code(&tariffs, text_of("small")), 1);
    assert_int_equal(tariff_code(&tariffs, text_of("large")), 2);
    assert_int_equal(tariff_code(&tariffs, text_of("smal")), 0);
    assert_int_equal(tariff_code(&tariffs, text_of("smalls")), 0);
    assert_int_equal(tariff_code(&tariffs, text_of("")), 0);
    assert_true(text_equal(tariff_text(&tariffs, 4), text_of("small")));
}

static void a_code_of_the_greatest_length_is_kept_whole(void **state)
{
    (void)state;
    const text_t code = text_of("0123456789abcdef0123456789abcdef");
    assert_int_equal(code.size, TARIFF_CODE_MAX);
    tariff_define(&tariffs, code, 7, 0);
    assert_true(text_equal(tariff_text(&tariffs, 6), code));
    assert_int_equal(tariff_code(&tariffs, code), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_minute_is_priced_by_the_version_valid_then, setup),
        cmocka_unit_test_setup(the_next_version_begins_when_one_does, setup),
        cmocka_unit_test_setup(codes_are_found_whole_or_not_at_all, setup),
        cmocka_unit_test_setup(a_code_of_the_greatest_length_is_kept_whole, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
