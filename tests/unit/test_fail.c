#include "proto/fail.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

// Numbers are on the wire and in journals: this list is appended to, never edited.
static void numbers_never_change(void **state)
{
    (void)state;
    static const char *const names[] = {
        "NONE",    "INVALID", "CONFLICT",  "MISSING",  "OVERFLOW",
        "DENIED",  "FULL",    "STORE",     "CORRUPT",  "LATER",
        "GAP",     "HISTORY", "EXPIRED",   "FUTURE",   "UNKNOWN_ACCOUNT",
        "STATE",   "VERSION", "SIGNATURE", "MISMATCH", "FENCED",
        "CLOCK",   "TIMEOUT", "CONFIG",    "TARIFF",   "BILLED",
        "DELETED", "LIMIT"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_string_equal(fail_name((fail_t)i) + strlen("FAIL_"), names[i]);
        assert_string_not_equal(fail_text((fail_t)i), "unknown failure");
    }
    assert_string_equal(fail_text((fail_t)255), "unknown failure");
    assert_string_equal(fail_name((fail_t)255), "FAIL_UNKNOWN");
}

static void only_what_may_pass_is_tried_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        bool want = i == FAIL_FULL || i == FAIL_STORE || i == FAIL_LATER || i == FAIL_CLOCK ||
                    i == FAIL_TIMEOUT;
        assert_int_equal(fail_retry((fail_t)i), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_never_change),
        cmocka_unit_test(only_what_may_pass_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
