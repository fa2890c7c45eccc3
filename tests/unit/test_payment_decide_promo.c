// Promo codes at payment: what commands, invoices, payments and time do to them.
#include "services/payment/payment_decide.h"
#include "services/payment/payment_decide_command.h"
#include "services/payment/payment_decide_promo.h"
#include "tests/unit/promo_moves.h"

static void a_code_is_reserved_bound_and_redeemed_with_its_topup(void **state)
{
    world_t *w = *state;
    promo_percent(w);
    assert_string_equal(world_events(w), "promo.added");
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, "welcome-2026", NULL), FAIL_NONE);
    assert_string_equal(world_events(w), "promo.reserved");
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 2000, 3);
    assert_string_equal(world_events(w), "payment.created promo.bound");
    assert_int_equal(world_event(w, EVENT_promo_bound)->promo_bound.until,
                     w->now + PAYMENT_TOPUP_LIFE_US);
    world_notice(w, SHOP_PASSWORD2, invoice, "2000.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded mandate.consented promo.redeemed");
    const event_promo_redeemed_t *bonus = &world_event(w, EVENT_promo_redeemed)->promo_redeemed;
    assert_int_equal(bonus->invoice, invoice);
    assert_int_equal(bonus->campaign, 1);
    assert_int_equal(bonus->amount, 30000);
    assert_int_equal(bonus->topup, 200000);
    world_notice(w, SHOP_PASSWORD2, invoice, "2000.000000", false); // and once
    assert_string_equal(world_events(w), "");
}

static void a_topup_without_a_code_has_no_event_of_one(void **state)
{
    world_t *w = *state;
    promo_percent(w);
    uint64_t invoice = world_topup(w, &MOVES_OTHER, 2000, 0);
    assert_string_equal(world_events(w), "payment.created");
    world_notice(w, SHOP_PASSWORD2, invoice, "2000.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded");
}

static void a_gift_is_given_at_once(void **state)
{
    world_t *w = *state;
    assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_GIFT, .value = 5000}),
                     FAIL_NONE);
    assert_int_equal(promo_add(w, 1, "7K2MQ4RZ9TA9"), FAIL_NONE);
    assert_true(world_event(w, EVENT_promo_added)->promo_added.single);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, "7k2m-q4rz-9ta9", NULL), FAIL_NONE);
    assert_string_equal(world_events(w), "promo.given");
    assert_int_equal(world_event(w, EVENT_promo_given)->promo_given.amount, 5000);
    assert_int_equal(promo_enter(w, &MOVES_OTHER, "7k2m-q4rz-9ta9", NULL), FAIL_NONE);
    assert_string_equal(world_events(w), "promo.refused"); // a single-use code is used once
}

static void a_bonus_ends_as_long_after_it_was_given_as_its_terms_say(void **state)
{
    world_t *w = *state;
    request_promo_begin_t terms = {.kind = PROMO_GIFT, .value = 5000, .life_us = 30 * DAY_US};
    assert_int_equal(promo_begin(w, terms), FAIL_NONE);
    assert_int_equal(world_event(w, EVENT_promo_began)->promo_began.life_us, 30 * DAY_US);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_NONE);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL), FAIL_NONE);
    assert_int_equal(world_event(w, EVENT_promo_given)->promo_given.until, w->now + 30 * DAY_US);
    terms.life_us = UINT64_MAX;
    assert_int_equal(promo_begin(w, terms), FAIL_INVALID);
}

static void an_expired_invoice_releases_nothing_and_a_declined_one_does(void **state)
{
    world_t *w = *state;
    promo_percent(w);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    assert_int_equal(moves_resolve(w, invoice, OUTCOME_DECLINED, 0), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.declined promo.released");
    assert_int_equal(world_event(w, EVENT_promo_released)->promo_released.reason,
                     PROMO_INVOICE_CLOSED);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    assert_string_equal(world_events(w), "promo.reserved"); // the use came back
}

static void what_has_ended_is_released_by_time_once_we_are_current(void **state)
{
    world_t *w = *state;
    promo_percent(w);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    (void)promo_enter(w, &MOVES_OTHER, PROMO_WORD, NULL);
    assert_int_equal(world_due(w)->wake, w->now + DAY_US);
    w->now += DAY_US;
    w->current = false;
    uint64_t last = world_last(w);
    world_tick(w);
    assert_int_equal(world_last(w), last);
    w->current = true;
    world_tick(w);
    assert_int_equal(world_last(w), last + 2);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL), FAIL_NONE);
}

static void money_that_comes_late_brings_no_bonus(void **state)
{
    world_t *w = *state;
    promo_percent(w);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    w->now += DAY_US;
    world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded promo.released");
    assert_int_equal(world_event(w, EVENT_promo_released)->promo_released.reason, PROMO_EXPIRED);
}

static void a_first_topup_is_the_first_that_succeeds(void **state)
{
    world_t *w = *state;
    assert_int_equal(
        promo_begin(
            w, (request_promo_begin_t){.kind = PROMO_FIXED, .value = 10000, .first_topup = true}),
        FAIL_NONE);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_NONE);
    uint64_t earlier = world_topup(w, &MOVES_ACCOUNT, 100, 0);
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    world_notice(w, SHOP_PASSWORD2, earlier, "100.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded");
    world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded promo.released");
    (void)promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL);
    assert_int_equal(world_event(w, EVENT_promo_refused)->promo_refused.reason, PROMO_NOT_FIRST);
}

static void after_ten_refusals_no_code_is_looked_at(void **state)
{
    world_t *w = *state;
    promo_percent(w);
    for (unsigned i = 0; i < PROMO_GUESSES_HOUR; i++) {
        assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, "wrong word", NULL), FAIL_NONE);
        assert_string_equal(world_events(w), "promo.refused");
    }
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL), FAIL_FULL);
    assert_string_equal(world_events(w), "");
    assert_int_equal(promo_enter(w, &MOVES_OTHER, PROMO_WORD, NULL), FAIL_NONE);
    assert_string_equal(world_events(w), "promo.reserved");
}

static void commands_that_make_no_sense_are_refused(void **state)
{
    world_t *w = *state;
    const uid_t16 nobody = {{0}};
    promo_percent(w);
    const struct {
        request_promo_begin_t terms;
        const char *wrong;
    } rows[] = {
        {{.kind = PROMO_GIFT}, "gives nothing"},
        {{.kind = PROMO_GIFT, .value = UINT64_MAX}, "gives too much"},
        {{.kind = PROMO_GIFT, .value = 1, .in_all = UINT64_C(1) << 32}, "at most 4294967295 uses"},
        {{.kind = PROMO_GIFT, .value = 1, .per_account = UINT64_C(1) << 32},
         "at most 4294967295 uses"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(promo_begin(w, rows[i].terms), FAIL_INVALID);
        assert_string_equal(w->decision->detail, rows[i].wrong);
    }
    assert_int_equal(promo_add(w, 2, "ANOTHERWORD"), FAIL_MISSING);
    assert_int_equal(promo_add(w, UINT64_C(0x100000001), "ANOTHERWORD"), FAIL_MISSING);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_INVALID);
    assert_int_equal(promo_stop(w, 0), FAIL_MISSING);
    assert_int_equal(promo_stop(w, 1), FAIL_NONE);
    assert_string_equal(world_events(w), "promo.stopped");
    assert_int_equal(promo_stop(w, 1), FAIL_NONE);
    assert_string_equal(world_events(w), "");
    assert_int_equal(promo_enter(w, &nobody, PROMO_WORD, NULL), FAIL_INVALID);
}

static void hear_of(world_t *w, const uid_t16 *account, uint64_t number)
{
    event_t event = {.type = EVENT_account_opened,
                     .at = w->now,
                     .account_opened = {.account = *account, .number = number}};
    world_hear(w, STREAM_LEDGER, &event);
}

static void what_is_for_new_accounts_goes_to_them_alone(void **state)
{
    world_t *w = *state;
    answer_promo_apply_t answer = {.accepted = true};
    hear_of(w, &MOVES_ACCOUNT, 64);
    assert_string_equal(world_events(w), "account.noted");
    hear_of(w, &MOVES_ACCOUNT, 64); // told again
    assert_string_equal(world_events(w), "");
    w->now += DAY_US + 1;
    assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_GIFT,
                                                            .value = 500,
                                                            .in_all = 9,
                                                            .category = CATEGORY_MODELS,
                                                            .begins = w->now + DAY_US,
                                                            .life_us = DAY_US,
                                                            .new_us = DAY_US}),
                     FAIL_NONE);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_NONE);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, &answer), FAIL_NONE);
    assert_false(answer.accepted);
    assert_int_equal(world_event(w, EVENT_promo_refused)->promo_refused.reason, PROMO_NOT_NEW);
    assert_int_equal(promo_enter(w, &MOVES_OTHER, PROMO_WORD, &answer), FAIL_NONE);
    assert_true(answer.accepted); // it is not opened yet
    const event_promo_given_t *given = &world_event(w, EVENT_promo_given)->promo_given;
    assert_int_equal(given->category, CATEGORY_MODELS);
    assert_int_equal(given->begins, w->now + DAY_US);
    assert_int_equal(given->until, w->now + 2 * DAY_US);
}

// docs/rules.md "Welcome balances".
static void a_new_account_is_welcomed_once_without_a_word(void **state)
{
    world_t *w = *state;
    static const uid_t16 third = {{3}}, fourth = {{4}};
    hear_of(w, &MOVES_ACCOUNT, 64);
    assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_WELCOME,
                                                            .value = 500,
                                                            .budget = 1200,
                                                            .life_us = DAY_US,
                                                            .starts = w->now}),
                     FAIL_NONE);
    assert_int_equal(promo_add(w, 1, PROMO_WORD), FAIL_INVALID);
    assert_string_equal(w->decision->detail, "a welcome balance has no codes");
    hear_of(w, &MOVES_ACCOUNT, 64); // it was there before
    assert_string_equal(world_events(w), "");
    hear_of(w, &MOVES_OTHER, 65);
    assert_string_equal(world_events(w), "account.noted promo.welcomed");
    const event_promo_welcomed_t *e = &world_event(w, EVENT_promo_welcomed)->promo_welcomed;
    assert_true(uid_equal(&e->account, &MOVES_OTHER));
    assert_int_equal(e->campaign, 1);
    assert_int_equal(e->amount, 500);
    assert_int_equal(e->until, w->now + DAY_US);
    hear_of(w, &MOVES_OTHER, 65);
    assert_string_equal(world_events(w), "");
    hear_of(w, &third, 66);
    assert_string_equal(world_events(w), "account.noted promo.welcomed");
    hear_of(w, &fourth, 67); // 500 more would pass the budget
    assert_string_equal(world_events(w), "account.noted");
}

static void without_keys_there_are_no_codes(void **state)
{
    world_t *w = *state;
    w->settings.promo.count = 0;
    assert_int_equal(promo_begin(w, (request_promo_begin_t){.kind = PROMO_GIFT, .value = 1}),
                     FAIL_STATE);
    assert_int_equal(promo_enter(w, &MOVES_ACCOUNT, PROMO_WORD, NULL), FAIL_STATE);
}

// docs/rules.md "Two persons".
static void a_campaign_moves_what_it_may_give_in_all(void **state)
{
    (void)state;
    static const struct {
        request_promo_begin_t terms;
        kopecks_t moves;
    } rows[] = {
        {{.kind = PROMO_GIFT, .value = 500}, INT64_MAX},
        {{.kind = PROMO_GIFT, .value = 500, .in_all = 3}, 1500},
        {{.kind = PROMO_GIFT, .value = 500, .in_all = 3, .budget = 1200}, 1200},
        {{.kind = PROMO_PERCENT, .value = 2000, .cap = 700, .in_all = 2, .budget = 9000}, 1400},
        {{.kind = PROMO_FIXED, .value = 500, .budget = 9000}, 9000},
        {{.kind = PROMO_GIFT, .value = UINT64_MAX, .in_all = UINT32_MAX}, INT64_MAX},
        {{.kind = PROMO_PERCENT, .value = 2000, .cap = -5, .in_all = 2}, 0},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        request_t request = {.type = REQUEST_promo_begin, .promo_begin = rows[i].terms};
        input_t input = {.kind = INPUT_REQUEST, .request = &request};
        assert_int_equal(payment_decide_moves(&input), rows[i].moves);
    }
    request_t add = {.type = REQUEST_promo_add};
    assert_int_equal(payment_promo_moves(&add), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_code_is_reserved_bound_and_redeemed_with_its_topup),
        MOVES_TEST(a_topup_without_a_code_has_no_event_of_one),
        MOVES_TEST(a_gift_is_given_at_once),
        MOVES_TEST(a_bonus_ends_as_long_after_it_was_given_as_its_terms_say),
        MOVES_TEST(an_expired_invoice_releases_nothing_and_a_declined_one_does),
        MOVES_TEST(what_has_ended_is_released_by_time_once_we_are_current),
        MOVES_TEST(money_that_comes_late_brings_no_bonus),
        MOVES_TEST(a_first_topup_is_the_first_that_succeeds),
        MOVES_TEST(after_ten_refusals_no_code_is_looked_at),
        MOVES_TEST(commands_that_make_no_sense_are_refused),
        MOVES_TEST(what_is_for_new_accounts_goes_to_them_alone),
        MOVES_TEST(a_new_account_is_welcomed_once_without_a_word),
        MOVES_TEST(without_keys_there_are_no_codes),
        cmocka_unit_test(a_campaign_moves_what_it_may_give_in_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
