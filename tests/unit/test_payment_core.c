// The payment state machine as a table of state x input; notices; top-ups.
#include "services/payment/payment_evidence.h"
#include "tests/model/payment_moves.h"

// --- the table ---

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
    {T, PAID, NOTICE_AMOUNT, "payment.mismatch", PAID},
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
        uint64_t invoice = row->kind == T ? moves_topup_in(w, (payment_state_t)row->from)
                                          : moves_charge_in(w, (payment_state_t)row->from);
        fail_t fail = make_move(w, invoice, row->move);
        if (row->move == NOTICE_FORGED)
            assert_int_equal(fail, FAIL_SIGNATURE);
        if (strcmp(world_events(w), row->events) != 0 ||
            world_state(w, invoice) != (payment_state_t)row->to)
            fail_msg("row %zu (kind %d, from %d, move %d): events '%s', state %d", i, row->kind,
                     row->from, row->move, world_events(w), world_state(w, invoice));
        world_check_replay(w);
        world_destroy(w);
    }
}

// --- notices ---

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

static void an_unknown_invoice_and_a_bad_signature_are_one_failure(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0), last = world_last(w);
    assert_int_equal(world_notice(w, SHOP_PASSWORD1, invoice, "500.000000", false), FAIL_SIGNATURE);
    const char *detail = w->decision->detail;
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice + 1, "500.000000", false),
                     FAIL_SIGNATURE);
    assert_ptr_equal(w->decision->detail, detail);
    request_t request = {.type = REQUEST_callback};
    request.callback.fields = (bytes_t){(const uint8_t *)"\xc1", 1};
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_SIGNATURE);
    assert_ptr_equal(w->decision->detail, detail);
    assert_int_equal(world_last(w), last);
}

static void a_signed_sum_that_is_no_kopecks_is_a_mismatch(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "500.001000", false), FAIL_NONE);
    const event_t *event = world_event(w, EVENT_payment_mismatch);
    assert_non_null(event);
    assert_int_equal(event->payment_mismatch.expected, 50000);
    assert_int_equal(event->payment_mismatch.received, 0);
    assert_int_equal(event->payment_mismatch.what, MISMATCH_AMOUNT);
}

static void a_success_after_the_end_says_so(void **state)
{
    world_t *w = *state;
    uint64_t invoice = moves_topup_in(w, PAYMENT_EXPIRED);
    world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false);
    assert_int_equal(world_event(w, EVENT_payment_succeeded)->payment_succeeded.after, 1);
    uint64_t other = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    world_notice(w, SHOP_PASSWORD2, other, "500.000000", false);
    assert_int_equal(world_event(w, EVENT_payment_succeeded)->payment_succeeded.after, 0);
}

static void a_return_of_the_browser_shows_a_state_and_credits_nothing(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0), last = world_last(w);
    answer_t answer;
    assert_int_equal(world_return(w, SHOP_PASSWORD1, invoice, "500.000000", false, &answer),
                     FAIL_NONE);
    assert_int_equal(answer.success.invoice, invoice);
    assert_int_equal(answer.success.state, PAYMENT_CREATED);
    assert_int_equal(world_return(w, SHOP_PASSWORD2, invoice, "500.000000", false, &answer),
                     FAIL_SIGNATURE);
    assert_int_equal(world_return(w, SHOP_PASSWORD2, invoice, "500.000000", true, &answer),
                     FAIL_NONE);
    assert_int_equal(world_return(w, SHOP_PASSWORD1, invoice + 1, "500.000000", false, &answer),
                     FAIL_SIGNATURE);
    assert_int_equal(world_last(w), last);
}

// --- top-ups ---

static void a_topup_that_breaks_a_rule_is_refused(void **state)
{
    static const struct {
        uint64_t rubles, count_max;
        kopecks_t sum_max;
        fail_t fail;
    } rows[] = {
        {0, 0, 0, FAIL_INVALID},
        {100001, 0, 0, FAIL_INVALID},
        {UINT64_MAX, 0, 0, FAIL_INVALID},
        {500, 32, 0, FAIL_INVALID},
        {500, 0, 50000, FAIL_INVALID},
        {500, 3, 150001, FAIL_INVALID},
        {500, 3, 49999, FAIL_INVALID},
        {500, 3, -1, FAIL_INVALID},
        {1, 0, 0, FAIL_NONE},
        {100000, 31, 0, FAIL_NONE},
        {500, 3, 150000, FAIL_NONE},
        {500, 3, 50000, FAIL_NONE},
    };
    world_t *w = *state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        request_t request = {.type = REQUEST_topup};
        request.topup.account = MOVES_ACCOUNT;
        request.topup.amount_rub = rows[i].rubles;
        request.topup.count_max = rows[i].count_max;
        request.topup.sum_max = rows[i].sum_max;
        assert_int_equal(world_command(w, &request, ROLE_WEB), rows[i].fail);
        assert_string_equal(world_events(w), rows[i].fail ? "" : "payment.created");
    }
    request_t request = {.type = REQUEST_topup};
    request.topup.amount_rub = 500;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_INVALID); // the zero account
    for (size_t i = 0; i < PAYMENT_TOPUPS_OPEN_MAX; i++)
        world_topup(w, &MOVES_OTHER, 1, 0);
    request.topup.account = MOVES_OTHER;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_FULL);
}

static void a_topups_link_is_rebuilt_from_its_event(void **state)
{
    world_t *w = *state;
    request_t request = {.type = REQUEST_topup};
    request.topup.account = MOVES_ACCOUNT;
    request.topup.amount_rub = 500;
    answer_t plain, ticked;
    char first[ROBOKASSA_REQUEST_MAX];
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
    assert_int_equal(world_answer(w, &request, &plain), FAIL_NONE);
    assert_int_equal(plain.topup.invoice, 3000000001); // epoch 3, the first of it
    snprintf(first, sizeof first, "%.*s", (int)plain.topup.link.size, plain.topup.link.data);
    assert_non_null(strstr(first, SHOP_PAYMENT_URL "?MerchantLogin=subs_shop"));
    assert_non_null(strstr(first, "&OutSum=500.00&InvId=3000000001&"));
    assert_non_null(strstr(first, "&Shp_token="));
    assert_null(strstr(first, "Recurring"));
    assert_int_equal(world_answer(w, &request, &plain), FAIL_NONE);
    assert_memory_equal(plain.topup.link.data, first, plain.topup.link.size);

    request.topup.count_max = 3;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
    assert_int_equal(world_answer(w, &request, &ticked), FAIL_NONE);
    assert_int_equal(ticked.topup.invoice, 3000000002);
    assert_non_null(memmem(ticked.topup.link.data, ticked.topup.link.size, "&Recurring=true", 15));
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
        cmocka_unit_test(every_state_answers_every_input_as_the_table_says),
        MOVES_TEST(vector_12_three_notices_credit_once_and_are_answered_three_times),
        MOVES_TEST(an_unknown_invoice_and_a_bad_signature_are_one_failure),
        MOVES_TEST(a_signed_sum_that_is_no_kopecks_is_a_mismatch),
        MOVES_TEST(a_success_after_the_end_says_so),
        MOVES_TEST(a_return_of_the_browser_shows_a_state_and_credits_nothing),
        MOVES_TEST(a_topup_that_breaks_a_rule_is_refused),
        MOVES_TEST(a_topups_link_is_rebuilt_from_its_event),
        MOVES_TEST(an_unpaid_topup_is_asked_about_for_a_day_and_then_expires),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
