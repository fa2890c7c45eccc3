// test_ledger_sla - what a missed service level is worth, and its limit.
#include "services/ledger/ledger_sla.h"
#include "documents_fixture.h"

static void a_percent_of_the_use_rounded_down_within_what_was_paid(void **state)
{
    (void)state;
    static const struct {
        ledger_sla_t sla;
        kopecks_t grant;
    } cases[] = {
        {{234567, 20, 500000, 0}, 46913},   // 469.134
        {{234569, 20, 500000, 0}, 46913},   // 469.138
        {{3000000, 20, 500000, 0}, 500000}, // 6000.00, of which 5000.00 were paid
        {{3000000, 50, 500000, 0}, 500000},
        {{250000, 20, 50000, 0}, 50000}, // exactly what was paid
        {{250005, 20, 50000, 0}, 50000},
        {{249995, 20, 50000, 0}, 49999},
        {{100000, 20, 50000, 45000}, 5000}, // 200.00, of which 50.00 are left
        {{100000, 20, 50000, 50000}, 0},
        {{100000, 20, 50000, 60000}, 0}, // more than paid was given: nothing is taken back
        {{100000, 20, 0, 0}, 0},         // a welcome bonus alone was used
        {{0, 50, 50000, 0}, 0},
        {{100000, 0, 50000, 0}, 0},
        {{4, 20, 50000, 0}, 0}, // 0.8 of a kopeck
        {{5, 20, 50000, 0}, 1},
        {{199, 50, 50000, 0}, 99},
        {{INT64_MAX, 100, INT64_MAX, 0}, INT64_MAX},
        // 9223372036854775807 x 99 / 100 = 9131138316486228048.9
        {{INT64_MAX, 99, INT64_MAX, 0}, INT64_C(9131138316486228048)},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        kopecks_t grant = -7;
        assert_true(ledger_sla_grant(&cases[i].sla, &grant));
        assert_true(grant == cases[i].grant);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const ledger_sla_t bad[] = {
        {-1, 20, 1, 0}, {1, 101, 1, 0}, {1, 20, -1, 0}, {1, 20, 1, -1}};
    kopecks_t grant = -7;
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(ledger_sla_grant(&bad[i], &grant));
    assert_int_equal(grant, -7);
}

static void below_the_level_it_is_20_and_for_lost_data_50(void **state)
{
    (void)state;
    static const struct {
        uint64_t up, all;
        bool lost;
        uint32_t percent;
    } cases[] = {
        {42984, 43200, false, 0},  // 99.5 % of 30 days: 216 minutes down
        {42983, 43200, false, 20}, // one more
        {43200, 43200, false, 0},  {43200, 43200, true, 50}, {0, 43200, true, 50},
        {0, 43200, false, 20},     {0, 0, false, 0}, // nothing ran
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(ledger_sla_percent(cases[i].up, cases[i].all, cases[i].lost),
                         cases[i].percent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percent_of_the_use_rounded_down_within_what_was_paid),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(below_the_level_it_is_20_and_for_lost_data_50),
    };
    return cmocka_run_group_tests_name("ledger_sla", tests, NULL, NULL);
}
