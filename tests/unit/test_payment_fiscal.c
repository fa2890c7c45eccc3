// test_payment_fiscal - what the receipts of a top-up say, and when there are any.
#include "services/payment/payment_fiscal.h"
#include "documents_fixture.h"

static day_t on(const char *text)
{
    day_t day = 0;
    assert_true(day_parse(span_of(text), &day));
    return day;
}

// A provider that pays the full rate from 2019 on.
static payment_fiscal_policy_t full(void)
{
    static payment_fiscal_regime_t regime;
    regime = (payment_fiscal_regime_t){on("2019-01-01"), ROBOKASSA_SNO_OSN, PAYMENT_FISCAL_FULL};
    return (payment_fiscal_policy_t){&regime, 1};
}

static payment_fiscal_use_t cash(kopecks_t sum, const char *served)
{
    return (payment_fiscal_use_t){LOT_CASH, sum, on(served)};
}

static payment_fiscal_lot_t lot_of(kopecks_t sum, const char *came)
{
    return (payment_fiscal_lot_t){.sum = sum, .came = on(came)};
}

static void a_topup_is_an_advance_at_the_calculated_rate_of_its_day(void **state)
{
    (void)state;
    static const struct {
        const char *came;
        robokassa_tax_t tax;
        kopecks_t vat;
    } cases[] = {
        {"2026-06-01", ROBOKASSA_TAX_VAT122, 9016}, // 50000 x 22 / 122 = 9016.4
        {"2026-01-01", ROBOKASSA_TAX_VAT122, 9016},
        {"2025-12-31", ROBOKASSA_TAX_VAT120, 8333}, // 50000 x 20 / 120 = 8333.3
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        payment_fiscal_lot_t lot = lot_of(50000, cases[i].came);
        payment_fiscal_t receipt;
        assert_int_equal(payment_fiscal_first(full(), &lot, &receipt), PAYMENT_FISCAL_SAYS);
        assert_false(receipt.back);
        assert_int_equal(receipt.sno, ROBOKASSA_SNO_OSN);
        assert_int_equal(receipt.method, ROBOKASSA_METHOD_ADVANCE);
        assert_int_equal(receipt.object, ROBOKASSA_OBJECT_PAYMENT);
        assert_int_equal(receipt.tax, cases[i].tax);
        assert_int_equal(receipt.sum, 50000);
        assert_int_equal(receipt.offset, 0);
        assert_int_equal(receipt.vat, cases[i].vat);
    }
}

static void the_regime_is_dated_policy(void **state)
{
    (void)state;
    const payment_fiscal_regime_t regimes[] = {
        {on("2024-01-01"), ROBOKASSA_SNO_USN_INCOME, PAYMENT_FISCAL_NONE},
        {on("2026-01-01"), ROBOKASSA_SNO_USN_INCOME, PAYMENT_FISCAL_5},
        {on("2027-01-01"), ROBOKASSA_SNO_USN_INCOME, PAYMENT_FISCAL_7},
        {on("2028-01-01"), ROBOKASSA_SNO_OSN, PAYMENT_FISCAL_FULL}};
    const payment_fiscal_policy_t policy = {regimes, LENGTH(regimes)};
    const struct {
        const char *day;
        robokassa_sno_t sno;
        robokassa_tax_t advance, service;
        kopecks_t vat;
    } cases[] = {
        {"2024-01-01", ROBOKASSA_SNO_USN_INCOME, ROBOKASSA_TAX_NONE, ROBOKASSA_TAX_NONE, 0},
        {"2025-12-31", ROBOKASSA_SNO_USN_INCOME, ROBOKASSA_TAX_NONE, ROBOKASSA_TAX_NONE, 0},
        {"2026-01-01", ROBOKASSA_SNO_USN_INCOME, ROBOKASSA_TAX_VAT105, ROBOKASSA_TAX_VAT5, 4762},
        {"2027-06-01", ROBOKASSA_SNO_USN_INCOME, ROBOKASSA_TAX_VAT107, ROBOKASSA_TAX_VAT7, 6542},
        {"2028-01-01", ROBOKASSA_SNO_OSN, ROBOKASSA_TAX_VAT122, ROBOKASSA_TAX_VAT22, 18033},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        payment_fiscal_use_t use = cash(100000, cases[i].day);
        payment_fiscal_lot_t lot = lot_of(100000, cases[i].day);
        payment_fiscal_t receipt;
        assert_int_equal(payment_fiscal_first(policy, &lot, &receipt), PAYMENT_FISCAL_SAYS);
        assert_int_equal(receipt.sno, cases[i].sno);
        assert_int_equal(receipt.tax, cases[i].advance);
        assert_int_equal(receipt.vat, cases[i].vat);
        lot.uses = &use;
        lot.uses_count = 1;
        assert_int_equal(payment_fiscal_second(policy, &lot, &receipt), PAYMENT_FISCAL_SAYS);
        assert_int_equal(receipt.tax, cases[i].service);
        assert_int_equal(receipt.vat, cases[i].vat);
    }
    payment_fiscal_lot_t before = lot_of(100, "2023-12-31");
    payment_fiscal_t receipt = {.sum = 7};
    assert_int_equal(payment_fiscal_first(policy, &before, &receipt), PAYMENT_FISCAL_REFUSED);
    assert_int_equal(receipt.sum, 7);
}

static void the_offset_is_one_when_nothing_of_the_lot_is_left(void **state)
{
    (void)state;
    const struct {
        kopecks_t used[2], refunded;
        bool closed, offset;
        payment_fiscal_verdict_t verdict;
        kopecks_t sum, vat;
    } cases[] = {
        {{20000}, 0, false, false, PAYMENT_FISCAL_NOTHING, 0, 0},
        {{20000, 29999}, 0, false, false, PAYMENT_FISCAL_NOTHING, 0, 0},
        {{20000, 30000}, 0, false, false, PAYMENT_FISCAL_SAYS, 50000, 9016},
        {{20000, 30000}, 0, false, true, PAYMENT_FISCAL_NOTHING, 0, 0}, // never again
        {{10000, 20000}, 20000, false, false, PAYMENT_FISCAL_SAYS, 30000, 5410},
        {{10000, 20000}, 19999, false, false, PAYMENT_FISCAL_NOTHING, 0, 0},
        {{0}, 50000, false, false, PAYMENT_FISCAL_NOTHING, 0, 0},    // no service was given
        {{20000}, 0, true, false, PAYMENT_FISCAL_SAYS, 20000, 3607}, // the account was closed
        {{0}, 0, true, false, PAYMENT_FISCAL_NOTHING, 0, 0},
        {{20000, 30001}, 0, false, false, PAYMENT_FISCAL_REFUSED, 0, 0},
        {{20000, 30000}, 1, false, false, PAYMENT_FISCAL_REFUSED, 0, 0},
        {{20000}, -1, false, false, PAYMENT_FISCAL_REFUSED, 0, 0},
        {{20000}, 50001, false, false, PAYMENT_FISCAL_REFUSED, 0, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        payment_fiscal_use_t uses[] = {cash(cases[i].used[0], "2026-06-01"),
                                       cash(cases[i].used[1], "2026-07-01")};
        payment_fiscal_lot_t lot = lot_of(50000, "2026-05-30");
        lot.refunded = cases[i].refunded;
        lot.uses = uses;
        lot.uses_count = (size_t)(uses[0].sum > 0) + (uses[1].sum > 0);
        lot.closed = cases[i].closed;
        lot.offset = cases[i].offset;
        payment_fiscal_t receipt = {.sum = -7};
        assert_int_equal(payment_fiscal_second(full(), &lot, &receipt), cases[i].verdict);
        if (cases[i].verdict != PAYMENT_FISCAL_SAYS) {
            assert_int_equal(receipt.sum, -7);
            continue;
        }
        assert_false(receipt.back);
        assert_int_equal(receipt.method, ROBOKASSA_METHOD_FULL_PAYMENT);
        assert_int_equal(receipt.object, ROBOKASSA_OBJECT_SERVICE);
        assert_int_equal(receipt.tax, ROBOKASSA_TAX_VAT22);
        assert_int_equal(receipt.sum, cases[i].sum);
        assert_int_equal(receipt.offset, cases[i].sum);
        assert_int_equal(receipt.vat, cases[i].vat);
    }
}

static void services_of_two_rates_are_for_people(void **state)
{
    (void)state;
    payment_fiscal_t receipt = {.sum = -7};
    payment_fiscal_use_t uses[] = {cash(20000, "2025-12-31"), cash(30000, "2026-01-01")};
    payment_fiscal_lot_t lot = lot_of(50000, "2025-12-01");
    lot.uses = uses;
    lot.uses_count = 2;
    assert_int_equal(payment_fiscal_second(full(), &lot, &receipt), PAYMENT_FISCAL_SEVERAL);
    assert_int_equal(receipt.sum, -7);
    // What came at 20/120 and was wholly used later is of the later rate.
    uses[0].served = on("2026-01-01");
    assert_int_equal(payment_fiscal_second(full(), &lot, &receipt), PAYMENT_FISCAL_SAYS);
    assert_int_equal(receipt.tax, ROBOKASSA_TAX_VAT22);
    // Two systems of one rate are no receipt either.
    const payment_fiscal_regime_t regimes[] = {
        {on("2026-01-01"), ROBOKASSA_SNO_USN_INCOME, PAYMENT_FISCAL_FULL},
        {on("2026-02-01"), ROBOKASSA_SNO_OSN, PAYMENT_FISCAL_FULL}};
    uses[1].served = on("2026-02-01");
    assert_int_equal(payment_fiscal_second((payment_fiscal_policy_t){regimes, 2}, &lot, &receipt),
                     PAYMENT_FISCAL_SEVERAL);
    uses[0].served = on("2025-12-31");
    assert_int_equal(payment_fiscal_second((payment_fiscal_policy_t){regimes, 2}, &lot, &receipt),
                     PAYMENT_FISCAL_REFUSED);
}

static void a_refund_returns_the_advance_at_its_own_rate(void **state)
{
    (void)state;
    payment_fiscal_use_t use = cash(30000, "2026-02-01");
    payment_fiscal_lot_t lot = lot_of(50000, "2025-12-31");
    payment_fiscal_t receipt = {.sum = -7};
    lot.uses = &use;
    lot.uses_count = 1;
    assert_int_equal(payment_fiscal_refund(full(), &lot, 20001, &receipt), PAYMENT_FISCAL_REFUSED);
    assert_int_equal(payment_fiscal_refund(full(), &lot, 0, &receipt), PAYMENT_FISCAL_REFUSED);
    assert_int_equal(receipt.sum, -7);
    assert_int_equal(payment_fiscal_refund(full(), &lot, 20000, &receipt), PAYMENT_FISCAL_SAYS);
    assert_true(receipt.back);
    assert_int_equal(receipt.method, ROBOKASSA_METHOD_ADVANCE);
    assert_int_equal(receipt.object, ROBOKASSA_OBJECT_PAYMENT);
    assert_int_equal(receipt.tax, ROBOKASSA_TAX_VAT120);
    assert_int_equal(receipt.offset, 0);
    assert_int_equal(receipt.vat, 3333); // 20000 x 20 / 120
    lot.refunded = 1;
    assert_int_equal(payment_fiscal_refund(full(), &lot, 20000, &receipt), PAYMENT_FISCAL_REFUSED);
}

static void a_bonus_is_on_no_receipt(void **state)
{
    (void)state;
    kopecks_t paid = -7;
    payment_fiscal_use_t uses[] = {{LOT_BONUS, 3000, on("2025-06-01")}, cash(7000, "2026-06-01")};
    assert_true(payment_fiscal_paid(uses, 2, &paid));
    assert_int_equal(paid, 7000);
    assert_true(payment_fiscal_paid(uses, 1, &paid));
    assert_int_equal(paid, 0);
    payment_fiscal_lot_t lot = lot_of(7000, "2026-05-30");
    payment_fiscal_t receipt;
    lot.uses = uses;
    lot.uses_count = 2;
    assert_int_equal(payment_fiscal_second(full(), &lot, &receipt), PAYMENT_FISCAL_SAYS);
    assert_int_equal(receipt.sum, 7000);
    assert_int_equal(receipt.tax, ROBOKASSA_TAX_VAT22); // the day of what money paid
    uses[0].sum = 0;
    assert_false(payment_fiscal_paid(uses, 2, &paid));
    payment_fiscal_use_t many[] = {cash(INT64_MAX, "2026-06-01"), cash(1, "2026-06-01")};
    assert_false(payment_fiscal_paid(many, 2, &paid));
    assert_int_equal(paid, 0);
}

static void sums_and_rates_that_cannot_be_are_refused(void **state)
{
    (void)state;
    payment_fiscal_t receipt = {.sum = -7};
    payment_fiscal_lot_t lot = lot_of(0, "2026-05-30");
    assert_int_equal(payment_fiscal_first(full(), &lot, &receipt), PAYMENT_FISCAL_REFUSED);
    assert_int_equal(payment_fiscal_second(full(), &lot, &receipt), PAYMENT_FISCAL_REFUSED);
    assert_int_equal(payment_fiscal_refund(full(), &lot, 1, &receipt), PAYMENT_FISCAL_REFUSED);
    payment_fiscal_use_t nothing = cash(0, "2026-06-01");
    lot = (payment_fiscal_lot_t){.sum = 100, .came = lot.came, .uses = &nothing, .uses_count = 1};
    assert_int_equal(payment_fiscal_second(full(), &lot, &receipt), PAYMENT_FISCAL_REFUSED);
    // 18 percent stand on no receipt of today.
    const payment_fiscal_regime_t old = {on("2010-01-01"), ROBOKASSA_SNO_OSN, PAYMENT_FISCAL_FULL};
    lot = lot_of(100, "2018-12-31");
    assert_int_equal(payment_fiscal_first((payment_fiscal_policy_t){&old, 1}, &lot, &receipt),
                     PAYMENT_FISCAL_REFUSED);
    assert_int_equal(payment_fiscal_first((payment_fiscal_policy_t){NULL, 0}, &lot, &receipt),
                     PAYMENT_FISCAL_REFUSED);
    assert_int_equal(receipt.sum, -7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_topup_is_an_advance_at_the_calculated_rate_of_its_day),
        cmocka_unit_test(the_regime_is_dated_policy),
        cmocka_unit_test(the_offset_is_one_when_nothing_of_the_lot_is_left),
        cmocka_unit_test(services_of_two_rates_are_for_people),
        cmocka_unit_test(a_refund_returns_the_advance_at_its_own_rate),
        cmocka_unit_test(a_bonus_is_on_no_receipt),
        cmocka_unit_test(sums_and_rates_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests_name("payment_fiscal", tests, NULL, NULL);
}
