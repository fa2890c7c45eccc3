// What autopay asks for: what is refused, when it is sent and sent again, when it is asked about.
#include "services/payment/payment_evidence.h"
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

// --- sending, restart, asking ---

static void a_charge_without_connection_is_sent_again_until_it_is_too_old(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge(w);
    instant_t start = w->now;
    unsigned attempts = 1;
    for (;;) {
        moves_post(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
        assert_string_equal(world_events(w), "");
        assert_null(world_wanted(w, invoice, true)); // it waits
        w->now = world_due(w)->wake;
        world_tick(w);
        if (world_state(w, invoice) != PAYMENT_SENT)
            break;
        assert_string_equal(world_events(w), "payment.sent");
        assert_int_equal(w->decision->events[0].payment_sent.attempt, ++attempts);
        assert_int_equal(w->decision->events[0].payment_sent.invoice, invoice);
    }
    assert_string_equal(world_events(w), "payment.declined");
    assert_int_equal(w->decision->events[0].payment_declined.reason, DECLINE_EXPIRED);
    assert_int_equal(w->now, start + PAYMENT_REQUEST_AGE_US + 1);
    assert_in_range(attempts, 8, 16);
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

static const event_payment_declined_t *try_again(world_t *w)
{
    w->now = world_due(w)->wake;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.declined");
    return &w->decision->events[0].payment_declined;
}

static void a_charge_that_waits_is_not_sent_after_a_later_credit(void **state)
{
    world_t *w = *state;
    uint64_t charge = moves_charge(w);
    moves_post(w, charge, RESULT_NOT_CONNECTED, 0, NULL);
    uint64_t topup = world_topup(w, &MOVES_ACCOUNT, 1000, 0);
    world_notice(w, SHOP_PASSWORD2, topup, "1000.000000", false);
    uint64_t credit = world_last(w);
    const event_payment_declined_t *declined = try_again(w);
    assert_int_equal(declined->invoice, charge);
    assert_int_equal(declined->reason, DECLINE_STALE);
    assert_int_equal(declined->credit, credit);
    assert_null(world_wanted(w, charge, true));
}

static void a_charge_that_waits_is_not_sent_beside_a_topup_under_way(void **state)
{
    world_t *w = *state;
    uint64_t charge = moves_charge(w);
    moves_post(w, charge, RESULT_NOT_CONNECTED, 0, NULL);
    uint64_t topup = world_topup(w, &MOVES_ACCOUNT, 1000, 0);
    moves_tell_state(w, topup, 0, 50, NULL);
    const event_payment_declined_t *declined = try_again(w);
    assert_int_equal(declined->invoice, charge);
    assert_int_equal(declined->reason, DECLINE_BUSY);
}

static void after_a_restart_what_was_sent_is_unknown_and_never_sent_again(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge(w);
    world_restart(w);
    assert_null(world_wanted(w, invoice, true));
    w->current = false; // a fact needs no judgement
    world_tick(w);
    assert_string_equal(world_events(w), "payment.unknown");
    assert_int_equal(w->decision->events[0].payment_unknown.why, UNKNOWN_RESTART);
    assert_null(world_wanted(w, invoice, true));
    w->current = true;
    moves_tell_state(w, invoice, 0, 100, "500.000000");
    assert_string_equal(world_events(w), "payment.succeeded");
    assert_int_equal(world_event(w, EVENT_payment_succeeded)->payment_succeeded.evidence,
                     EVIDENCE_STATE);
}

static void a_charge_that_waits_for_its_next_attempt_is_unknown_after_a_restart(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge(w);
    moves_post(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
    world_restart(w);
    world_tick(w);
    assert_string_equal(world_events(w), "payment.unknown");
    assert_null(world_wanted(w, invoice, true));
}

static void an_answer_that_belongs_to_an_earlier_question_says_nothing(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge_in(w, PAYMENT_UNKNOWN);
    uid_t16 token = payment_state_invoice(world_core_state(w), invoice)->token;
    moves_tell(w, invoice, RESULT_NO_ANSWER, 0, NULL);
    assert_null(world_wanted(w, invoice, false));
    w->now += HOUR_US;
    uint64_t key = world_wanted(w, invoice, false)->key;
    world_result(w, key, RESULT_NO_ANSWER, 0, NULL);
    world_result(w, key, RESULT_ANSWERED, 200, world_xml(0, 100, "500.00", &token));
    assert_string_equal(world_events(w), "");
    world_result(w, UINT64_MAX, RESULT_ANSWERED, 200, world_xml(0, 100, "500.00", &token));
    assert_string_equal(world_events(w), "");
}

static void questions_come_with_longer_and_longer_waits(void **state)
{
    static const instant_t waits_s[] = {30, 120, 600, 3600, 3600, 3600};
    world_t *w = *state;
    uint64_t invoice = moves_charge_in(w, PAYMENT_UNKNOWN);
    for (size_t i = 0; i < LENGTH(waits_s); i++) {
        w->now += waits_s[i] * SECOND_US - 1;
        assert_null(world_wanted(w, invoice, false));
        assert_true(world_due(w)->wake <= w->now + 1);
        w->now += 1;
        const outside_t *wanted = world_wanted(w, invoice, false);
        assert_non_null(wanted);
        world_result(w, wanted->key, RESULT_NO_ANSWER, 0, NULL);
    }
}

static void no_operation_for_half_an_hour_on_end_is_a_decline(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge_in(w, PAYMENT_UNKNOWN);
    moves_tell_state(w, invoice, 3, 0, NULL);
    assert_string_equal(world_events(w), "payment.checked");
    w->now += 29 * MINUTE_US;
    moves_tell_state(w, invoice, 1000, 0, NULL); // any other answer begins anew
    assert_string_equal(world_events(w), "payment.checked");
    moves_tell_state(w, invoice, 3, 0, NULL);
    instant_t since = w->now;
    assert_string_equal(world_events(w), "payment.checked");
    while (world_state(w, invoice) == PAYMENT_UNKNOWN) {
        assert_true(w->now < since + HOUR_US);
        moves_tell_state(w, invoice, 3, 0, NULL);
    }
    assert_int_equal(w->decision->events[0].payment_declined.reason, DECLINE_NOT_ARRIVED);
    assert_in_range(w->now - since, 30 * MINUTE_US, 30 * MINUTE_US + 10 * SECOND_US);
}

static void a_decline_for_silence_waits_until_the_inputs_are_current(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge_in(w, PAYMENT_UNKNOWN);
    moves_tell_state(w, invoice, 3, 0, NULL);
    w->current = false;
    w->now += DAY_US;
    moves_tell_state(w, invoice, 3, 0, NULL);
    assert_string_equal(world_events(w), "");
    world_tick(w);
    assert_string_equal(world_events(w), "");
    w->current = true;
    moves_tell_state(w, invoice, 3, 0, NULL);
    assert_string_equal(world_events(w), "payment.declined");
}

static void an_open_charge_is_overdue_then_an_alarm_and_stays_open(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_charge_in(w, PAYMENT_PENDING);
    instant_t start = w->now;
    w->now = start + PAYMENT_OVERDUE_US - 1;
    world_tick(w);
    assert_string_equal(world_events(w), "");
    w->now++;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.overdue");
    assert_int_equal(w->decision->events[0].payment_overdue.level, 1);
    w->now = start + DAY_US;
    world_tick(w);
    assert_int_equal(w->decision->events[0].payment_overdue.level, 2);
    w->now = start + 30 * DAY_US;
    world_tick(w);
    assert_string_equal(world_events(w), "");
    assert_int_equal(world_state(w, invoice), PAYMENT_PENDING);
    assert_non_null(world_wanted(w, invoice, false));
    moves_tell(w, invoice, RESULT_NO_ANSWER, 0, NULL);
    assert_in_range(world_due(w)->wake - w->now, 1, HOUR_US); // still hourly
}

static void requests_at_once_are_bounded_and_charges_come_first(void **state)
{
    world_t *w = *state;
    for (uint8_t i = 1; i <= 40; i++) {
        uid_t16 account = {{i}};
        world_link(w, &account, 500, 3);
        world_topup(w, &account, 10, 0);
    }
    w->now += HOUR_US;
    for (uint8_t i = 1; i <= 10; i++) {
        uid_t16 account = {{i}};
        event_autopay_payment_requested_t wish = world_wish(w, &account);
        world_request(w, &wish, w->now);
    }
    const due_t *due = world_due(w);
    assert_int_equal(due->count, 16);
    for (size_t i = 0; i < due->count; i++) {
        bool charge = memmem(due->requests[i].url.data, due->requests[i].url.size, "Recurring", 9);
        assert_int_equal(charge, i < 10);
        for (size_t k = 0; k < i; k++)
            assert_true(due->requests[i].key != due->requests[k].key);
    }
    uint64_t first = due->requests[0].key;
    assert_int_equal(world_due(w)->requests[0].key, first); // the same until its result
}

// Links many cards and has a charge of each asked for at once: more than may be out.
static void ask_for_more_than_may_be_out(world_t *w, uint64_t *ret_last)
{
    w->settings.requests_max = 2;
    for (uint8_t i = 1; i <= 3; i++)
        world_link(w, &(uid_t16){{i}}, 500, 3);
    for (uint8_t i = 1; i <= 3; i++) {
        event_autopay_payment_requested_t wish = world_wish(w, &(uid_t16){{i}});
        world_request(w, &wish, w->now);
        *ret_last = w->decision->events[0].payment_created.invoice;
    }
    assert_null(world_wanted(w, *ret_last, true)); // no place is free
}

static void a_charge_that_found_no_place_in_time_never_leaves(void **state)
{
    world_t *w = *state;
    uint64_t last;
    instant_t start = w->now;
    ask_for_more_than_may_be_out(w, &last);
    w->now = start + PAYMENT_REQUEST_AGE_US + 1;
    w->settings.requests_max = 16;
    assert_null(world_wanted(w, last, true));
    w->current = false; // a fact needs no judgement
    w->now = start + PAYMENT_REQUEST_AGE_US + PAYMENT_ANSWER_US;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.unknown payment.unknown payment.unknown");
    assert_int_equal(world_state(w, last), PAYMENT_UNKNOWN);
    assert_null(world_wanted(w, last, true));
}

static void a_charge_that_waits_for_a_place_does_not_leave_after_a_later_credit(void **state)
{
    world_t *w = *state;
    uint64_t last;
    ask_for_more_than_may_be_out(w, &last);
    w->settings.requests_max = 16;
    assert_non_null(world_wanted(w, last, true));
    uint64_t topup = world_topup(w, &(uid_t16){{3}}, 1000, 0);
    world_notice(w, SHOP_PASSWORD2, topup, "1000.000000", false);
    assert_null(world_wanted(w, last, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(each_check_of_a_request_refuses_in_its_order),
        MOVES_TEST(any_later_credit_makes_a_request_stale),
        MOVES_TEST(money_of_a_topup_under_way_keeps_a_charge_back),
        MOVES_TEST(a_charge_names_its_parent_and_its_request),
        MOVES_TEST(a_test_shop_charges_nobody),
        MOVES_TEST(a_charge_without_connection_is_sent_again_until_it_is_too_old),
        MOVES_TEST(a_request_from_a_clock_ahead_lives_no_longer_than_another),
        MOVES_TEST(a_charge_that_waits_is_not_sent_after_a_later_credit),
        MOVES_TEST(a_charge_that_waits_is_not_sent_beside_a_topup_under_way),
        MOVES_TEST(after_a_restart_what_was_sent_is_unknown_and_never_sent_again),
        MOVES_TEST(a_charge_that_waits_for_its_next_attempt_is_unknown_after_a_restart),
        MOVES_TEST(an_answer_that_belongs_to_an_earlier_question_says_nothing),
        MOVES_TEST(questions_come_with_longer_and_longer_waits),
        MOVES_TEST(no_operation_for_half_an_hour_on_end_is_a_decline),
        MOVES_TEST(a_decline_for_silence_waits_until_the_inputs_are_current),
        MOVES_TEST(an_open_charge_is_overdue_then_an_alarm_and_stays_open),
        MOVES_TEST(requests_at_once_are_bounded_and_charges_come_first),
        MOVES_TEST(a_charge_that_found_no_place_in_time_never_leaves),
        MOVES_TEST(a_charge_that_waits_for_a_place_does_not_leave_after_a_later_credit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
