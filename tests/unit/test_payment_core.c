// The payment state machine as a table of state x input.
#include "tests/model/payment_moves.h"

typedef enum {
    NOTICE,
    NOTICE_AMOUNT,
    NOTICE_TOKEN,
    NOTICE_FORGED,
    ANSWER_OK,
    ANSWER_REJECTED,
    ANSWER_PAGE,
    ANSWER_500,
    ANSWER_40,
    ANSWER_NONE,
    ANSWER_UNCONNECTED,
    TOLD_100,
    TOLD_100_AMOUNT,
    TOLD_100_TOKENLESS,
    TOLD_10,
    TOLD_60,
    TOLD_5,
    TOLD_50,
    TOLD_MISSING,
    TOLD_GARBAGE,
    OPERATOR_PAID,
    OPERATOR_DECLINED
} move_t;

typedef struct {
    int kind, from;
    move_t move;
    const char *events;
    int to;
} row_t;

enum { T = PAYMENT_KIND_TOPUP, A = PAYMENT_KIND_AUTOPAY };
enum {
    CREATED = PAYMENT_CREATED,
    SENT = PAYMENT_SENT,
    PENDING = PAYMENT_PENDING,
    UNKNOWN = PAYMENT_UNKNOWN,
    PAID = PAYMENT_SUCCEEDED,
    DECLINED = PAYMENT_DECLINED,
    EXPIRED = PAYMENT_EXPIRED,
    MISMATCHED = PAYMENT_MISMATCHED
};

static const row_t TABLE[] = {
    {T, CREATED, NOTICE, "payment.succeeded", PAID},
    {T, CREATED, NOTICE_AMOUNT, "payment.mismatch", MISMATCHED},
    {T, CREATED, NOTICE_TOKEN, "payment.mismatch", MISMATCHED},
    {T, CREATED, NOTICE_FORGED, "", CREATED},
    {T, CREATED, TOLD_100, "payment.succeeded", PAID},
    {T, CREATED, TOLD_100_AMOUNT, "payment.mismatch", MISMATCHED},
    {T, CREATED, TOLD_100_TOKENLESS, "payment.mismatch", MISMATCHED},
    {T, CREATED, TOLD_10, "payment.declined", DECLINED},
    {T, CREATED, TOLD_60, "payment.declined", DECLINED},
    {T, CREATED, TOLD_5, "payment.checked", CREATED},
    {T, CREATED, TOLD_50, "payment.checked", PENDING},
    {T, CREATED, TOLD_MISSING, "payment.checked", CREATED},
    {T, CREATED, TOLD_GARBAGE, "", CREATED},
    {T, CREATED, OPERATOR_PAID, "payment.succeeded", PAID},
    {T, CREATED, OPERATOR_DECLINED, "payment.declined", DECLINED},
    {T, PENDING, NOTICE, "payment.succeeded", PAID},
    {T, PENDING, TOLD_50, "", PENDING},
    {T, PENDING, TOLD_60, "payment.declined", DECLINED},
    {T, PENDING, TOLD_100, "payment.succeeded", PAID},
    {T, PAID, NOTICE, "", PAID},
    {T, PAID, NOTICE_AMOUNT, "payment.mismatch refund.requested refund.approved", PAID},
    {T, PAID, OPERATOR_PAID, "", PAID},
    {T, PAID, OPERATOR_DECLINED, "", PAID},
    {T, DECLINED, NOTICE, "payment.succeeded", PAID},
    {T, DECLINED, NOTICE_AMOUNT, "payment.mismatch", DECLINED},
    {T, DECLINED, OPERATOR_DECLINED, "", DECLINED},
    {T, EXPIRED, NOTICE, "payment.succeeded", PAID},
    {T, EXPIRED, OPERATOR_PAID, "payment.succeeded", PAID},
    {T, EXPIRED, OPERATOR_DECLINED, "", EXPIRED},
    {T, MISMATCHED, NOTICE, "payment.succeeded", PAID},
    {T, MISMATCHED, NOTICE_AMOUNT, "", MISMATCHED},
    {T, MISMATCHED, OPERATOR_PAID, "payment.succeeded", PAID},
    {T, MISMATCHED, OPERATOR_DECLINED, "payment.declined", DECLINED},

    {A, SENT, ANSWER_OK, "payment.accepted", PENDING},
    {A, SENT, ANSWER_REJECTED, "payment.declined", DECLINED},
    {A, SENT, ANSWER_PAGE, "payment.unknown", UNKNOWN},
    {A, SENT, ANSWER_500, "payment.unknown", UNKNOWN},
    {A, SENT, ANSWER_40, "payment.unknown", UNKNOWN},
    {A, SENT, ANSWER_NONE, "payment.unknown", UNKNOWN},
    {A, SENT, ANSWER_UNCONNECTED, "", SENT},
    {A, SENT, NOTICE, "payment.succeeded", PAID},
    {A, SENT, NOTICE_AMOUNT, "payment.mismatch", MISMATCHED},
    {A, SENT, NOTICE_FORGED, "", SENT},
    {A, SENT, OPERATOR_DECLINED, "payment.declined", DECLINED},
    {A, PENDING, NOTICE, "payment.succeeded", PAID},
    {A, PENDING, NOTICE_TOKEN, "payment.mismatch", MISMATCHED},
    {A, PENDING, TOLD_100, "payment.succeeded", PAID},
    {A, PENDING, TOLD_100_AMOUNT, "payment.mismatch", MISMATCHED},
    {A, PENDING, TOLD_100_TOKENLESS, "payment.mismatch", MISMATCHED},
    {A, PENDING, TOLD_10, "payment.declined", DECLINED},
    {A, PENDING, TOLD_60, "payment.declined", DECLINED},
    {A, PENDING, TOLD_5, "payment.checked", PENDING},
    {A, PENDING, TOLD_MISSING, "payment.checked", PENDING},
    {A, PENDING, TOLD_GARBAGE, "", PENDING},
    {A, UNKNOWN, NOTICE, "payment.succeeded", PAID},
    {A, UNKNOWN, TOLD_100, "payment.succeeded", PAID},
    {A, UNKNOWN, TOLD_10, "payment.declined", DECLINED},
    {A, UNKNOWN, TOLD_5, "payment.checked", PENDING},
    {A, UNKNOWN, TOLD_50, "payment.checked", PENDING},
    {A, UNKNOWN, TOLD_MISSING, "payment.checked", UNKNOWN},
    {A, UNKNOWN, OPERATOR_PAID, "payment.succeeded", PAID},
    {A, UNKNOWN, OPERATOR_DECLINED, "payment.declined", DECLINED},
    {A, PAID, NOTICE, "", PAID},
    {A, DECLINED, NOTICE, "payment.succeeded", PAID},
    {A, DECLINED, OPERATOR_DECLINED, "", DECLINED},
    {A, MISMATCHED, NOTICE, "payment.succeeded", PAID},
    {A, MISMATCHED, OPERATOR_DECLINED, "payment.declined", DECLINED},
};

static fail_t make_move(world_t *w, uint64_t invoice, move_t move)
{
    uid_t16 wrong = {{9}};
    switch (move) {
    case NOTICE:
        return world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
    case NOTICE_AMOUNT:
        return world_notice(w, SHOP_PASSWORD2, invoice, "400.000000", false);
    case NOTICE_TOKEN:
        return world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", true);
    case NOTICE_FORGED:
        return world_notice(w, SHOP_PASSWORD1, invoice, "500.000000", false);
    case ANSWER_OK:
        moves_accept(w, invoice);
        break;
    case ANSWER_REJECTED:
        moves_post(w, invoice, RESULT_ANSWERED, 200,
                   "RoboxContext = {\"error\":{\"code\":\"35\"}}");
        break;
    case ANSWER_PAGE:
        moves_post(w, invoice, RESULT_ANSWERED, 200, "<html>sorry</html>");
        break;
    case ANSWER_500:
        moves_post(w, invoice, RESULT_ANSWERED, 502, "Error 35");
        break;
    case ANSWER_40:
        moves_post(w, invoice, RESULT_ANSWERED, 200, "Error 40");
        break;
    case ANSWER_NONE:
        moves_post(w, invoice, RESULT_NO_ANSWER, 0, NULL);
        break;
    case ANSWER_UNCONNECTED:
        moves_post(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
        break;
    case TOLD_100:
        moves_tell_state(w, invoice, 0, 100, "500.000000");
        break;
    case TOLD_100_AMOUNT:
        moves_tell_state(w, invoice, 0, 100, "500.010000");
        break;
    case TOLD_100_TOKENLESS:
        moves_tell(w, invoice, RESULT_ANSWERED, 200, world_xml(0, 100, "500.000000", &wrong));
        break;
    case TOLD_10:
        moves_tell_state(w, invoice, 0, 10, NULL);
        break;
    case TOLD_60:
        moves_tell_state(w, invoice, 0, 60, NULL);
        break;
    case TOLD_5:
        moves_tell_state(w, invoice, 0, 5, NULL);
        break;
    case TOLD_50:
        moves_tell_state(w, invoice, 0, 50, NULL);
        break;
    case TOLD_MISSING:
        moves_tell_state(w, invoice, 3, 0, NULL);
        break;
    case TOLD_GARBAGE:
        moves_tell(w, invoice, RESULT_ANSWERED, 200, "<html>");
        break;
    case OPERATOR_PAID:
        return moves_resolve(w, invoice, 1, 50000);
    case OPERATOR_DECLINED:
        return moves_resolve(w, invoice, 2, 0);
    }
    return FAIL_NONE;
}

static void every_state_answers_every_input_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(TABLE); i++) {
        const row_t *row = &TABLE[i];
        world_t *w = world_new(i);
        uint64_t invoice = row->kind == T ? moves_topup_in(w, (invoice_state_t)row->from)
                                          : moves_charge_in(w, (invoice_state_t)row->from);
        fail_t fail = make_move(w, invoice, row->move);
        if (row->move == NOTICE_FORGED)
            assert_int_equal(fail, FAIL_SIGNATURE);
        if (strcmp(world_events(w), row->events) != 0 ||
            world_state(w, invoice) != (invoice_state_t)row->to)
            fail_msg("row %zu (kind %d, from %d, move %d): events '%s', state %d", i, row->kind,
                     row->from, row->move, world_events(w), world_state(w, invoice));
        world_check_replay(w);
        world_destroy(w);
    }
}

static void vector_12_three_notices_credit_once_and_are_answered_three_times(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    kopecks_t credited = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false), FAIL_NONE);
        const event_t *event = world_event(w, EVENT_payment_succeeded);
        credited += event ? event->payment_succeeded.amount : 0;
    }
    assert_int_equal(credited, 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_answers_every_input_as_the_table_says),
        MOVES_TEST(vector_12_three_notices_credit_once_and_are_answered_three_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
