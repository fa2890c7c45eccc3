// An account that the ledger calls closed: nothing is begun for it, and its consent has ended.
#include "services/payment/payment_closing.h"
#include "tests/model/payment_moves.h"

static void said(world_t *w, bool closed)
{
    event_t event = {.type = closed ? EVENT_account_closed : EVENT_account_reopened};
    event.account_closed.account = MOVES_ACCOUNT; // both begin with it
    world_hear(w, STREAM_LEDGER, &event);
}

static fail_t topping_up(world_t *w, uint64_t count_max)
{
    request_t request = {.type = REQUEST_topup};
    request.topup =
        (request_topup_t){.account = MOVES_ACCOUNT, .amount_rub = 500, .count_max = count_max};
    return world_command(w, &request, ROLE_WEB);
}

static void a_live_mandate_ends_with_its_account(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    said(w, true);
    assert_string_equal(world_events(w), "closing.noted mandate.revoked");
    assert_int_equal(world_event(w, EVENT_mandate_revoked)->mandate_revoked.why, REVOKE_CLOSED);
    (void)world_request(w, &wish, w->now); // on its way meanwhile
    assert_int_equal(world_event(w, EVENT_payment_declined)->payment_declined.reason,
                     DECLINE_REVOKED);
    said(w, true); // told again
    assert_string_equal(world_events(w), "");
}

static void nothing_is_begun_until_it_is_reopened(void **state)
{
    world_t *w = *state;
    said(w, true); // payment has never heard of it before
    assert_string_equal(world_events(w), "closing.noted");
    assert_int_equal(topping_up(w, 0), FAIL_STATE);
    world_restart(w);
    assert_int_equal(topping_up(w, 0), FAIL_STATE);
    said(w, false);
    assert_string_equal(world_events(w), "closing.noted");
    assert_int_equal(topping_up(w, 0), FAIL_NONE);
    said(w, false);
    assert_string_equal(world_events(w), "");
}

static void a_box_that_was_ticked_before_gives_no_mandate(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 3);
    said(w, true);
    assert_string_equal(world_events(w), "closing.noted mandate.revoked");
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.succeeded");
}

static void a_charge_that_waits_is_given_up(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    w->current = false; // it waits until all is heard
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    (void)world_request(w, &wish, w->now);
    said(w, true);
    assert_string_equal(world_events(w), "closing.noted mandate.revoked payment.declined");
}

int main(void)
{
    const struct CMUnitTest tests[] = {MOVES_TEST(a_live_mandate_ends_with_its_account),
                                       MOVES_TEST(nothing_is_begun_until_it_is_reopened),
                                       MOVES_TEST(a_box_that_was_ticked_before_gives_no_mandate),
                                       MOVES_TEST(a_charge_that_waits_is_given_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
