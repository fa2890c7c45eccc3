// test_promo_terms - terms that make no sense are refused, a bonus is rounded down and capped, and
// what goes back of it adds up; the last against the ledger's own rules of lots.
#include "promo_words.h"
#include "services/ledger/ledger_lots.h"

static const promo_terms_t percent = {.kind = PROMO_PERCENT, .value = 2000, .cap = 30000};

static void terms_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const struct {
        promo_terms_t terms;
        const char *wrong;
    } cases[] = {
        {percent, NULL},
        {{.kind = PROMO_GIFT, .value = 1}, NULL},
        {{.kind = PROMO_FIXED, .value = POSTING_AMOUNT_MAX}, NULL},
        {{.kind = (promo_kind_t)(PROMO_WELCOME + 1), .value = 1}, "no kind of campaign"},
        {{.kind = PROMO_GIFT}, "gives nothing"},
        {{.kind = PROMO_FIXED, .value = -1}, "gives nothing"},
        {{.kind = PROMO_PERCENT, .value = 10001, .cap = 1}, "gives too much"},
        {{.kind = PROMO_PERCENT, .value = 10000, .cap = 1}, NULL},
        {{.kind = PROMO_GIFT, .value = POSTING_AMOUNT_MAX + 1}, "gives too much"},
        {{.kind = PROMO_PERCENT, .value = 1}, "a percent has a cap, and nothing else has one"},
        {{.kind = PROMO_FIXED, .value = 1, .cap = 1},
         "a percent has a cap, and nothing else has one"},
        {{.kind = PROMO_PERCENT, .value = 1, .cap = -1},
         "a sum is below 0 or above what a posting may move"},
        {{.kind = PROMO_FIXED, .value = 1, .topup_min = POSTING_AMOUNT_MAX + 1},
         "a sum is below 0 or above what a posting may move"},
        {{.kind = PROMO_FIXED, .value = 1, .budget = -1},
         "a sum is below 0 or above what a posting may move"},
        {{.kind = PROMO_GIFT, .value = 1, .topup_min = 1}, "a gift asks for no top-up"},
        {{.kind = PROMO_WELCOME, .value = 5, .in_all = 3, .budget = 9, .ends = 7}, NULL},
        {{.kind = PROMO_WELCOME, .value = 5, .topup_min = 1},
         "a welcome balance is every new account's, once: it asks for nothing else"},
        {{.kind = PROMO_WELCOME, .value = 5, .first_topup = true},
         "a welcome balance is every new account's, once: it asks for nothing else"},
        {{.kind = PROMO_WELCOME, .value = 5, .per_account = 1},
         "a welcome balance is every new account's, once: it asks for nothing else"},
        {{.kind = PROMO_WELCOME, .value = 5, .starts = 1, .new_accounts = true},
         "a welcome balance is every new account's, once: it asks for nothing else"},
        {{.kind = PROMO_WELCOME, .value = 5, .new_us = DAY_US},
         "a welcome balance is every new account's, once: it asks for nothing else"},
        {{.kind = PROMO_FIXED, .value = 5, .budget = 4}, "the budget is less than one use"},
        {{.kind = PROMO_FIXED, .value = 5, .budget = 5}, NULL},
        {{.kind = PROMO_FIXED, .value = 5, .starts = 7, .ends = 7}, "ends before it starts"},
        {{.kind = PROMO_FIXED, .value = 5, .starts = -1}, "ends before it starts"},
        {{.kind = PROMO_FIXED, .value = 5, .starts = 7, .ends = 8}, NULL},
        {{.kind = PROMO_FIXED, .value = 5, .new_accounts = true},
         "new accounts are those since a start"},
        {{.kind = PROMO_FIXED, .value = 5, .bonus_life_us = -1},
         "a bonus lives for at most 3660 days"},
        {{.kind = PROMO_FIXED, .value = 5, .bonus_life_us = PROMO_BONUS_LIFE_MAX_US + 1},
         "a bonus lives for at most 3660 days"},
        {{.kind = PROMO_FIXED, .value = 5, .category = CATEGORY_MODELS, .begins = 1}, NULL},
        {{.kind = PROMO_FIXED, .value = 5, .category = CATEGORY_MODELS + 1},
         "no category of service"},
        {{.kind = PROMO_FIXED, .value = 5, .begins = -1}, "a bonus begins at an instant"},
        {{.kind = PROMO_FIXED, .value = 5, .begins = INT64_MAX}, "a bonus begins at an instant"},
        {{.kind = PROMO_FIXED, .value = 5, .new_us = DAY_US}, NULL},
        {{.kind = PROMO_FIXED, .value = 5, .new_us = 3661 * DAY_US},
         "a new account is at most 3660 days old"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *wrong = promo_terms_wrong(&cases[i].terms);
        print_message("  %zu: %s\n", i, wrong ? wrong : "good");
        assert_string_equal(wrong ? wrong : "", cases[i].wrong ? cases[i].wrong : "");
    }
}

static void a_bonus_lives_from_its_beginning_on(void **state)
{
    (void)state;
    const promo_terms_t terms = {.begins = 10 * DAY_US, .bonus_life_us = DAY_US};
    assert_int_equal(promo_terms_begins(&terms, 9 * DAY_US), 10 * DAY_US);
    assert_int_equal(promo_terms_until(&terms, 9 * DAY_US), 11 * DAY_US);
    assert_int_equal(promo_terms_begins(&terms, 10 * DAY_US), 0);
    assert_int_equal(promo_terms_until(&terms, 12 * DAY_US), 13 * DAY_US);
    const promo_terms_t endless = {.begins = 10 * DAY_US};
    assert_int_equal(promo_terms_until(&endless, 9 * DAY_US), 0);
}

static void a_bonus_is_rounded_down_and_capped(void **state)
{
    (void)state;
    static const struct {
        promo_terms_t terms;
        kopecks_t topup, bonus;
    } cases[] = {
        {{.kind = PROMO_PERCENT, .value = 2000, .cap = 30000}, 200000, 30000},
        {{.kind = PROMO_PERCENT, .value = 2000, .cap = 30000}, 150000, 30000},
        {{.kind = PROMO_PERCENT, .value = 2000, .cap = 30000}, 149999, 29999},
        {{.kind = PROMO_PERCENT, .value = 1500, .cap = 30000}, 33300, 4995},
        {{.kind = PROMO_PERCENT, .value = 1500, .cap = 30000}, 100, 15},
        {{.kind = PROMO_PERCENT, .value = 700, .cap = 30000}, 33300, 2331},
        {{.kind = PROMO_PERCENT, .value = 1250, .cap = 30000}, 100, 12},
        {{.kind = PROMO_PERCENT, .value = 1, .cap = 30000}, 100, 0},
        {{.kind = PROMO_PERCENT, .value = 10000, .cap = POSTING_AMOUNT_MAX},
         POSTING_AMOUNT_MAX,
         POSTING_AMOUNT_MAX},
        {{.kind = PROMO_FIXED, .value = 700}, 1, 700},
        {{.kind = PROMO_GIFT, .value = 700}, POSTING_AMOUNT_MAX, 700},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_int_equal(promo_terms_bonus(&cases[i].terms, cases[i].topup), cases[i].bonus);
        assert_true(cases[i].bonus <= promo_terms_most(&cases[i].terms));
    }
}

static void what_goes_back_adds_up_to_the_bonus(void **state)
{
    (void)state;
    assert_int_equal(promo_claw_back(15000, 100000, 40000, 0), 6000);
    assert_int_equal(promo_claw_back(100, 300, 100, 0), 33);
    assert_int_equal(promo_claw_back(100, 300, 200, 33), 33);
    assert_int_equal(promo_claw_back(100, 300, 300, 66), 34);
    assert_int_equal(promo_claw_back(100, 300, 900, 0), 100); // never more than there was
    assert_int_equal(promo_claw_back(100, 300, 0, 0), 0);
    assert_int_equal(promo_claw_back(100, 300, 100, 50), 0); // more was due before than now
    assert_int_equal(
        promo_claw_back(POSTING_AMOUNT_MAX, POSTING_AMOUNT_MAX, POSTING_AMOUNT_MAX - 1, 0),
        POSTING_AMOUNT_MAX - 1);
}

// The ledger takes a bonus back with its top-up by rules of its own: both say the same.
static void the_ledger_takes_back_the_same(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (unsigned i = 0; i < 2000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        kopecks_t topup = (kopecks_t)(random >> 40) % 5000 + 2,
                  bonus = (kopecks_t)(random >> 20) % 3000 + 1, clawed = 0, returned = 0;
        ledger_purses_t book;
        ledger_purse_t purse = {0};
        ledger_purses_init(&book);
        ledger_lots_credit(&book, &purse,
                           &(ledger_credit_lot_t){.number = 2, .amount = topup, .at = T0});
        ledger_lots_credit(&book, &purse,
                           &(ledger_credit_lot_t){.number = 3,
                                                  .amount = bonus,
                                                  .at = T0,
                                                  .bonus = true,
                                                  .limited = true,
                                                  .terms = {.with = 2, .base = topup}});
        while (returned < topup) {
            kopecks_t part = 1 + (topup - returned) / 2;
            ledger_lots_chargeback(&book, &purse, 2, part);
            returned += part;
            clawed += promo_claw_back(bonus, topup, returned, clawed);
            ledger_totals_t totals = ledger_lots_totals(&book, &purse, T0);
            assert_int_equal(totals.bonus, bonus - clawed);
        }
        assert_int_equal(clawed, bonus);
        ledger_purses_release(&book);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_that_make_no_sense_are_refused),
        cmocka_unit_test(a_bonus_lives_from_its_beginning_on),
        cmocka_unit_test(a_bonus_is_rounded_down_and_capped),
        cmocka_unit_test(what_goes_back_adds_up_to_the_bonus),
        cmocka_unit_test(the_ledger_takes_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
