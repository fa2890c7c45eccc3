// What time decides about an invoice: sent again, given up, unknown after a restart, overdue.
#include "services/payment/payment_decide_evidence.h"
#include "tests/model/payment_moves.h"

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

static void lower(world_t *w, uint64_t count_max, kopecks_t sum_max)
{
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change = (request_mandate_change_t){MOVES_ACCOUNT, count_max, sum_max, 0};
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
}

static void a_charge_that_waits_is_not_sent_after_a_limit_was_lowered(void **state)
{
    world_t *w = *state;
    uint64_t charge = moves_charge(w);
    moves_post(w, charge, RESULT_NOT_CONNECTED, 0, NULL);
    lower(w, 1, 50000);
    const event_payment_declined_t *declined = try_again(w);
    assert_int_equal(declined->invoice, charge);
    assert_int_equal(declined->reason, DECLINE_STALE);
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

static void an_unpaid_topup_is_asked_about_for_a_day_and_then_expires(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    instant_t start = w->now;
    int questions = 0;
    while (world_state(w, invoice) == PAYMENT_CREATED) {
        w->now = world_due(w)->wake;
        assert_true(w->now < INT64_MAX);
        world_tick(w);
        const outside_t *wanted = world_wanted(w, invoice, false);
        if (wanted) {
            world_result(w, wanted->key, RESULT_ANSWERED, 200, world_xml(3, 0, NULL, NULL));
            assert_null(world_wanted(w, invoice, false)); // not twice at once
            questions++;
        }
    }
    assert_int_equal(world_state(w, invoice), PAYMENT_EXPIRED);
    assert_int_equal(w->now, start + DAY_US);
    assert_in_range(questions, 20, 30);
    assert_int_equal(world_due(w)->wake, INT64_MAX); // nothing of it is left to do
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_charge_without_connection_is_sent_again_until_it_is_too_old),
        MOVES_TEST(a_charge_that_waits_is_not_sent_after_a_later_credit),
        MOVES_TEST(a_charge_that_waits_is_not_sent_beside_a_topup_under_way),
        MOVES_TEST(a_charge_that_waits_is_not_sent_after_a_limit_was_lowered),
        MOVES_TEST(after_a_restart_what_was_sent_is_unknown_and_never_sent_again),
        MOVES_TEST(a_charge_that_waits_for_its_next_attempt_is_unknown_after_a_restart),
        MOVES_TEST(an_open_charge_is_overdue_then_an_alarm_and_stays_open),
        MOVES_TEST(an_unpaid_topup_is_asked_about_for_a_day_and_then_expires),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
