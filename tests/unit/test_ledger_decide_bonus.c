// Bonuses of promo codes in the ledger: given once, and taken back with their top-up.
#include "services/ledger/ledger_decide_bonus.h"
#include "services/ledger/ledger_state.h"
#include "tests/unit/bonus_moves.h"

// The last share that was taken.
static event_bonus_clawed_t clawed_last(const harness_t *h)
{
    size_t at = h->last;
    while (harness_read(h, at).type != EVENT_bonus_clawed)
        at--;
    return harness_read(h, at).bonus_clawed;
}

static void a_bonus_is_posted_and_known_by_its_topup(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    topped_up(h, number, 200000, 30000);
    event_t posted = harness_caused(h, 0, EVENT_posted);
    event_t given = harness_caused(h, 1, EVENT_bonus_given);
    assert_int_equal(posted.posted.kind, POSTING_BONUS);
    assert_int_equal(posted.posted.debit, SYSTEM_PROMO);
    assert_int_equal(posted.posted.amount, 30000);
    assert_int_equal(posted.posted.lot, h->first);
    assert_int_equal(given.bonus_given.lot, h->first);
    assert_int_equal(given.bonus_given.invoice, number);
    assert_true(uid_equal(&given.bonus_given.reference, &posted.posted.reference));
    assert_int_equal(balance_of(h, customer(1)).bonus, 30000);
    assert_int_equal(balance_of(h, customer(1)).credit, stream_sequence - 1); // the money's
    assert_int_equal(system_of(h, SYSTEM_PROMO), -30000);
}

static void said_again_it_is_given_once(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    topped_up(h, number, 200000, 30000);
    topped_up(h, number, 200000, 30000); // by a journal that was put back
    assert_true(harness_caused(h, 0, EVENT_bonus_withheld).bonus_withheld.repeated);
    assert_int_equal(balance_of(h, customer(1)).bonus, 30000);
}

static void without_its_topup_there_is_no_bonus(void **state)
{
    harness_t *h = *state;
    event_t event = {.type = EVENT_promo_redeemed};
    event.promo_redeemed = (event_promo_redeemed_t){
        .account = customer(1), .invoice = a_number(h, 0), .amount = 5, .topup = 10};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    assert_false(harness_caused(h, 0, EVENT_bonus_withheld).bonus_withheld.repeated);
    answer_balance_t none;
    assert_int_equal(balance(h, customer(1), &none), FAIL_UNKNOWN_ACCOUNT);
}

static void a_gift_opens_its_account_and_is_given_once(void **state)
{
    harness_t *h = *state;
    event_t event = {.type = EVENT_promo_given};
    event.promo_given =
        (event_promo_given_t){.account = customer(2), .campaign = 1, .hmac = {{4}}, .amount = 700};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    (void)harness_caused(h, 0, EVENT_account_opened);
    assert_int_equal(harness_caused(h, 2, EVENT_bonus_given).bonus_given.lot, h->first + 1);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    assert_true(harness_caused(h, 0, EVENT_bonus_withheld).bonus_withheld.repeated);
    event.promo_given.hmac.bytes[0] = 5; // of another code
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    assert_int_equal(balance_of(h, customer(2)).bonus, 1400);
    event.promo_given.account = nobody();
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    assert_int_equal(harness_caused(h, 1, EVENT_bonus_given).bonus_given.lot, 0);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 700);
}

// docs/rules.md "Welcome balances": by whichever campaign, in whatever history of payment.
static void an_account_is_welcomed_once_in_its_life(void **state)
{
    harness_t *h = *state;
    event_t event = {.type = EVENT_promo_welcomed};
    event.promo_welcomed =
        (event_promo_welcomed_t){.account = customer(2), .campaign = 1, .amount = 700};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    event_t given = harness_caused(h, 2, EVENT_bonus_given);
    assert_int_equal(given.bonus_given.source, BONUS_OF_WELCOME);
    assert_int_equal(given.bonus_given.lot, h->first + 1);
    event.promo_welcomed.campaign = 2;
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    assert_true(harness_caused(h, 0, EVENT_bonus_withheld).bonus_withheld.repeated);
    assert_int_equal(balance_of(h, customer(2)).bonus, 700);
    event.promo_welcomed.amount = 0;
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    assert_int_equal(balance_of(h, customer(2)).bonus, 700);
}

// docs/rules.md "The bonus of a promo code": of 1.00 with a top-up of 3.00 thirds take 0.33, 0.33
// and 0.34.
static void thirds_of_a_topup_take_thirds_of_its_bonus(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    static const kopecks_t left[] = {67, 34, 0};
    topped_up(h, number, 300, 100);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(taken(h, number, 100, POSTING_REFUND), FAIL_NONE);
        assert_int_equal(balance_of(h, customer(1)).bonus, left[i]);
        assert_int_equal(balance_of(h, customer(1)).cash, 200 - 100 * (kopecks_t)i);
    }
    assert_int_equal(system_of(h, SYSTEM_PROMO), 0);
}

static void a_refund_forgets_what_is_spent_and_a_chargeback_does_not(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    topped_up(h, number, 1000, 500);
    used(h, customer(1), 450); // 50 of the bonus are left
    assert_int_equal(taken(h, number, 200, POSTING_REFUND), FAIL_NONE);
    event_bonus_clawed_t clawed = clawed_last(h);
    assert_int_equal(clawed.due, 100);
    assert_int_equal(clawed.taken, 50);
    assert_int_equal(clawed.owed, 0);
    assert_int_equal(balance_of(h, customer(1)).bonus, 0);
    assert_int_equal(taken(h, number, 800, POSTING_CHARGEBACK), FAIL_NONE);
    clawed = clawed_last(h);
    assert_int_equal(clawed.due, 500);
    assert_int_equal(clawed.taken, 0);
    assert_int_equal(clawed.owed, 400);
    assert_int_equal(balance_of(h, customer(1)).cash, -400);
    assert_int_equal(system_of(h, SYSTEM_PROMO), -500 + 50 + 400);
}

static event_bonus_regained_t regained_last(const harness_t *h)
{
    size_t at = h->last;
    while (harness_read(h, at).type != EVENT_bonus_regained)
        at--;
    return harness_read(h, at).bonus_regained;
}

// docs/rules.md "The bonus of a promo code": what is owed goes first, then what was taken.
static void a_dispute_that_is_won_gives_its_bonus_again(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    topped_up(h, number, 1000, 500);
    used(h, customer(1), 450); // 50 of the bonus are left
    assert_int_equal(taken(h, number, 1000, POSTING_CHARGEBACK), FAIL_NONE);
    assert_int_equal(clawed_last(h).taken, 50);
    assert_int_equal(clawed_last(h).owed, 450);
    assert_int_equal(balance_of(h, customer(1)).cash, -450);
    assert_int_equal(came_back(h, number, 600, POSTING_CHARGEBACK), FAIL_NONE);
    assert_int_equal(regained_last(h).due, 200);
    assert_int_equal(regained_last(h).cleared, 300);
    assert_int_equal(regained_last(h).given, 0);
    assert_int_equal(came_back(h, number, 400, POSTING_CHARGEBACK), FAIL_NONE);
    assert_int_equal(regained_last(h).due, 0);
    assert_int_equal(regained_last(h).cleared, 150);
    assert_int_equal(regained_last(h).given, 50);
    assert_int_equal(balance_of(h, customer(1)).cash, 1000);
    assert_int_equal(balance_of(h, customer(1)).bonus, 50);
    assert_int_equal(system_of(h, SYSTEM_PROMO), -500);
    assert_int_equal(taken(h, number, 1000, POSTING_CHARGEBACK), FAIL_NONE); // and goes again
    assert_int_equal(clawed_last(h).taken, 50);
    assert_int_equal(clawed_last(h).owed, 450);
}

static void a_refund_that_comes_back_brings_its_bonus_along(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    topped_up(h, number, 1000, 500);
    used(h, customer(1), 450);
    assert_int_equal(taken(h, number, 400, POSTING_REFUND), FAIL_NONE); // 50 go, 150 are forgotten
    assert_int_equal(clawed_last(h).taken, 50);
    assert_int_equal(came_back(h, number, 200, POSTING_REFUND), FAIL_NONE);
    assert_int_equal(regained_last(h).given, 0); // what was forgotten
    assert_int_equal(came_back(h, number, 200, POSTING_REFUND), FAIL_NONE);
    assert_int_equal(regained_last(h).given, 50);
    assert_int_equal(balance_of(h, customer(1)).bonus, 50);
    assert_int_equal(balance_of(h, customer(1)).cash, 1000);
}

static void nobodys_bonus_goes_with_anothers_refund(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    topped_up(h, number, 1000, 500);
    paid(h, customer(1), 1000);
    assert_int_equal(taken(h, a_number(h, 1), 300, POSTING_REFUND), FAIL_NONE);
    assert_int_equal(taken(h, 0, 300, POSTING_REFUND), FAIL_NONE);
    assert_int_equal(balance_of(h, customer(1)).bonus, 500);
}

static void more_than_the_topup_takes_no_more_than_the_bonus(void **state)
{
    harness_t *h = *state;
    uint64_t number = a_number(h, 0);
    topped_up(h, number, 1000, 500);
    given(h, customer(1), 300); // of an operator
    assert_int_equal(taken(h, number, 1000, POSTING_CHARGEBACK), FAIL_NONE);
    assert_int_equal(taken(h, number, 1000, POSTING_CHARGEBACK), FAIL_NONE);
    assert_int_equal(balance_of(h, customer(1)).bonus, 300);
}

static int set_up(void **state)
{
    *state = harness_new(&ledger_core, NULL);
    ((harness_t *)*state)->now = INT64_C(1767950000) * SECOND_US;
    return 0;
}

static int tear_down(void **state)
{
    harness_t *h = *state;
    harness_t *again = harness_replay(h);
    harness_compare(h, again);
    harness_destroy(&again);
    harness_destroy(&h);
    return 0;
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_bonus_is_posted_and_known_by_its_topup),
        LEDGER_TEST(said_again_it_is_given_once),
        LEDGER_TEST(without_its_topup_there_is_no_bonus),
        LEDGER_TEST(a_gift_opens_its_account_and_is_given_once),
        LEDGER_TEST(an_account_is_welcomed_once_in_its_life),
        LEDGER_TEST(thirds_of_a_topup_take_thirds_of_its_bonus),
        LEDGER_TEST(a_refund_forgets_what_is_spent_and_a_chargeback_does_not),
        LEDGER_TEST(a_dispute_that_is_won_gives_its_bonus_again),
        LEDGER_TEST(a_refund_that_comes_back_brings_its_bonus_along),
        LEDGER_TEST(nobodys_bonus_goes_with_anothers_refund),
        LEDGER_TEST(more_than_the_topup_takes_no_more_than_the_bonus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
