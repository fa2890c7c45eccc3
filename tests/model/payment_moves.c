#include "tests/model/payment_moves.h"

int moves_set_up(void **state)
{
    *state = world_new(1);
    return 0;
}

int moves_tear_down(void **state)
{
    world_check_replay(*state);
    world_destroy(*state);
    return 0;
}

uint64_t moves_charge(world_t *w)
{
    world_link(w, &MOVES_ACCOUNT, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
    return w->decision->events[0].payment_created.invoice;
}

void moves_post(world_t *w, uint64_t invoice, int what, unsigned status, const char *body)
{
    const outside_t *wanted = world_wanted(w, invoice, true);
    assert_non_null(wanted);
    world_result(w, wanted->key, what, status, body);
}

void moves_accept(world_t *w, uint64_t invoice)
{
    char body[32];
    snprintf(body, sizeof body, "OK%llu", (unsigned long long)invoice);
    moves_post(w, invoice, RESULT_ANSWERED, 200, body);
}

void moves_tell(world_t *w, uint64_t invoice, int what, unsigned status, const char *body)
{
    for (int steps = 0; !world_wanted(w, invoice, false); steps++) {
        assert_true(steps < 1000);
        w->now += 10 * SECOND_US;
    }
    world_result(w, world_wanted(w, invoice, false)->key, what, status, body);
}

void moves_tell_state(world_t *w, uint64_t invoice, int result, int state, const char *sum)
{
    const invoice_t *row = payment_state_invoice(world_core_state(w), invoice);
    uid_t16 token = row->token;
    moves_tell(w, invoice, RESULT_ANSWERED, 200,
               world_xml(result, state, sum, sum ? &token : NULL));
}

fail_t moves_resolve(world_t *w, uint64_t invoice, uint64_t outcome, kopecks_t amount)
{
    request_t request = {.type = REQUEST_payment_resolve};
    request.payment_resolve.invoice = invoice;
    request.payment_resolve.outcome = outcome;
    request.payment_resolve.amount = amount;
    return world_command(w, &request, ROLE_OPERATOR);
}

uint64_t moves_topup_in(world_t *w, invoice_state_t state)
{
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    switch (state) {
    case PAYMENT_PENDING:
        moves_tell_state(w, invoice, ROBOKASSA_RESULT_OK, ROBOKASSA_STATE_RECEIVED, NULL);
        break;
    case PAYMENT_SUCCEEDED:
        world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
        break;
    case PAYMENT_DECLINED:
        moves_tell_state(w, invoice, ROBOKASSA_RESULT_OK, ROBOKASSA_STATE_CANCELLED, NULL);
        break;
    case PAYMENT_EXPIRED:
        w->now += 25 * HOUR_US;
        world_tick(w);
        break;
    case PAYMENT_MISMATCHED:
        world_notice(w, SHOP_PASSWORD2, invoice, "400.000000", false);
        break;
    default:
        break;
    }
    assert_int_equal(world_state(w, invoice), state);
    return invoice;
}

uint64_t moves_charge_in(world_t *w, invoice_state_t state)
{
    uint64_t invoice = moves_charge(w);
    switch (state) {
    case PAYMENT_PENDING:
        moves_accept(w, invoice);
        break;
    case PAYMENT_UNKNOWN:
        moves_post(w, invoice, RESULT_NO_ANSWER, 0, NULL);
        break;
    case PAYMENT_SUCCEEDED:
        world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
        break;
    case PAYMENT_DECLINED:
        moves_post(w, invoice, RESULT_ANSWERED, 200, "Error 35");
        break;
    case PAYMENT_MISMATCHED:
        world_notice(w, SHOP_PASSWORD2, invoice, "400.000000", false);
        break;
    default:
        break;
    }
    assert_int_equal(world_state(w, invoice), state);
    return invoice;
}

fail_t moves_revoke(world_t *w, const uid_t16 *account, uint64_t why, role_t role)
{
    request_t request = {.type = REQUEST_revoke};
    request.revoke.account = *account;
    request.revoke.why = why;
    return world_command(w, &request, role);
}
