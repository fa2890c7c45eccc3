// A refund is held of the lot that its payment is, once, and leaves or comes back once.
#include "proto/payment_number.h"
#include "services/ledger/ledger_state.h"
#include "tests/unit/ledger_words.h"

static uint64_t number; // of the last refund

// Payment asks for it: of the payment that its event `credit` told of.
static uint64_t asked(harness_t *h, uid_t16 account, uint64_t credit, kopecks_t amount)
{
    event_t event = {.type = EVENT_refund_requested};
    event.refund_requested = (event_refund_requested_t){.refund = ++number,
                                                        .invoice = 900 + credit,
                                                        .account = account,
                                                        .amount = amount,
                                                        .credit = credit};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    return number;
}

static void done(harness_t *h, uint64_t refund, uid_t16 account, kopecks_t amount)
{
    event_t event = {.type = EVENT_refund_done};
    event.refund_done = (event_refund_done_t){
        .refund = refund, .account = account, .amount = amount, .evidence = EVIDENCE_STATE};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

static void ended(harness_t *h, uint64_t refund, uid_t16 account)
{
    event_t event = {.type = EVENT_refund_ended};
    event.refund_ended = (event_refund_ended_t){
        .refund = refund, .account = account, .amount = 1, .why = REFUND_END_REFUSED};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

static answer_lots_t lots_of(harness_t *h, uid_t16 account)
{
    request_t request = {.type = REQUEST_lots, .lots.account = account};
    answer_t answer;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    return answer.lots;
}

static refund_refusal_t refused(harness_t *h)
{
    assert_int_equal(harness_recall(h), 1);
    return (refund_refusal_t)harness_caused(h, 0, EVENT_refund_refused).refund_refused.why;
}

static void it_is_held_of_the_lot_that_its_payment_is(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t first = stream_sequence;
    paid(h, customer(1), 300);
    used(h, customer(1), 120);
    uint64_t refund = asked(h, customer(1), first, 380);
    assert_int_equal(harness_caused(h, 0, EVENT_refund_noted).refund_noted.credit, first);
    assert_int_equal(balance_of(h, customer(1)).cash, 680); // nothing moves before the recall
    assert_int_equal(harness_recall(h), 2);
    event_t posted = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_HOLD);
    assert_int_equal(posted.posted.amount, 380);
    assert_int_equal(posted.posted.credit, SYSTEM_REFUNDS);
    event_t held = harness_caused(h, 1, EVENT_refund_held);
    assert_int_equal(held.refund_held.refund, refund);
    assert_int_equal(held.refund_held.lot, posted.posted.lot);
    assert_int_equal(harness_read(h, posted.posted.lot).cause.sequence, first);
    assert_int_equal(balance_of(h, customer(1)).cash, 300);
    assert_int_equal(lots_of(h, customer(1)).held, 380);
    assert_int_equal(lots_of(h, customer(1)).cash, 300);
}

static void more_than_is_left_of_it_is_refused_whatever_else_is_there(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t first = stream_sequence;
    paid(h, customer(1), 100000);
    given(h, customer(1), 1000);
    used(h, customer(1), 1120); // the bonus, and 120 of the first
    (void)asked(h, customer(1), first, 381);
    assert_int_equal(refused(h), REFUND_REFUSED_SPENT);
    (void)asked(h, customer(1), first, 380);
    assert_int_equal(harness_recall(h), 2);
    (void)asked(h, customer(1), first, 1); // what is held is not there
    assert_int_equal(refused(h), REFUND_REFUSED_SPENT);
}

static void a_bonus_is_no_money_to_go_back(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t first = stream_sequence;
    used(h, customer(1), 500);
    given(h, customer(1), 1000);
    (void)asked(h, customer(1), first, 1);
    assert_int_equal(refused(h), REFUND_REFUSED_SPENT);
}

static void anothers_payment_or_none_is_refused(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t first = stream_sequence;
    paid(h, customer(2), 500);
    (void)asked(h, customer(2), first, 100);
    assert_int_equal(refused(h), REFUND_REFUSED_UNPLACED);
    used(h, customer(1), 10);
    (void)asked(h, customer(1), stream_sequence, 100); // no payment of that number
    assert_int_equal(refused(h), REFUND_REFUSED_UNPLACED);
}

static void what_left_leaves_once_and_through_clearing(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t refund = asked(h, customer(1), stream_sequence, 200);
    assert_int_equal(harness_recall(h), 2);
    done(h, refund, customer(1), 200);
    event_t posted = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_REFUND);
    assert_int_equal(posted.posted.debit, SYSTEM_REFUNDS);
    assert_int_equal(posted.posted.credit, SYSTEM_CLEARING);
    assert_true(harness_caused(h, 1, EVENT_refund_settled).refund_settled.held);
    assert_int_equal(system_of(h, SYSTEM_REFUNDS), 0);
    assert_int_equal(system_of(h, SYSTEM_CLEARING), -300);
    assert_int_equal(lots_of(h, customer(1)).held, 0);
    done(h, refund, customer(1), 200); // told of again
    assert_int_equal(h->count, 0);
    ended(h, refund, customer(1));
    assert_int_equal(h->count, 0);
    assert_int_equal(balance_of(h, customer(1)).cash, 300);
}

static void what_failed_comes_back_to_its_lot_and_pays_what_is_owed(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t refund = asked(h, customer(1), stream_sequence, 500);
    assert_int_equal(harness_recall(h), 2);
    uint64_t lot = harness_caused(h, 1, EVENT_refund_held).refund_held.lot;
    used(h, customer(1), 40);
    assert_int_equal(balance_of(h, customer(1)).cash, -40);
    assert_int_equal(lots_of(h, customer(1)).usage_debt, 40);
    ended(h, refund, customer(1));
    event_t posted = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_RELEASE);
    assert_int_equal(posted.posted.lot, lot);
    assert_int_equal(balance_of(h, customer(1)).cash, 460);
    assert_int_equal(lots_of(h, customer(1)).cash, 460);
    assert_int_equal(lots_of(h, customer(1)).usage_debt, 0);
    assert_int_equal(lots_of(h, customer(1)).count, 1); // the old lot, and no new one
    ended(h, refund, customer(1));
    assert_int_equal(h->count, 0);
}

static void what_ends_before_it_is_held_is_held_no_more(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t refund = asked(h, customer(1), stream_sequence, 500);
    ended(h, refund, customer(1));
    assert_false(harness_caused(h, 0, EVENT_refund_settled).refund_settled.left);
    assert_int_equal(harness_recall(h), 0);
    assert_int_equal(balance_of(h, customer(1)).cash, 500);
}

// Nobody held it, since an older journal was put back: it has gone back all the same.
static void what_left_unheld_is_taken_of_whatever_is_there(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    used(h, customer(1), 400);
    done(h, ++number, customer(1), 300);
    event_t posted = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_REFUND);
    assert_int_equal(posted.posted.credit, SYSTEM_CLEARING);
    assert_false(harness_caused(h, 1, EVENT_refund_settled).refund_settled.held);
    assert_int_equal(balance_of(h, customer(1)).cash, -200);
    assert_int_equal(lots_of(h, customer(1)).reversal_debt, 200);
    done(h, number, customer(1), 300);
    assert_int_equal(h->count, 0);
}

static void what_came_back_may_yet_leave(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t refund = asked(h, customer(1), stream_sequence, 500);
    (void)harness_recall(h);
    ended(h, refund, customer(1));
    done(h, refund, customer(1), 500);
    assert_false(harness_caused(h, 1, EVENT_refund_settled).refund_settled.held);
    assert_int_equal(balance_of(h, customer(1)).cash, 0);
}

static void a_crash_before_the_recall_holds_once(void **state)
{
    paid(*state, customer(1), 500);
    (void)asked(*state, customer(1), stream_sequence, 500);
    harness_restart((harness_t **)state);
    assert_int_equal(harness_recall(*state), 2);
    harness_restart((harness_t **)state);
    assert_int_equal(harness_recall(*state), 0);
    assert_int_equal(balance_of(*state, customer(1)).cash, 0);
}

static void a_release_is_no_credit_of_a_payment(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t credit = stream_sequence;
    uint64_t refund = asked(h, customer(1), credit, 500);
    (void)harness_recall(h);
    ended(h, refund, customer(1));
    assert_int_equal(balance_of(h, customer(1)).credit, credit);
}

static void nobody_holds_or_releases_by_hand(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    const event_t wishes[] = {
        wish(customer(1), posting_system_id(SYSTEM_REFUNDS), 1, POSTING_HOLD),
        wish(posting_system_id(SYSTEM_REFUNDS), customer(1), 1, POSTING_RELEASE)};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(harness_item(h, POSTER, 1, &wishes[i]), FAIL_INVALID);
}

static void a_refund_is_noted_once_and_nothing_is_no_refund(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t credit = stream_sequence;
    (void)asked(h, customer(1), credit, 0);
    assert_int_equal(h->count, 0);
    uint64_t refund = asked(h, customer(1), credit, 200);
    number = refund - 1;
    assert_int_equal(asked(h, customer(1), credit, 300), refund); // told of again
    assert_int_equal(h->count, 0);
    assert_int_equal(harness_recall(h), 2);
    assert_int_equal(balance_of(h, customer(1)).cash, 300);
    done(h, refund + 1, customer(1), 0); // of nothing, unasked
    assert_int_equal(h->count, 0);
    ended(h, refund + 1, customer(1));
    assert_int_equal(h->count, 0);
    event_t other = {.type = EVENT_refund_approved};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &other), FAIL_NONE);
    assert_int_equal(h->count, 0); // Robokassa's yes moves no money
}

// The account's second payment, whose first event is no opening.
static void a_later_payment_of_anothers_is_refused_too(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    paid(h, customer(2), 500);
    paid(h, customer(1), 300);
    (void)asked(h, customer(2), stream_sequence, 100);
    assert_int_equal(refused(h), REFUND_REFUSED_UNPLACED);
    assert_int_equal(balance_of(h, customer(2)).cash, 500);
}

static void of_a_second_payment_the_ledger_knows_nothing(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 500);
    uint64_t last = h->last;
    event_t event = {.type = EVENT_refund_requested};
    event.refund_requested = (event_refund_requested_t){.refund = ++number,
                                                        .invoice = 900,
                                                        .account = customer(1),
                                                        .amount = 700,
                                                        .why = UNWANTED_SECOND};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    event = (event_t){.type = EVENT_refund_done};
    event.refund_done = (event_refund_done_t){.refund = number,
                                              .invoice = 900,
                                              .account = customer(1),
                                              .amount = 700,
                                              .by_itself = UNWANTED_SECOND};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    assert_int_equal(h->last, last);
    assert_int_equal(balance_of(h, customer(1)).cash, 500);
}

// By its number's own time, as a payment: what is over is known for 400 days, and then is no more.
static void one_that_is_over_is_forgotten_and_never_made_again(void **state)
{
    harness_t *h = *state;
    h->now = INT64_C(1767225600) * SECOND_US;
    number = payment_number_next(0, h->now) - 1;
    paid(h, customer(1), 500);
    uint64_t refund = asked(h, customer(1), stream_sequence, 500);
    assert_int_equal(harness_recall(h), 2);
    done(h, refund, customer(1), 500);
    const ledger_state_t *fold = h->state;
    h->now += 399 * DAY_US;
    paid(h, customer(1), 500);
    assert_int_equal(table_used(&fold->holds.rows), 1);
    h->now += 2 * DAY_US;
    paid(h, customer(1), 500);
    assert_int_equal(table_used(&fold->holds.rows), 0);
    number = refund - 1;
    assert_int_equal(asked(h, customer(1), stream_sequence, 500), refund);
    assert_int_equal(h->count, 0);
    done(h, refund, customer(1), 500);
    assert_int_equal(h->count, 0);
    assert_int_equal(balance_of(h, customer(1)).cash, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_held_of_the_lot_that_its_payment_is),
        TEST(more_than_is_left_of_it_is_refused_whatever_else_is_there),
        TEST(a_bonus_is_no_money_to_go_back),
        TEST(anothers_payment_or_none_is_refused),
        TEST(what_left_leaves_once_and_through_clearing),
        TEST(what_failed_comes_back_to_its_lot_and_pays_what_is_owed),
        TEST(what_ends_before_it_is_held_is_held_no_more),
        TEST(what_left_unheld_is_taken_of_whatever_is_there),
        TEST(what_came_back_may_yet_leave),
        TEST(a_crash_before_the_recall_holds_once),
        TEST(a_release_is_no_credit_of_a_payment),
        TEST(nobody_holds_or_releases_by_hand),
        TEST(a_refund_is_noted_once_and_nothing_is_no_refund),
        TEST(a_later_payment_of_anothers_is_refused_too),
        TEST(of_a_second_payment_the_ledger_knows_nothing),
        TEST(one_that_is_over_is_forgotten_and_never_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
