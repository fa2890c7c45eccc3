// test_promo_decide - the rules of promo codes, one by one; that they hold together under any
// interleaving, tests/model/test_promo_model.c says.
#include "promo_words.h"
#include <stdio.h>

static const promo_terms_t percent = {.kind = PROMO_PERCENT, .value = 2000, .cap = 30000};
static const promo_terms_t gift = {.kind = PROMO_GIFT, .value = 5000};

static void open_with(promo_world_t *w, promo_terms_t terms, const char *code)
{
    world_open(w);
    assert_null(add_code(w, campaign_of(w, terms), code));
}

// --- operators ---

static void codes_are_checked_before_they_are_added(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, CODE);
    assert_true(w.event.single);
    assert_null(add_code(&w, 1, "welcome"));
    assert_false(w.event.single);
    assert_string_equal(add_code(&w, 1, "WE1C0ME"), "there is such a code");
    assert_string_equal(add_code(&w, 1, "7k2mq4rz9ta9"), "there is such a code");
    assert_string_equal(add_code(&w, 1, "HELLO"), "a word has 6 to 24 letters and digits");
    assert_string_equal(add_code(&w, 1, "WELCOME12345"),
                        "12 signs are a single-use code, and its check symbol is wrong");
    assert_string_equal(add_code(&w, 2, "WELCOME2"), "there is no such campaign");
    assert_int_equal(w.event.kind, PROMO_NOTHING);
    const char *wrong;
    assert_false(
        promo_decide_begin(&w.state, &(promo_terms_t){.kind = PROMO_GIFT}, T0, &w.event, &wrong));
    assert_string_equal(wrong, "gives nothing");
    promo_state_release(&w.state);
}

static void campaigns_have_an_end(void **state)
{
    (void)state;
    promo_world_t w;
    const char *wrong;
    world_open(&w);
    for (int i = 0; i < PROMO_CAMPAIGNS_MAX; i++)
        (void)campaign_of(&w, gift);
    assert_false(promo_decide_begin(&w.state, &gift, T0, &w.event, &wrong));
    assert_string_equal(wrong, "there are too many campaigns");
    promo_state_release(&w.state);
}

static void a_code_is_found_under_an_older_key(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, "WELCOME");
    w.keys.count = 2;
    w.keys.keys[1].version = 2;
    memset(w.keys.keys[1].bytes, 7, PROMO_KEY_SIZE);
    assert_string_equal(add_code(&w, 1, "WELCOME"), "there is such a code");
    assert_null(add_code(&w, 1, "WELCOME2"));
    assert_int_equal(w.event.key_version, 2); // written with the newest
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    assert_int_equal(w.event.key_version, 1);
    assert_int_equal(enter(&w, 2, "WELCOME2"), PROMO_ACCEPTED);
    assert_int_equal(w.event.key_version, 2);
    w.keys.keys[0] = w.keys.keys[1]; // the old key is gone, and its codes with it
    w.keys.count = 1;
    assert_int_equal(enter(&w, 3, "WELCOME"), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.reason, PROMO_UNKNOWN);
    promo_state_release(&w.state);
}

static void a_stopped_campaign_keeps_its_promises(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, "WELCOME");
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    assert_true(promo_decide_stop(&w.state, 1, T0, &w.event));
    promo_state_apply(&w.state, &w.event);
    assert_false(promo_decide_stop(&w.state, 1, T0, &w.event));
    assert_false(promo_decide_stop(&w.state, 2, T0, &w.event));
    assert_int_equal(enter(&w, 2, "WELCOME"), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.reason, PROMO_CAMPAIGN_STOPPED);
    promo_invoice_t invoice = invoice_of(&w, 1, 500, 100000);
    assert_true(bind_to(&w, &invoice));
    assert_true(pay(&w, &invoice, true));
    assert_int_equal(w.event.amount, 20000);
    promo_state_release(&w.state);
}

// --- customers ---

// One answer; the operator alone sees which of these it was.
static void every_refusal_has_its_reason_and_one_answer(void **state)
{
    (void)state;
    const promo_terms_t late = {.kind = PROMO_GIFT, .value = 5, .starts = T0 + 1},
                        over = {.kind = PROMO_GIFT, .value = 5, .ends = T0},
                        newer = {.kind = PROMO_GIFT,
                                 .value = 5,
                                 .starts = T0,
                                 .new_accounts = true},
                        first = {.kind = PROMO_GIFT, .value = 5, .first_topup = true},
                        poor = {.kind = PROMO_GIFT, .value = 5, .budget = 9},
                        once = {.kind = PROMO_GIFT, .value = 5, .in_all = 1};
    const struct {
        promo_terms_t terms;
        const char *typed;
        int64_t opened;
        bool topped_up, used;
        promo_reason_t reason;
    } cases[] = {
        {gift, "short", T0, false, false, PROMO_NO_CODE},
        {gift, "7K2MQ4R9ZTA9", T0, false, false, PROMO_CHECK_SYMBOL},
        {gift, "ANOTHER", T0, false, false, PROMO_UNKNOWN},
        {late, "WELCOME", T0, false, false, PROMO_NOT_YET},
        {over, "WELCOME", T0, false, false, PROMO_ENDED},
        {newer, "WELCOME", T0 - 1, false, false, PROMO_NOT_NEW},
        {newer, "WELCOME", T0, true, false, PROMO_NO_REASON},
        {first, "WELCOME", T0, true, false, PROMO_NOT_FIRST},
        {first, "WELCOME", T0, false, false, PROMO_NO_REASON},
        {poor, "WELCOME", T0, false, true, PROMO_BUDGET},
        {once, "WELCOME", T0, false, true, PROMO_USED_UP},
        {gift, "WELCOME", T0, false, true, PROMO_NO_REASON},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        promo_world_t w;
        open_with(&w, cases[i].terms, "WELCOME");
        if (cases[i].used)
            assert_int_equal(enter(&w, 9, "WELCOME"), PROMO_ACCEPTED);
        promo_answer_t answer = enter_as(&w,
                                         (promo_wish_t){.account = account_of(1),
                                                        .opened = cases[i].opened,
                                                        .topped_up = cases[i].topped_up},
                                         cases[i].typed);
        print_message("  %zu: %s\n", i, codes_name(CODES_promo_reason, w.event.reason));
        assert_int_equal(w.event.reason, cases[i].reason);
        assert_int_equal(answer, cases[i].reason ? PROMO_NOT_ACCEPTED : PROMO_ACCEPTED);
        assert_int_equal(w.event.kind, cases[i].reason ? PROMO_REFUSED : PROMO_GIVEN);
        promo_state_release(&w.state);
    }
    assert_string_equal(promo_answer_name(PROMO_NOT_ACCEPTED), "PROMO_NOT_ACCEPTED");
}

static void a_gift_is_given_once(void **state)
{
    (void)state;
    promo_world_t w;
    promo_terms_t terms = gift;
    terms.category = CATEGORY_MODELS;
    terms.bonus_life_us = 30 * DAY_US;
    open_with(&w, terms, CODE);
    assert_int_equal(enter(&w, 1, CODE), PROMO_ACCEPTED);
    assert_int_equal(w.event.kind, PROMO_GIVEN);
    assert_int_equal(w.event.amount, 5000);
    assert_int_equal(w.event.category, CATEGORY_MODELS);
    assert_int_equal(w.event.until, T0 + 30 * DAY_US);
    assert_int_equal(enter(&w, 1, CODE), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.reason, PROMO_USED_BEFORE);
    assert_int_equal(enter(&w, 2, CODE), PROMO_NOT_ACCEPTED); // a single-use code
    assert_int_equal(w.event.reason, PROMO_USED_UP);
    promo_state_release(&w.state);
}

static void one_code_at_a_time(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, "WELCOME");
    assert_null(add_code(&w, campaign_of(&w, gift), "PRESENT"));
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    assert_int_equal(w.event.until, T0 + PROMO_RESERVED_US);
    assert_int_equal(w.event.amount, 30000);
    // the second tab: the same answer, and nothing more
    assert_int_equal(enter(&w, 1, "welcome"), PROMO_ACCEPTED);
    assert_int_equal(w.event.kind, PROMO_NOTHING);
    assert_int_equal(promo_state_campaign(&w.state, 1)->taken, 1);
    assert_int_equal(enter(&w, 1, "PRESENT"), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.reason, PROMO_ANOTHER_HELD);
    assert_int_equal(enter(&w, 2, "PRESENT"), PROMO_ACCEPTED);
    wait_until(&w, T0 + PROMO_RESERVED_US);
    assert_int_equal(enter(&w, 1, "PRESENT"), PROMO_ACCEPTED);
    promo_state_release(&w.state);
}

// What was not released yet goes on counting: no limit is passed, whoever forgets to ask what is
// due.
static void what_has_ended_counts_until_it_is_released(void **state)
{
    (void)state;
    promo_world_t w;
    promo_terms_t terms = percent;
    terms.in_all = 1;
    open_with(&w, terms, "WELCOME");
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    promo_invoice_t invoice = invoice_of(&w, 1, 500, 100000);
    w.now = T0 + PROMO_RESERVED_US;
    assert_false(bind_to(&w, &invoice));
    assert_int_equal(enter(&w, 2, "WELCOME"), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.reason, PROMO_USED_UP);
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.reason, PROMO_ANOTHER_HELD);
    wait_until(&w, w.now);
    assert_int_equal(enter(&w, 2, "WELCOME"), PROMO_ACCEPTED);
    promo_state_release(&w.state);
}

static void after_ten_guesses_no_code_is_looked_at(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, "WELCOME");
    for (int i = 0; i < PROMO_GUESSES_HOUR; i++) {
        assert_int_equal(enter(&w, 1, i % 2 ? "7K2MQ4R9ZTA9" : "ANOTHER"), PROMO_NOT_ACCEPTED);
        assert_int_equal(w.event.kind, PROMO_REFUSED);
    }
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_TRY_LATER);
    assert_int_equal(w.event.kind, PROMO_NOTHING);
    assert_int_equal(enter(&w, 2, "WELCOME"), PROMO_ACCEPTED);
    wait_until(&w, T0 + HOUR_US);
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    promo_state_release(&w.state);
}

static void an_account_has_so_many_uses_and_no_more(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, gift, "PRESENT");
    for (int i = 0; i <= PROMO_ACCOUNT_USES_MAX; i++) {
        char code[PROMO_CODE_SIZE];
        snprintf(code, sizeof code, "WORD%05d", i);
        assert_null(add_code(&w, 1, code));
        bool full = i == PROMO_ACCOUNT_USES_MAX;
        assert_int_equal(enter(&w, 1, code), full ? PROMO_NOT_ACCEPTED : PROMO_ACCEPTED);
        assert_int_equal(w.event.reason, full ? PROMO_FULL : PROMO_NO_REASON);
    }
    promo_state_release(&w.state);
}

// The counts are set by hand: millions of rows would say the same.
static void what_has_no_room_is_refused(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, "WELCOME");
    uint32_t *const counts[] = {&w.state.uses.used, &w.state.reservations.count};
    static const uint32_t most[] = {PROMO_USES_MAX, PROMO_RESERVED_MAX};
    for (size_t i = 0; i < LENGTH(counts); i++) {
        *counts[i] = most[i];
        assert_int_equal(enter(&w, i, "WELCOME"), PROMO_NOT_ACCEPTED);
        assert_int_equal(w.event.reason, PROMO_FULL);
        *counts[i] = 0;
    }
    uint32_t codes = w.state.codes.count;
    w.state.codes.count = PROMO_CODES_MAX;
    assert_string_equal(add_code(&w, 1, "WELCOME2"), "there are too many codes");
    w.state.codes.count = codes;
    assert_null(add_code(&w, 1, "WELCOME2"));
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    promo_state_release(&w.state);
}

// A campaign without a budget cannot leave int64 either.
static void commitments_do_not_overflow(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, (promo_terms_t){.kind = PROMO_FIXED, .value = POSTING_AMOUNT_MAX}, "WELCOME");
    uint64_t accepted = 0;
    while (enter(&w, accepted, "WELCOME") == PROMO_ACCEPTED)
        accepted++;
    assert_int_equal(accepted, INT64_MAX / POSTING_AMOUNT_MAX);
    assert_int_equal(w.event.reason, PROMO_BUDGET);
    promo_state_release(&w.state);
}

// --- payments ---

static void the_next_manual_topup_is_bound(void **state)
{
    (void)state;
    promo_world_t w;
    promo_terms_t terms = percent;
    terms.topup_min = 50000;
    open_with(&w, terms, "WELCOME");
    promo_invoice_t early = invoice_of(&w, 1, 500, 100000);
    assert_false(bind_to(&w, &early)); // nothing is reserved
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    promo_invoice_t small = invoice_of(&w, 1, 501, 49999), charge = invoice_of(&w, 1, 502, 50000),
                    right = invoice_of(&w, 1, 503, 50000), more = invoice_of(&w, 1, 504, 90000),
                    another = invoice_of(&w, 2, 505, 50000);
    charge.autopay = true;
    assert_false(bind_to(&w, &small));
    assert_false(bind_to(&w, &charge));
    assert_false(bind_to(&w, &another));
    assert_false(pay(&w, &right, true)); // not bound yet
    assert_true(bind_to(&w, &right));
    assert_int_equal(w.event.invoice, 503);
    assert_false(bind_to(&w, &more)); // no second one
    assert_false(pay(&w, &more, true));
    assert_false(pay(&w, &early, true));
    assert_true(pay(&w, &right, true));
    assert_int_equal(w.event.kind, PROMO_REDEEMED);
    assert_int_equal(w.event.amount, 10000);
    assert_int_equal(w.event.until, 0);  // has no end
    assert_false(pay(&w, &right, true)); // once
    assert_int_equal(promo_state_campaign(&w.state, 1)->committed, 10000);
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_NOT_ACCEPTED);
    assert_int_equal(w.event.reason, PROMO_USED_BEFORE);
    promo_state_release(&w.state);
}

// 0.01 % of 99.99 are less than a kopeck: the code is not used up for nothing.
static void a_topup_that_brings_nothing_leaves_the_code(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, (promo_terms_t){.kind = PROMO_PERCENT, .value = 1, .cap = 100}, "WELCOME");
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    promo_invoice_t small = invoice_of(&w, 1, 500, 9999), right = invoice_of(&w, 1, 501, 10000);
    assert_false(bind_to(&w, &small));
    assert_true(bind_to(&w, &right));
    assert_true(pay(&w, &right, true));
    assert_int_equal(w.event.kind, PROMO_REDEEMED);
    assert_int_equal(w.event.amount, 1);
    promo_state_release(&w.state);
}

static void a_reservation_lives_to_the_later_of_two_ends(void **state)
{
    (void)state;
    for (int longer = 0; longer < 2; longer++)
        for (int late = 0; late < 2; late++) {
            promo_world_t w;
            open_with(&w, percent, "WELCOME");
            assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
            promo_invoice_t invoice = invoice_of(&w, 1, 500, 100000);
            invoice.expires = T0 + (longer ? 2 * DAY_US : HOUR_US);
            assert_true(bind_to(&w, &invoice));
            instant_t end = T0 + (longer ? 2 * DAY_US : DAY_US);
            assert_int_equal(w.event.until, end);
            w.now = end - !late;
            assert_true(pay(&w, &invoice, true)); // also if nobody released it in time
            assert_int_equal(w.event.kind, late ? PROMO_RELEASED : PROMO_REDEEMED);
            assert_int_equal(w.event.reason, late ? PROMO_EXPIRED : PROMO_NO_REASON);
            assert_int_equal(promo_state_campaign(&w.state, 1)->taken, !late);
            promo_state_release(&w.state);
        }
}

static void a_closed_invoice_gives_the_use_back(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, CODE);
    assert_int_equal(enter(&w, 1, CODE), PROMO_ACCEPTED);
    promo_invoice_t invoice = invoice_of(&w, 1, 500, 100000);
    uid_t16 account = account_of(1), another = account_of(2);
    assert_false(promo_decide_closed(&w.state, &account, 500, T0, &w.event));
    assert_false(promo_decide_closed(&w.state, &account, 0, T0, &w.event)); // none is bound
    assert_true(bind_to(&w, &invoice));
    assert_false(promo_decide_closed(&w.state, &account, 501, T0, &w.event));
    assert_false(promo_decide_closed(&w.state, &another, 500, T0, &w.event));
    assert_true(promo_decide_closed(&w.state, &account, 500, T0, &w.event));
    assert_int_equal(w.event.reason, PROMO_INVOICE_CLOSED);
    assert_int_equal(w.event.invoice, 500);
    promo_state_apply(&w.state, &w.event);
    assert_int_equal(enter(&w, 2, CODE), PROMO_ACCEPTED);
    promo_state_release(&w.state);
}

static void only_the_first_topup_has_the_bonus_of_a_first_one(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        promo_world_t w;
        promo_terms_t terms = percent;
        terms.first_topup = true;
        open_with(&w, terms, "WELCOME");
        assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
        promo_invoice_t invoice = invoice_of(&w, 1, 500, 100000);
        assert_true(bind_to(&w, &invoice));
        assert_true(pay(&w, &invoice, first));
        assert_int_equal(w.event.kind, first ? PROMO_REDEEMED : PROMO_RELEASED);
        assert_int_equal(w.event.reason, first ? PROMO_NO_REASON : PROMO_NOT_FIRST);
        promo_state_release(&w.state);
    }
}

static void a_bonus_begins_to_age_with_the_payment(void **state)
{
    (void)state;
    promo_world_t w;
    promo_terms_t terms = percent;
    terms.bonus_life_us = 30 * DAY_US;
    terms.category = CATEGORY_DISK;
    open_with(&w, terms, "WELCOME");
    assert_int_equal(enter(&w, 1, "WELCOME"), PROMO_ACCEPTED);
    promo_invoice_t invoice = invoice_of(&w, 1, 500, 100000);
    assert_true(bind_to(&w, &invoice));
    wait_until(&w, T0 + HOUR_US);
    assert_true(pay(&w, &invoice, true));
    assert_int_equal(w.event.until, T0 + HOUR_US + 30 * DAY_US);
    assert_int_equal(w.event.category, CATEGORY_DISK);
    promo_state_release(&w.state);
}

static void what_ended_first_is_due_first(void **state)
{
    (void)state;
    promo_world_t w;
    open_with(&w, percent, "WELCOME");
    for (uint64_t i = 0; i < 3; i++) {
        w.now = T0 + (instant_t)((i + 1) % 3) * HOUR_US; // 1 h, 2 h, 0 h
        assert_int_equal(enter(&w, i, "WELCOME"), PROMO_ACCEPTED);
    }
    static const uint64_t order[] = {2, 0, 1};
    assert_false(promo_decide_due(&w.state, T0 + DAY_US - 1, &w.event));
    for (size_t i = 0; i < LENGTH(order); i++) {
        uid_t16 account = account_of(order[i]);
        assert_true(promo_decide_due(&w.state, T0 + 2 * DAY_US, &w.event));
        assert_true(uid_equal(&w.event.account, &account));
        assert_int_equal(w.event.reason, PROMO_EXPIRED);
        promo_state_apply(&w.state, &w.event);
    }
    assert_false(promo_decide_due(&w.state, T0 + 2 * DAY_US, &w.event));
    promo_state_release(&w.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_checked_before_they_are_added),
        cmocka_unit_test(campaigns_have_an_end),
        cmocka_unit_test(a_code_is_found_under_an_older_key),
        cmocka_unit_test(a_stopped_campaign_keeps_its_promises),
        cmocka_unit_test(every_refusal_has_its_reason_and_one_answer),
        cmocka_unit_test(a_gift_is_given_once),
        cmocka_unit_test(one_code_at_a_time),
        cmocka_unit_test(what_has_ended_counts_until_it_is_released),
        cmocka_unit_test(after_ten_guesses_no_code_is_looked_at),
        cmocka_unit_test(an_account_has_so_many_uses_and_no_more),
        cmocka_unit_test(what_has_no_room_is_refused),
        cmocka_unit_test(commitments_do_not_overflow),
        cmocka_unit_test(the_next_manual_topup_is_bound),
        cmocka_unit_test(a_topup_that_brings_nothing_leaves_the_code),
        cmocka_unit_test(a_reservation_lives_to_the_later_of_two_ends),
        cmocka_unit_test(a_closed_invoice_gives_the_use_back),
        cmocka_unit_test(only_the_first_topup_has_the_bonus_of_a_first_one),
        cmocka_unit_test(a_bonus_begins_to_age_with_the_payment),
        cmocka_unit_test(what_ended_first_is_due_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
