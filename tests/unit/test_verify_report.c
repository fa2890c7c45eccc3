// Checks are counted rule by rule, however many rules the journals of a platform have.
#include "tools/kopeck/verify_report.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { RULES = 600, NAME = 16 };

// A platform that used every rule had more of them than there once was room for.
static void hundreds_of_rules_are_told_apart(void **state)
{
    (void)state;
    static verify_report_t report;
    static char names[RULES][NAME];
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < RULES; i++) {
            snprintf(names[i], NAME, "rule %d", i);
            (void)verify_equal(&report, names[i], STREAM_LEDGER, 1, 0, i == RULES - 1);
        }
    assert_int_equal(report.rules_count, RULES);
    assert_int_equal(report.checked, 2 * RULES);
    assert_int_equal(verify_violations(&report, "rule 0"), 0);
    assert_int_equal(verify_violations(&report, "rule 599"), 2);
}

// The same words at two addresses are one rule.
static void a_rule_is_known_by_its_words(void **state)
{
    (void)state;
    static verify_report_t report;
    char first[] = "one rule", second[] = "one rule";
    (void)verify_equal(&report, first, STREAM_LEDGER, 1, 0, 1);
    (void)verify_equal(&report, second, STREAM_LEDGER, 2, 0, 0);
    assert_int_equal(report.rules_count, 1);
    assert_int_equal(verify_violations(&report, "one rule"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hundreds_of_rules_are_told_apart),
        cmocka_unit_test(a_rule_is_known_by_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
