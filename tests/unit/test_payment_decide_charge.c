// What autopay asks for: what is refused and why, what is sent and what it names.
#include "services/payment/payment_decide_evidence.h"
#include "tests/model/payment_moves.h"

static uint64_t expect_refused(world_t *w, const event_autopay_payment_requested_t *wish,
                               instant_t at, decline_t reason)
{
    uint64_t request = world_request(w, wish, at);
    assert_string_equal(world_events(w), "payment.declined");
    const event_payment_declined_t *declined = &w->decision->events[0].payment_declined;
    assert_int_equal(declined->invoice, 0);
    assert_int_equal(declined->request, request);
    assert_true(uid_equal(&declined->account, &wish->account));
    assert_int_equal(declined->reason, reason);
    return declined->credit;
}

static void each_check_of_a_request_refuses_in_its_order(void **state)
{
    world_t *w = *state;
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_OTHER);
    expect_refused(w, &wish, w->now, DECLINE_REVOKED); // never had a mandate

    world_link(w, &MOVES_ACCOUNT, 500, 3);
    const event_autopay_payment_requested_t good = world_wish(w, &MOVES_ACCOUNT);
    assert_int_equal(good.credit, world_last(w) - 1); // consent follows its credit
    event_autopay_payment_requested_t bad = good;
    bad.mandate.bytes[0] ^= 1;
    bad.amount++;
    expect_refused(w, &bad, w->now, DECLINE_REVOKED);
    bad = good;
    bad.amount++;
    expect_refused(w, &bad, w->now - HOUR_US, DECLINE_AMOUNT);
    bad = good;
    bad.credit--;
    expect_refused(w, &bad, w->now - PAYMENT_REQUEST_AGE_US - 1, DECLINE_EXPIRED);
    assert_int_equal(expect_refused(w, &bad, w->now, DECLINE_STALE), good.credit);

    world_request(w, &good, w->now - PAYMENT_REQUEST_AGE_US);
    assert_string_equal(world_events(w), "payment.created payment.sent");
    expect_refused(w, &bad, w->now, DECLINE_BUSY);
    moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB);
    expect_refused(w, &good, w->now, DECLINE_REVOKED);
}

static void any_later_credit_makes_a_request_stale(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 10, 0);
    world_notice(w, SHOP_PASSWORD2, invoice, "10.000000", false);
    uint64_t credit = world_last(w);
    assert_int_equal(expect_refused(w, &wish, w->now, DECLINE_STALE), credit);
    wish.credit = credit;
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
}

// Autopay's facts since the backup come once more.
static void what_a_lost_history_may_have_sent_is_not_sent_again(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    instant_t decided = w->now;
    w->now += MINUTE_US;
    world_put_back(w, 3); // the same history, another process
    world_request(w, &wish, decided);
    assert_string_equal(world_events(w), "payment.created payment.sent");

    moves_resolve(w, world_event(w, EVENT_payment_sent)->payment_sent.invoice, OUTCOME_DECLINED, 0);
    world_put_back(w, 4);
    expect_refused(w, &wish, decided, DECLINE_EXPIRED);
    // Ours is the clock of the backup, and autopay's may be ahead: stamps do not tell.
    expect_refused(w, &wish, w->now + HOUR_US, DECLINE_EXPIRED);
    world_reseeded(w, STREAM_AUTOPAY, 3, 1);
    assert_string_equal(world_events(w), ""); // it went by another one then
    world_reseeded(w, STREAM_LEDGER, 4, 1);
    assert_string_equal(world_events(w), "");
    expect_refused(w, &wish, w->now, DECLINE_EXPIRED);
    world_reseeded(w, STREAM_AUTOPAY, 4, 1);
    assert_string_equal(world_events(w), "payment.requests_resumed");
    world_restart(w); // under the old name again: another restore
    expect_refused(w, &wish, w->now, DECLINE_EXPIRED);
    world_reseeded(w, STREAM_AUTOPAY, 3, 1);
    assert_string_equal(world_events(w), "payment.requests_resumed");
    world_reseeded(w, STREAM_AUTOPAY, 3, 1);
    assert_string_equal(world_events(w), "");
    world_request(w, &wish, w->now - MINUTE_US);
    assert_string_equal(world_events(w), "payment.created payment.sent");
}

// One that never followed the lost journal is not reseeded: then a day is enough, counted from when
// it was put back, which is the name.
static void a_day_after_a_restore_autopay_is_heard_in_any_case(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    instant_t restored = w->now + 3 * DAY_US;
    world_put_back(w, (uint64_t)(restored / SECOND_US));
    expect_refused(w, &wish, restored / SECOND_US * SECOND_US + DAY_US - 1, DECLINE_EXPIRED);
    world_request(w, &wish, restored / SECOND_US * SECOND_US + DAY_US);
    assert_string_equal(world_events(w), "payment.created payment.sent");
}

// What waited when the backup was made, the lost journal may have sent since.
static void what_waits_in_a_journal_put_back_is_unknown_and_never_sent(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    w->current = false;
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created");
    uint64_t invoice = w->decision->events[0].payment_created.invoice;
    world_restart(w); // no other journal: it waits on
    assert_int_equal(world_state(w, invoice), PAYMENT_CREATED);
    world_put_back(w, 4);
    w->current = true;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.unknown");
    assert_int_equal(world_event(w, EVENT_payment_unknown)->payment_unknown.why, UNKNOWN_RESTART);
    assert_null(world_wanted(w, invoice, true));
    w->now += HOUR_US;
    assert_non_null(world_wanted(w, invoice, false));
}

// The ledger names, for an account whose last credit is lost, the last event that both have.
static void a_lost_credit_makes_nothing_stale_for_ever(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 31);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    uint64_t common = world_last(w);
    wish.credit = common + 7; // the lost one: what came since is not in that balance
    world_put_back(w, 4);
    world_reseeded(w, STREAM_AUTOPAY, 4, common);
    expect_refused(w, &wish, w->now, DECLINE_STALE);
    wish.credit = common;
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
    moves_resolve(w, world_event(w, EVENT_payment_sent)->payment_sent.invoice, OUTCOME_DECLINED, 0);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 10, 0);
    world_notice(w, SHOP_PASSWORD2, invoice, "10.000000", false);
    uint64_t credit = world_last(w);
    assert_int_equal(expect_refused(w, &wish, w->now, DECLINE_STALE), credit);
}

static void lower(world_t *w, uint64_t count_max, kopecks_t sum_max)
{
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change = (request_mandate_change_t){MOVES_ACCOUNT, count_max, sum_max, 0};
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
}

// Autopay decided before it heard that the limit is lower: one more would be above the count, or
// above the sum.
static void a_request_above_a_limit_that_was_lowered_meanwhile_is_stale(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    wish.count = 2;
    wish.sum = 2 * wish.amount;
    lower(w, 2, 150000);
    assert_int_equal(expect_refused(w, &wish, w->now, DECLINE_STALE), wish.credit);
    wish.count = 1;
    wish.sum = wish.amount;
    lower(w, 2, 99999);
    expect_refused(w, &wish, w->now, DECLINE_STALE);
    wish.count = 0;
    wish.sum = 0;
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
}

static void money_of_a_topup_under_way_keeps_a_charge_back(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 100, 0);
    moves_tell_state(w, invoice, 0, 50, NULL);
    expect_refused(w, &wish, w->now, DECLINE_BUSY);
    moves_tell_state(w, invoice, 0, 60, NULL);
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
}

// Payment was down: what the ledger said meanwhile is heard before anything is sent.
static void a_charge_waits_until_we_are_current(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    w->current = false;
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created");
    uint64_t invoice = w->decision->events[0].payment_created.invoice;
    world_tick(w);
    assert_string_equal(world_events(w), "");
    assert_null(world_wanted(w, invoice, true));
    expect_refused(w, &wish, w->now, DECLINE_BUSY);
    world_restart(w);
    w->current = true;
    assert_int_equal(world_due(w)->wake, w->now);
    world_tick(w);
    assert_string_equal(world_events(w), "payment.sent");
    assert_int_equal(w->decision->events[0].payment_sent.attempt, 1);
    assert_non_null(world_wanted(w, invoice, true));
}

static void a_charge_that_waits_too_long_or_is_overtaken_is_never_sent(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    w->current = false;
    world_request(w, &wish, w->now);
    world_posting(w, &MOVES_ACCOUNT, POSTING_CHARGEBACK, true, 0, 0);
    assert_string_equal(world_events(w), "mandate.revoked payment.declined");
    world_link(w, &MOVES_OTHER, 500, 3);
    wish = world_wish(w, &MOVES_OTHER);
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created");
    w->now += PAYMENT_REQUEST_AGE_US + 1;
    w->current = true;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.declined");
    assert_int_equal(w->decision->events[0].payment_declined.reason, DECLINE_EXPIRED);
}

static void a_charge_names_its_parent_and_its_request(void **state)
{
    world_t *w = *state;
    uint64_t parent = world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    uint64_t request = world_request(w, &wish, w->now);
    const event_payment_created_t *created = &w->decision->events[0].payment_created;
    assert_int_equal(created->request, request);
    assert_int_equal(created->parent, parent);
    assert_int_equal(created->amount, 50000);
    assert_false(uid_equal(&created->token, &created->mandate));
    const outside_t *wanted = world_wanted(w, created->invoice, true);
    assert_non_null(wanted);
    char expected[64];
    snprintf(expected, sizeof expected, "&PreviousInvoiceID=%llu&OutSum=500.00&",
             (unsigned long long)parent);
    assert_non_null(memmem(wanted->body.data, wanted->body.size, expected, strlen(expected)));
}

static void a_test_shop_charges_nobody(void **state)
{
    world_t *w = *state;
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    w->settings.shop.test = true;
    expect_refused(w, &wish, w->now, DECLINE_REJECTED);
    request_t request = {.type = REQUEST_topup};
    request.topup.account = MOVES_ACCOUNT;
    request.topup.amount_rub = 500;
    request.topup.count_max = 3;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_STATE);
}

static void a_request_from_a_clock_ahead_lives_no_longer_than_another(void **state)
{
    static const instant_t clocks[] = {2 * HOUR_US, INT64_MAX};
    world_t *w = *state;
    for (uint8_t i = 0; i < LENGTH(clocks); i++) {
        uid_t16 account = {{i + 1}};
        world_link(w, &account, 500, 3);
        event_autopay_payment_requested_t wish = world_wish(w, &account);
        instant_t at = clocks[i] == INT64_MAX ? INT64_MAX : w->now + clocks[i];
        world_request(w, &wish, at);
        const event_payment_created_t *created = &w->decision->events[0].payment_created;
        assert_int_equal(created->expires, w->now + PAYMENT_REQUEST_AGE_US);
    }
    uid_t16 third = {{3}};
    world_link(w, &third, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &third);
    expect_refused(w, &wish, INT64_MIN, DECLINE_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(each_check_of_a_request_refuses_in_its_order),
        MOVES_TEST(any_later_credit_makes_a_request_stale),
        MOVES_TEST(what_a_lost_history_may_have_sent_is_not_sent_again),
        MOVES_TEST(a_day_after_a_restore_autopay_is_heard_in_any_case),
        MOVES_TEST(what_waits_in_a_journal_put_back_is_unknown_and_never_sent),
        MOVES_TEST(a_lost_credit_makes_nothing_stale_for_ever),
        MOVES_TEST(a_request_above_a_limit_that_was_lowered_meanwhile_is_stale),
        MOVES_TEST(money_of_a_topup_under_way_keeps_a_charge_back),
        MOVES_TEST(a_charge_waits_until_we_are_current),
        MOVES_TEST(a_charge_that_waits_too_long_or_is_overtaken_is_never_sent),
        MOVES_TEST(a_charge_names_its_parent_and_its_request),
        MOVES_TEST(a_test_shop_charges_nobody),
        MOVES_TEST(a_request_from_a_clock_ahead_lives_no_longer_than_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
