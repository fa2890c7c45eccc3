// Settings that cannot work are refused before the first customer meets them.
#include "tests/model/payment_moves.h"

static void settings_that_cannot_work_are_refused(void **state)
{
    world_t *w = *state;
    const char *detail = NULL;
    payment_settings_t good = w->settings, bad[16];
    size_t count = 0;
    assert_int_equal(payment_settings_check(&good, &detail), FAIL_NONE);
#define ROW(field, value) bad[count] = good, bad[count++].field = (value)
    ROW(shop.password2, good.shop.password1);
    ROW(shop.payment_url, (span_t){0});
    ROW(shop.recurring_url, (span_t){0});
    ROW(shop.state_url, (span_t){0});
    ROW(receipt.name, (span_t){0});
    ROW(requests_max, 0);
    ROW(requests_max, DUE_REQUESTS_MAX + 1);
    ROW(timeout_ms, 0);
    ROW(topup_max_rub, 0);
    ROW(topup_max_rub, 10000001);
    ROW(refunds.password3, SPAN("short"));
    ROW(refunds.password3, good.shop.password1);
    ROW(refunds.url, (span_t){0});
    ROW(refunds.state_url, (span_t){0});
#undef ROW
    for (size_t i = 0; i < count; i++) {
        detail = NULL;
        assert_int_equal(payment_settings_check(&bad[i], &detail), FAIL_CONFIG);
        assert_non_null(detail);
    }
    good.refunds.password3 = (span_t){0}; // nothing is refunded then
    assert_int_equal(payment_settings_check(&good, &detail), FAIL_NONE);
    good.requests_max = DUE_REQUESTS_MAX;
    good.topup_max_rub = 10000000;
    assert_int_equal(payment_settings_check(&good, &detail), FAIL_NONE);
}

// Receipts of one's own need both addresses and words that may stand on them, or nothing of it.
static void receipts_that_could_not_be_said_are_refused(void **state)
{
    world_t *w = *state;
    const char *detail = NULL;
    payment_settings_t good = w->settings, bad;
    good.fiscal = (payment_fiscal_settings_t){.url = SPAN("https://robokassa.test/Attach"),
                                              .state_url = SPAN("https://robokassa.test/Status"),
                                              .name = SPAN("Услуги"),
                                              .site = SPAN("https://shop.test")};
    assert_int_equal(payment_settings_check(&good, &detail), FAIL_NONE);
    bad = good;
    bad.fiscal.state_url = (span_t){0};
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad = good;
    bad.fiscal.url = (span_t){0};
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad.fiscal.state_url = (span_t){0}; // none at all
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_NONE);
    bad = good;
    bad.fiscal.site = SPAN("a\nb");
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad = good;
    bad.fiscal.name = (span_t){0};
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad = good;
    bad.fiscal.contact = text_of("shop");
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad.fiscal.contact = text_of("receipts@shop.example");
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_NONE);
    bad = good;
    bad.refunds.password3 = good.shop.password2;
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    assert_non_null(strstr(detail, "password 3 of 8 characters that is another one"));
    good.refunds.items = true;
    assert_int_equal(payment_settings_check(&good, &detail), FAIL_NONE);
    good.receipt.wanted = false; // nothing is said of what goes back, either
    assert_int_equal(payment_settings_check(&good, &detail), FAIL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(settings_that_cannot_work_are_refused),
        MOVES_TEST(receipts_that_could_not_be_said_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
