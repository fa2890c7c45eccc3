// The payment state machine as a table of state x input, every refusal, mandates, and time.
#include "services/payment/payment_evidence.h"
#include "tests/model/payment_harness.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define P1 "Pw1_live_7Qz"
#define P2 "Pw2_live_9Kx"

static const uid_t16 ALICE = {{1}}, BOB = {{2}};

static int set_up(void **state)
{
    *state = world_new(1);
    return 0;
}

static int tear_down(void **state)
{
    world_check_replay(*state); // whatever a test did, its journal says the same
    world_destroy(*state);
    return 0;
}

// --- bringing a payment of 500 rubles into a state ---

static uint64_t charge_sent(world_t *w)
{
    world_link(w, &ALICE, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &ALICE);
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
    return w->decision.events[0].payment_created.invoice;
}

static void post_result(world_t *w, uint64_t invoice, int what, unsigned status, const char *body)
{
    const outside_t *wanted = world_wanted(w, invoice, true);
    assert_non_null(wanted);
    world_result(w, wanted->key, what, status, body);
}

static void accept_charge(world_t *w, uint64_t invoice)
{
    char body[32];
    snprintf(body, sizeof body, "OK%llu", (unsigned long long)invoice);
    post_result(w, invoice, RESULT_ANSWERED, 200, body);
}

// Waits until the invoice may be asked about, and answers.
static void tell(world_t *w, uint64_t invoice, int what, unsigned status, const char *body)
{
    for (int steps = 0; !world_wanted(w, invoice, false); steps++) {
        assert_true(steps < 1000);
        w->now += 10 * SECOND_US;
    }
    world_result(w, world_wanted(w, invoice, false)->key, what, status, body);
}

static void tell_state(world_t *w, uint64_t invoice, int result, int state, const char *sum)
{
    const invoice_t *row = payment_state_invoice(w->state, invoice);
    uid_t16 token = row->token;
    tell(w, invoice, RESULT_ANSWERED, 200, world_xml(result, state, sum, sum ? &token : NULL));
}

static fail_t resolve(world_t *w, uint64_t invoice, uint64_t outcome, kopecks_t amount)
{
    request_t request = {.type = REQUEST_payment_resolve};
    request.payment_resolve.invoice = invoice;
    request.payment_resolve.outcome = outcome;
    request.payment_resolve.amount = amount;
    return world_command(w, &request, ROLE_OPERATOR);
}

static uint64_t topup_in(world_t *w, payment_state_t state)
{
    uint64_t invoice = world_topup(w, &ALICE, 500, 0);
    switch (state) {
    case PAYMENT_PENDING:
        tell_state(w, invoice, 0, 50, NULL);
        break;
    case PAYMENT_SUCCEEDED:
        world_notice(w, P2, invoice, "500.000000", false);
        break;
    case PAYMENT_DECLINED:
        tell_state(w, invoice, 0, 10, NULL);
        break;
    case PAYMENT_EXPIRED:
        w->now += 25 * HOUR_US;
        world_tick(w);
        break;
    case PAYMENT_MISMATCHED:
        world_notice(w, P2, invoice, "400.000000", false);
        break;
    default:
        break;
    }
    assert_int_equal(world_state(w, invoice), state);
    return invoice;
}

static uint64_t charge_in(world_t *w, payment_state_t state)
{
    uint64_t invoice = charge_sent(w);
    switch (state) {
    case PAYMENT_PENDING:
        accept_charge(w, invoice);
        break;
    case PAYMENT_UNKNOWN:
        post_result(w, invoice, RESULT_NO_ANSWER, 0, NULL);
        break;
    case PAYMENT_SUCCEEDED:
        world_notice(w, P2, invoice, "500.000000", false);
        break;
    case PAYMENT_DECLINED:
        post_result(w, invoice, RESULT_ANSWERED, 200, "Error 35");
        break;
    case PAYMENT_MISMATCHED:
        world_notice(w, P2, invoice, "400.000000", false);
        break;
    default:
        break;
    }
    assert_int_equal(world_state(w, invoice), state);
    return invoice;
}

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
        return world_notice(w, P2, invoice, "500.000000", false);
    case NOTICE_AMOUNT:
        return world_notice(w, P2, invoice, "400.000000", false);
    case NOTICE_TOKEN:
        return world_notice(w, P2, invoice, "500.000000", true);
    case NOTICE_FORGED:
        return world_notice(w, P1, invoice, "500.000000", false);
    case ANSWER_OK:
        accept_charge(w, invoice);
        break;
    case ANSWER_REJECTED:
        post_result(w, invoice, RESULT_ANSWERED, 200,
                    "RoboxContext = {\"error\":{\"code\":\"35\"}}");
        break;
    case ANSWER_PAGE:
        post_result(w, invoice, RESULT_ANSWERED, 200, "<html>sorry</html>");
        break;
    case ANSWER_500:
        post_result(w, invoice, RESULT_ANSWERED, 502, "Error 35");
        break;
    case ANSWER_40:
        post_result(w, invoice, RESULT_ANSWERED, 200, "Error 40");
        break;
    case ANSWER_NONE:
        post_result(w, invoice, RESULT_NO_ANSWER, 0, NULL);
        break;
    case ANSWER_UNCONNECTED:
        post_result(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
        break;
    case TOLD_100:
        tell_state(w, invoice, 0, 100, "500.000000");
        break;
    case TOLD_100_AMOUNT:
        tell_state(w, invoice, 0, 100, "500.010000");
        break;
    case TOLD_100_TOKENLESS:
        tell(w, invoice, RESULT_ANSWERED, 200, world_xml(0, 100, "500.000000", &wrong));
        break;
    case TOLD_10:
        tell_state(w, invoice, 0, 10, NULL);
        break;
    case TOLD_60:
        tell_state(w, invoice, 0, 60, NULL);
        break;
    case TOLD_5:
        tell_state(w, invoice, 0, 5, NULL);
        break;
    case TOLD_50:
        tell_state(w, invoice, 0, 50, NULL);
        break;
    case TOLD_MISSING:
        tell_state(w, invoice, 3, 0, NULL);
        break;
    case TOLD_GARBAGE:
        tell(w, invoice, RESULT_ANSWERED, 200, "<html>");
        break;
    case OPERATOR_PAID:
        return resolve(w, invoice, 1, 50000);
    case OPERATOR_DECLINED:
        return resolve(w, invoice, 2, 0);
    }
    return FAIL_NONE;
}

static void every_state_answers_every_input_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(TABLE); i++) {
        const row_t *row = &TABLE[i];
        world_t *w = world_new(i);
        uint64_t invoice = row->kind == T ? topup_in(w, (payment_state_t)row->from)
                                          : charge_in(w, (payment_state_t)row->from);
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
    uint64_t invoice = world_topup(w, &ALICE, 500, 0);
    kopecks_t credited = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(world_notice(w, P2, invoice, "500.000000", false), FAIL_NONE);
        const event_t *event = world_event(w, EVENT_payment_succeeded);
        credited += event ? event->payment_succeeded.amount : 0;
    }
    assert_int_equal(credited, 50000);
}

static void an_unknown_invoice_and_a_bad_signature_are_one_failure(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &ALICE, 500, 0), last = w->last;
    assert_int_equal(world_notice(w, P1, invoice, "500.000000", false), FAIL_SIGNATURE);
    const char *detail = w->decision.detail;
    assert_int_equal(world_notice(w, P2, invoice + 1, "500.000000", false), FAIL_SIGNATURE);
    assert_ptr_equal(w->decision.detail, detail);
    request_t request = {.type = REQUEST_callback};
    request.callback.fields = (bytes_t){(const uint8_t *)"\xc1", 1};
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_SIGNATURE);
    assert_ptr_equal(w->decision.detail, detail);
    assert_int_equal(w->last, last);
}

static void a_signed_sum_that_is_no_kopecks_is_a_mismatch(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &ALICE, 500, 0);
    assert_int_equal(world_notice(w, P2, invoice, "500.001000", false), FAIL_NONE);
    const event_t *event = world_event(w, EVENT_payment_mismatch);
    assert_non_null(event);
    assert_int_equal(event->payment_mismatch.expected, 50000);
    assert_int_equal(event->payment_mismatch.received, 0);
    assert_int_equal(event->payment_mismatch.what, MISMATCH_AMOUNT);
}

static void a_success_after_the_end_says_so(void **state)
{
    world_t *w = *state;
    uint64_t invoice = topup_in(w, PAYMENT_EXPIRED);
    world_notice(w, P2, invoice, "500.000000", false);
    assert_int_equal(world_event(w, EVENT_payment_succeeded)->payment_succeeded.after, 1);
    uint64_t other = world_topup(w, &ALICE, 500, 0);
    world_notice(w, P2, other, "500.000000", false);
    assert_int_equal(world_event(w, EVENT_payment_succeeded)->payment_succeeded.after, 0);
}

static void a_return_of_the_browser_shows_a_state_and_credits_nothing(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &ALICE, 500, 0), last = w->last;
    answer_t answer;
    assert_int_equal(world_return(w, P1, invoice, "500.000000", false, &answer), FAIL_NONE);
    assert_int_equal(answer.success.invoice, invoice);
    assert_int_equal(answer.success.state, PAYMENT_CREATED);
    assert_int_equal(world_return(w, P2, invoice, "500.000000", false, &answer), FAIL_SIGNATURE);
    assert_int_equal(world_return(w, P2, invoice, "500.000000", true, &answer), FAIL_NONE);
    assert_int_equal(world_return(w, P1, invoice + 1, "500.000000", false, &answer),
                     FAIL_SIGNATURE);
    assert_int_equal(w->last, last);
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
        request.topup.account = ALICE;
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
        world_topup(w, &BOB, 1, 0);
    request.topup.account = BOB;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_FULL);
}

static void a_topups_link_is_rebuilt_from_its_event(void **state)
{
    world_t *w = *state;
    request_t request = {.type = REQUEST_topup};
    request.topup.account = ALICE;
    request.topup.amount_rub = 500;
    answer_t plain, ticked;
    char first[ROBOKASSA_REQUEST_MAX];
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_NONE);
    assert_int_equal(world_answer(w, &request, &plain), FAIL_NONE);
    assert_int_equal(plain.topup.invoice, 3000000001); // epoch 3, the first of it
    snprintf(first, sizeof first, "%.*s", (int)plain.topup.link.size, plain.topup.link.data);
    assert_non_null(strstr(first, "https://pay.test/Index.aspx?MerchantLogin=subs_shop"));
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
    uint64_t invoice = world_topup(w, &ALICE, 500, 0);
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

// --- autopay's requests ---

static uint64_t expect_refused(world_t *w, const event_autopay_payment_requested_t *wish,
                               instant_t at, decline_t reason)
{
    uint64_t request = world_request(w, wish, at);
    assert_string_equal(world_events(w), "payment.declined");
    const event_payment_declined_t *declined = &w->decision.events[0].payment_declined;
    assert_int_equal(declined->invoice, 0);
    assert_int_equal(declined->request, request);
    assert_true(uid_equal(&declined->account, &wish->account));
    assert_int_equal(declined->reason, reason);
    return declined->credit;
}

static fail_t revoke(world_t *w, const uid_t16 *account, uint64_t why, role_t role)
{
    request_t request = {.type = REQUEST_revoke};
    request.revoke.account = *account;
    request.revoke.why = why;
    return world_command(w, &request, role);
}

static void each_check_of_a_request_refuses_in_its_order(void **state)
{
    world_t *w = *state;
    event_autopay_payment_requested_t wish = world_wish(w, &BOB);
    expect_refused(w, &wish, w->now, DECLINE_REVOKED); // never had a mandate

    world_link(w, &ALICE, 500, 3);
    const event_autopay_payment_requested_t good = world_wish(w, &ALICE);
    assert_int_equal(good.credit, w->last - 1); // consent follows its credit
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
    revoke(w, &ALICE, REVOKE_CUSTOMER, ROLE_WEB);
    expect_refused(w, &good, w->now, DECLINE_REVOKED);
}

static void any_later_credit_makes_a_request_stale(void **state)
{
    world_t *w = *state;
    world_link(w, &ALICE, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &ALICE);
    uint64_t invoice = world_topup(w, &ALICE, 10, 0);
    world_notice(w, P2, invoice, "10.000000", false);
    uint64_t credit = w->last;
    assert_int_equal(expect_refused(w, &wish, w->now, DECLINE_STALE), credit);
    wish.credit = credit;
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
}

static void money_of_a_topup_under_way_keeps_a_charge_back(void **state)
{
    world_t *w = *state;
    world_link(w, &ALICE, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &ALICE);
    uint64_t invoice = world_topup(w, &ALICE, 100, 0);
    tell_state(w, invoice, 0, 50, NULL);
    expect_refused(w, &wish, w->now, DECLINE_BUSY);
    tell_state(w, invoice, 0, 60, NULL);
    world_request(w, &wish, w->now);
    assert_string_equal(world_events(w), "payment.created payment.sent");
}

static void a_charge_names_its_parent_and_its_request(void **state)
{
    world_t *w = *state;
    uint64_t parent = world_link(w, &ALICE, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &ALICE);
    uint64_t request = world_request(w, &wish, w->now);
    const event_payment_created_t *created = &w->decision.events[0].payment_created;
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
    world_link(w, &ALICE, 500, 3);
    event_autopay_payment_requested_t wish = world_wish(w, &ALICE);
    w->settings.shop.test = true;
    expect_refused(w, &wish, w->now, DECLINE_REJECTED);
    request_t request = {.type = REQUEST_topup};
    request.topup.account = ALICE;
    request.topup.amount_rub = 500;
    request.topup.count_max = 3;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_STATE);
}

// --- sending, restart, asking ---

static void a_charge_without_connection_is_sent_again_until_it_is_too_old(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_sent(w);
    instant_t start = w->now;
    unsigned attempts = 1;
    for (;;) {
        post_result(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
        assert_string_equal(world_events(w), "");
        assert_null(world_wanted(w, invoice, true)); // it waits
        w->now = world_due(w)->wake;
        world_tick(w);
        if (world_state(w, invoice) != PAYMENT_SENT)
            break;
        assert_string_equal(world_events(w), "payment.sent");
        assert_int_equal(w->decision.events[0].payment_sent.attempt, ++attempts);
        assert_int_equal(w->decision.events[0].payment_sent.invoice, invoice);
    }
    assert_string_equal(world_events(w), "payment.declined");
    assert_int_equal(w->decision.events[0].payment_declined.reason, DECLINE_EXPIRED);
    assert_int_equal(w->now, start + PAYMENT_REQUEST_AGE_US + 1);
    assert_in_range(attempts, 8, 16);
}

static void after_a_restart_what_was_sent_is_unknown_and_never_sent_again(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_sent(w);
    world_restart(w);
    assert_null(world_wanted(w, invoice, true));
    w->current = false; // a fact needs no judgement
    world_tick(w);
    assert_string_equal(world_events(w), "payment.unknown");
    assert_int_equal(w->decision.events[0].payment_unknown.why, UNKNOWN_RESTART);
    assert_null(world_wanted(w, invoice, true));
    w->current = true;
    tell_state(w, invoice, 0, 100, "500.000000");
    assert_string_equal(world_events(w), "payment.succeeded");
    assert_int_equal(world_event(w, EVENT_payment_succeeded)->payment_succeeded.evidence,
                     EVIDENCE_STATE);
}

static void a_charge_that_waits_for_its_next_attempt_is_unknown_after_a_restart(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_sent(w);
    post_result(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
    world_restart(w);
    world_tick(w);
    assert_string_equal(world_events(w), "payment.unknown");
    assert_null(world_wanted(w, invoice, true));
}

static void an_answer_that_belongs_to_an_earlier_question_says_nothing(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_in(w, PAYMENT_UNKNOWN);
    uid_t16 token = payment_state_invoice(w->state, invoice)->token;
    tell(w, invoice, RESULT_NO_ANSWER, 0, NULL);
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
    uint64_t invoice = charge_in(w, PAYMENT_UNKNOWN);
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
    uint64_t invoice = charge_in(w, PAYMENT_UNKNOWN);
    tell_state(w, invoice, 3, 0, NULL);
    assert_string_equal(world_events(w), "payment.checked");
    w->now += 29 * MINUTE_US;
    tell_state(w, invoice, 1000, 0, NULL); // any other answer begins anew
    assert_string_equal(world_events(w), "payment.checked");
    tell_state(w, invoice, 3, 0, NULL);
    instant_t since = w->now;
    assert_string_equal(world_events(w), "payment.checked");
    while (world_state(w, invoice) == PAYMENT_UNKNOWN) {
        assert_true(w->now < since + HOUR_US);
        tell_state(w, invoice, 3, 0, NULL);
    }
    assert_int_equal(w->decision.events[0].payment_declined.reason, DECLINE_NOT_ARRIVED);
    assert_in_range(w->now - since, 30 * MINUTE_US, 30 * MINUTE_US + 10 * SECOND_US);
}

static void a_decline_for_silence_waits_until_the_inputs_are_current(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_in(w, PAYMENT_UNKNOWN);
    tell_state(w, invoice, 3, 0, NULL);
    w->current = false;
    w->now += DAY_US;
    tell_state(w, invoice, 3, 0, NULL);
    assert_string_equal(world_events(w), "");
    world_tick(w);
    assert_string_equal(world_events(w), "");
    w->current = true;
    tell_state(w, invoice, 3, 0, NULL);
    assert_string_equal(world_events(w), "payment.declined");
}

static void an_open_charge_is_overdue_then_an_alarm_and_stays_open(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_in(w, PAYMENT_PENDING);
    instant_t start = w->now;
    w->now = start + PAYMENT_OVERDUE_US - 1;
    world_tick(w);
    assert_string_equal(world_events(w), "");
    w->now++;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.overdue");
    assert_int_equal(w->decision.events[0].payment_overdue.level, 1);
    w->now = start + DAY_US;
    world_tick(w);
    assert_int_equal(w->decision.events[0].payment_overdue.level, 2);
    w->now = start + 30 * DAY_US;
    world_tick(w);
    assert_string_equal(world_events(w), "");
    assert_int_equal(world_state(w, invoice), PAYMENT_PENDING);
    assert_non_null(world_wanted(w, invoice, false));
    tell(w, invoice, RESULT_NO_ANSWER, 0, NULL);
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

// --- mandates ---

static void a_new_consent_replaces_the_mandate_in_one_decision(void **state)
{
    world_t *w = *state;
    world_link(w, &ALICE, 500, 3);
    uid_t16 former = world_wish(w, &ALICE).mandate;
    uint64_t invoice = world_topup(w, &ALICE, 700, 5), before = w->last;
    world_notice(w, P2, invoice, "700.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded mandate.revoked mandate.consented");
    assert_int_equal(w->decision.events[1].mandate_revoked.why, REVOKE_REPLACED);
    assert_true(uid_equal(&w->decision.events[1].mandate_revoked.mandate, &former));
    const event_mandate_consented_t *consent = &w->decision.events[2].mandate_consented;
    assert_int_equal(consent->parent, invoice);
    assert_int_equal(consent->amount, 70000);
    assert_int_equal(consent->count_max, 5);
    assert_int_equal(consent->sum_max, 350000);
    assert_int_equal(consent->credit, before + 1);
    assert_false(uid_equal(&consent->mandate, &former));
}

static void revoked_while_sent_is_asked_about_and_its_success_is_credited(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_sent(w);
    assert_int_equal(revoke(w, &ALICE, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    assert_string_equal(world_events(w), "mandate.revoked payment.unknown");
    assert_null(world_wanted(w, invoice, true)); // whatever has not left stays here
    world_notice(w, P2, invoice, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded");
}

static void revoked_while_it_waits_for_a_connection_is_declined_at_once(void **state)
{
    world_t *w = *state;
    uint64_t invoice = charge_sent(w);
    post_result(w, invoice, RESULT_NOT_CONNECTED, 0, NULL);
    revoke(w, &ALICE, REVOKE_CUSTOMER, ROLE_WEB);
    assert_string_equal(world_events(w), "mandate.revoked payment.declined");
    assert_int_equal(w->decision.events[1].payment_declined.reason, DECLINE_REVOKED);
    assert_int_equal(world_state(w, invoice), PAYMENT_DECLINED);
}

static void a_refusal_stands_against_a_ticked_topup_that_was_begun_before(void **state)
{
    world_t *w = *state;
    assert_int_equal(revoke(w, &ALICE, REVOKE_CUSTOMER, ROLE_WEB), FAIL_MISSING);
    uint64_t invoice = world_topup(w, &ALICE, 500, 3);
    assert_int_equal(revoke(w, &ALICE, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    assert_string_equal(world_events(w), "mandate.revoked");
    assert_int_equal(revoke(w, &ALICE, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE); // it is already
    assert_string_equal(world_events(w), "");
    world_notice(w, P2, invoice, "500.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded"); // money, and no mandate
    world_link(w, &ALICE, 500, 3);                             // a new consent is one
    event_autopay_payment_requested_t wish = world_wish(w, &ALICE);
    assert_false(uid_is_zero(&wish.mandate));
}

static void an_older_ticked_topup_does_not_replace_a_newer_consent(void **state)
{
    world_t *w = *state;
    uint64_t older = world_topup(w, &ALICE, 900, 31);
    world_link(w, &ALICE, 500, 3);
    uid_t16 mandate = world_wish(w, &ALICE).mandate;
    world_notice(w, P2, older, "900.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded");
    event_autopay_payment_requested_t wish = world_wish(w, &ALICE);
    assert_true(uid_equal(&wish.mandate, &mandate));
}

static void an_operators_credit_gives_no_mandate(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &ALICE, 500, 3);
    resolve(w, invoice, 1, 49000);
    assert_string_equal(world_events(w), "payment.succeeded");
    assert_int_equal(w->decision.events[0].payment_succeeded.amount, 49000);
    assert_int_equal(w->decision.events[0].payment_succeeded.evidence, EVIDENCE_OPERATOR);
}

static void only_an_operator_revokes_for_his_reasons(void **state)
{
    world_t *w = *state;
    world_link(w, &ALICE, 500, 3);
    assert_int_equal(revoke(w, &ALICE, REVOKE_OPERATOR, ROLE_WEB), FAIL_DENIED);
    assert_int_equal(revoke(w, &ALICE, REVOKE_REPLACED, ROLE_OPERATOR), FAIL_INVALID);
    assert_int_equal(revoke(w, &ALICE, REVOKE_CHARGEBACK, ROLE_OPERATOR), FAIL_NONE);
    assert_string_equal(world_events(w), "mandate.revoked");
}

static void a_limit_is_lowered_and_never_raised(void **state)
{
    static const struct {
        uint64_t count_max;
        kopecks_t sum_max;
        fail_t fail;
        const char *events;
    } rows[] = {
        {4, 150000, FAIL_STATE, ""},
        {3, 150001, FAIL_STATE, ""},
        {0, 150000, FAIL_INVALID, ""},
        {3, 49999, FAIL_INVALID, ""},
        {3, 150000, FAIL_NONE, ""},
        {2, 100000, FAIL_NONE, "mandate.changed"},
        {3, 100000, FAIL_STATE, ""}, // lowered means lowered
        {1, 50000, FAIL_NONE, "mandate.changed"},
    };
    world_t *w = *state;
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change.account = ALICE;
    assert_int_equal(world_command(w, &request, ROLE_WEB), FAIL_MISSING);
    world_link(w, &ALICE, 500, 3);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        request.mandate_change.count_max = rows[i].count_max;
        request.mandate_change.sum_max = rows[i].sum_max;
        assert_int_equal(world_command(w, &request, ROLE_WEB), rows[i].fail);
        assert_string_equal(world_events(w), rows[i].events);
    }
    request_t query = {.type = REQUEST_mandate};
    query.mandate.account = ALICE;
    answer_t answer;
    assert_int_equal(world_query(w, &query, &answer), FAIL_NONE);
    assert_int_equal(answer.mandate.state, 1);
    assert_int_equal(answer.mandate.count_max, 1);
    assert_int_equal(answer.mandate.sum_max, 50000);
}

static void settings_that_cannot_work_are_refused(void **state)
{
    world_t *w = *state;
    const char *detail = NULL;
    payment_settings_t good = w->settings, bad = good;
    assert_int_equal(payment_settings_check(&good, &detail), FAIL_NONE);
    bad.shop.password2 = bad.shop.password1;
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad = good;
    bad.shop.recurring_url = (robokassa_text_t){"", 0};
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad = good;
    bad.receipt.name = ROBOKASSA_TEXT("");
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad = good;
    bad.requests_max = 65;
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
    bad = good;
    bad.epoch = PAYMENT_EPOCH_MAX + 1;
    assert_int_equal(payment_settings_check(&bad, &detail), FAIL_CONFIG);
}

static void counters_name_what_is_open(void **state)
{
    world_t *w = *state;
    charge_in(w, PAYMENT_UNKNOWN);
    char text[512];
    assert_true(payment_core.counters(w->state, text, sizeof text) > 0);
    assert_non_null(strstr(text, "invoices 2\npayments_open 1\npayments_unknown 1\n"));
    assert_non_null(strstr(text, "mandates_live 1\n"));
    assert_int_equal(payment_core.counters(w->state, text, 10), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_answers_every_input_as_the_table_says),
        TEST(vector_12_three_notices_credit_once_and_are_answered_three_times),
        TEST(an_unknown_invoice_and_a_bad_signature_are_one_failure),
        TEST(a_signed_sum_that_is_no_kopecks_is_a_mismatch),
        TEST(a_success_after_the_end_says_so),
        TEST(a_return_of_the_browser_shows_a_state_and_credits_nothing),
        TEST(a_topup_that_breaks_a_rule_is_refused),
        TEST(a_topups_link_is_rebuilt_from_its_event),
        TEST(an_unpaid_topup_is_asked_about_for_a_day_and_then_expires),
        TEST(each_check_of_a_request_refuses_in_its_order),
        TEST(any_later_credit_makes_a_request_stale),
        TEST(money_of_a_topup_under_way_keeps_a_charge_back),
        TEST(a_charge_names_its_parent_and_its_request),
        TEST(a_test_shop_charges_nobody),
        TEST(a_charge_without_connection_is_sent_again_until_it_is_too_old),
        TEST(after_a_restart_what_was_sent_is_unknown_and_never_sent_again),
        TEST(a_charge_that_waits_for_its_next_attempt_is_unknown_after_a_restart),
        TEST(an_answer_that_belongs_to_an_earlier_question_says_nothing),
        TEST(questions_come_with_longer_and_longer_waits),
        TEST(no_operation_for_half_an_hour_on_end_is_a_decline),
        TEST(a_decline_for_silence_waits_until_the_inputs_are_current),
        TEST(an_open_charge_is_overdue_then_an_alarm_and_stays_open),
        TEST(requests_at_once_are_bounded_and_charges_come_first),
        TEST(a_new_consent_replaces_the_mandate_in_one_decision),
        TEST(revoked_while_sent_is_asked_about_and_its_success_is_credited),
        TEST(revoked_while_it_waits_for_a_connection_is_declined_at_once),
        TEST(a_refusal_stands_against_a_ticked_topup_that_was_begun_before),
        TEST(an_older_ticked_topup_does_not_replace_a_newer_consent),
        TEST(an_operators_credit_gives_no_mandate),
        TEST(only_an_operator_revokes_for_his_reasons),
        TEST(a_limit_is_lowered_and_never_raised),
        TEST(settings_that_cannot_work_are_refused),
        TEST(counters_name_what_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
