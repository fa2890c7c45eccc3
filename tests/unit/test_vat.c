// test_vat - the tax within a sum, in integers; lines add up to their document.
#include "services/documents/vat.h"
#include "documents_fixture.h"

static void the_tax_within_a_sum(void **state)
{
    (void)state;
    static const struct {
        kopecks_t gross;
        uint32_t rate;
        kopecks_t tax;
    } cases[] = {
        {100000, 22, 18033},
        {50000, 22, 9016},
        {50000, 20, 8333},
        {100000, 5, 4762},
        {100000, 7, 6542},
        {3, 20, 1},
        {3, 22, 1},
        {1, 22, 0},
        {0, 22, 0},
        {100000, 0, 0},
        {200, 100, 100},
        {14000000, 22, 2524590},
        // 2^63 - 1 = 75601410138153900 x 122 + 7, and no product on the way leaves int64
        {INT64_MAX, 22, 1663231023039385801},
        {INT64_MAX, 100, 4611686018427387904},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        kopecks_t tax = -7;
        assert_true(vat_of(cases[i].gross, cases[i].rate, &tax));
        assert_int_equal(tax, cases[i].tax);
    }
}

static void what_is_no_sum_or_rate_is_refused(void **state)
{
    (void)state;
    kopecks_t tax = -7, taxes[2] = {-7, -7}, total = -7;
    assert_false(vat_of(-1, 22, &tax));
    assert_false(vat_of(1, 101, &tax));
    assert_int_equal(tax, -7);
    assert_false(vat_of_lines((const kopecks_t[]){5, -1}, 2, 22, taxes, &total));
    assert_false(vat_of_lines((const kopecks_t[]){INT64_MAX, 1}, 2, 22, taxes, &total));
    assert_false(vat_of_lines((const kopecks_t[]){1, 1}, 2, 101, taxes, &total));
    assert_int_equal(taxes[0], -7);
    assert_int_equal(total, -7);
}

static void lines_add_up_to_the_document(void **state)
{
    (void)state;
    kopecks_t taxes[3], total;
    assert_true(vat_of_lines((const kopecks_t[]){29000, 17000, 12345}, 3, 22, taxes, &total));
    assert_int_equal(taxes[0], 5230);
    assert_int_equal(taxes[1], 3065);
    assert_int_equal(taxes[2], 2226);
    assert_int_equal(total, 10521);
    assert_true(vat_of_lines(NULL, 0, 22, NULL, &total));
    assert_int_equal(total, 0);
}

// Of any lines the taxes sum to the document's, none is below nought, and none is more than a
// kopeck from its own.
static void any_lines_add_up(void **state)
{
    (void)state;
    static const uint32_t rates[] = {5, 7, 10, 20, 22};
    uint64_t seed = 20260831;
    for (int round = 0; round < 20000; round++) {
        kopecks_t lines[12], taxes[12], total, sum = 0, gross = 0, whole;
        size_t count = (size_t)(round % 12) + 1;
        uint32_t rate = rates[round % 5];
        for (size_t i = 0; i < count; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            lines[i] = (kopecks_t)(seed >> 40);
            gross += lines[i];
        }
        assert_true(vat_of_lines(lines, count, rate, taxes, &total));
        for (size_t i = 0; i < count; i++) {
            kopecks_t own;
            assert_true(vat_of(lines[i], rate, &own));
            assert_true(taxes[i] >= 0 && taxes[i] >= own - 1 && taxes[i] <= own + 1);
            sum += taxes[i];
        }
        assert_true(vat_of(gross, rate, &whole));
        assert_true(sum == total && whole == total);
    }
}

static void the_rate_is_dated_policy(void **state)
{
    (void)state;
    static const struct {
        uint32_t year, month, day, rate;
    } cases[] = {{2026, 1, 1, 22}, {2025, 12, 31, 20}, {2019, 1, 1, 20}, {2018, 12, 31, 18},
                 {2004, 1, 1, 18}, {2003, 12, 31, 20}, {2030, 6, 1, 22}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        day_t day;
        assert_true(day_of(cases[i].year, cases[i].month, cases[i].day, &day));
        assert_int_equal(vat_rate_on(day), cases[i].rate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tax_within_a_sum),
        cmocka_unit_test(any_lines_add_up),
        cmocka_unit_test(what_is_no_sum_or_rate_is_refused),
        cmocka_unit_test(lines_add_up_to_the_document),
        cmocka_unit_test(the_rate_is_dated_policy),
    };
    return cmocka_run_group_tests_name("vat", tests, NULL, NULL);
}
