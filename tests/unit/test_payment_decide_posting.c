// What a chargeback or a refund in the ledger does to a mandate.
#include "tests/model/payment_moves.h"

static uint64_t hear(world_t *w, posting_kind_t kind, bool taken, kopecks_t cash)
{
    return world_posting(w, &MOVES_ACCOUNT, kind, taken, cash, 0);
}

static bool is_live(world_t *w)
{
    const payment_state_t *self = world_core_state(w);
    const mandate_t *mandate =
        payment_state_mandate(self, payment_state_account(self, &MOVES_ACCOUNT));
    return mandate && mandate->live;
}

static void a_chargeback_revokes_and_names_its_posting(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t sequence = hear(w, POSTING_CHARGEBACK, true, 5000);
    assert_string_equal(world_events(w), "mandate.revoked");
    const event_t *event = world_event(w, EVENT_mandate_revoked);
    assert_int_equal(event->mandate_revoked.why, REVOKE_CHARGEBACK);
    assert_true(uid_equal(&event->mandate_revoked.account, &MOVES_ACCOUNT));
    assert_int_equal(event->cause.stream, STREAM_LEDGER);
    assert_int_equal(event->cause.sequence, sequence);
    assert_false(is_live(w));
    hear(w, POSTING_CHARGEBACK, true, 0); // the second finds nothing live
    assert_string_equal(world_events(w), "");
}

static void a_chargeback_ends_a_charge_that_waits_for_a_connection(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge(w);
    moves_post(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
    w->current = false; // facts wait for nothing
    hear(w, POSTING_CHARGEBACK, true, 5000);
    assert_string_equal(world_events(w), "mandate.revoked payment.declined");
    assert_int_equal(world_event(w, EVENT_payment_declined)->payment_declined.reason,
                     DECLINE_REVOKED);
}

static void a_chargeback_stands_against_a_ticket_that_is_not_paid(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 3);
    hear(w, POSTING_CHARGEBACK, true, -5000);
    assert_string_equal(world_events(w), "mandate.revoked");
    world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded");
    world_link(w, &MOVES_ACCOUNT, 700, 2); // what is begun later is a new consent
    assert_true(is_live(w));
}

static void only_a_refund_that_leaves_no_cash_is_full(void **state)
{
    world_t *w = *state;
    hear(w, POSTING_REFUND, true, 0); // no such account here
    assert_string_equal(world_events(w), "");
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    hear(w, POSTING_REFUND, true, 1);
    assert_string_equal(world_events(w), "");
    uint64_t sequence = hear(w, POSTING_REFUND, true, 0);
    assert_string_equal(world_events(w), "mandate.refunded");
    const event_t *event = world_event(w, EVENT_mandate_refunded);
    assert_true(uid_equal(&event->mandate_refunded.account, &MOVES_ACCOUNT));
    assert_int_equal(event->cause.sequence, sequence);
    assert_true(is_live(w)); // the customer may go on
    moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB);
    hear(w, POSTING_REFUND, true, 0);
    assert_string_equal(world_events(w), "");
}

static void no_other_posting_says_anything_of_a_mandate(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    for (posting_kind_t kind = POSTING_CHARGE; kind <= POSTING_FEE; kind++)
        for (int taken = 0; taken < 2; taken++) {
            if (taken && (kind == POSTING_REFUND || kind == POSTING_CHARGEBACK))
                continue;
            hear(w, kind, taken, -100); // a refund that failed comes back, too
            assert_string_equal(world_events(w), "");
        }
    world_posting(w, &MOVES_OTHER, POSTING_CHARGEBACK, true, 0, 0);
    assert_string_equal(world_events(w), "");
    assert_true(is_live(w));
}

// A journal of an earlier release hears the whole ledger once.
static void a_posting_of_before_the_linking_money_says_nothing_of_it(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_OTHER, 500, 3);
    uint64_t other = world_last(w) - 1;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t credit = world_last(w) - 1;
    world_posting(w, &MOVES_OTHER, POSTING_TOPUP, false, 50000, other);
    hear(w, POSTING_CHARGEBACK, true, 0);
    assert_string_equal(world_events(w), "");
    hear(w, POSTING_REFUND, true, 0);
    assert_string_equal(world_events(w), "");
    world_posting(w, &MOVES_ACCOUNT, POSTING_TOPUP, false, 50000, credit);
    hear(w, POSTING_REFUND, true, 0);
    assert_string_equal(world_events(w), "mandate.refunded");
    hear(w, POSTING_CHARGEBACK, true, 0);
    assert_string_equal(world_events(w), "mandate.revoked");
}

static void after_a_start_a_chargeback_revokes_what_is_live(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_OTHER, 500, 3);
    world_posting(w, &MOVES_OTHER, POSTING_TOPUP, false, 50000, world_last(w) - 1);
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    world_restart(w);
    hear(w, POSTING_CHARGEBACK, true, 0);
    assert_string_equal(world_events(w), "mandate.revoked");
}

// The ledger had posted more of the lost journal than the one put back has: what it says now of the
// money of a new mandate is later all the same.
static void what_a_lost_journal_was_credited_says_nothing_of_a_new_mandate(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t credit = world_last(w) - 1;
    world_posting(w, &MOVES_OTHER, POSTING_TOPUP, false, 50000, credit + 100); // lost
    world_reseeded(w, STREAM_LEDGER, 4, credit - 1);
    hear(w, POSTING_CHARGEBACK, true, 0);
    assert_string_equal(world_events(w), "");
    world_posting(w, &MOVES_ACCOUNT, POSTING_TOPUP, false, 50000, credit);
    hear(w, POSTING_CHARGEBACK, true, 0);
    assert_string_equal(world_events(w), "mandate.revoked");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_chargeback_revokes_and_names_its_posting),
        MOVES_TEST(a_chargeback_ends_a_charge_that_waits_for_a_connection),
        MOVES_TEST(a_chargeback_stands_against_a_ticket_that_is_not_paid),
        MOVES_TEST(only_a_refund_that_leaves_no_cash_is_full),
        MOVES_TEST(no_other_posting_says_anything_of_a_mandate),
        MOVES_TEST(a_posting_of_before_the_linking_money_says_nothing_of_it),
        MOVES_TEST(after_a_start_a_chargeback_revokes_what_is_live),
        MOVES_TEST(what_a_lost_journal_was_credited_says_nothing_of_a_new_mandate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
