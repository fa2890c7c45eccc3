// Evidence: what a notice, an answer and an operator make of a payment.
#include "services/payment/payment_decide_command.h"
#include "services/payment/payment_decide_evidence.h"
#include "tests/model/payment_moves.h"

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

// Asked after 5 minutes, after 30, then hourly: "no such operation" says nothing of a top-up that
// nobody may have opened yet, also where the next question stays without an answer.
static void a_topup_that_robokassa_does_not_know_yet_is_asked_about_no_oftener(void **state)
{
    world_t *w = *state;
    static const int64_t minutes[] = {5, 30, 90, 150};
    for (int known = 0; known < 2; known++) {
        instant_t made = w->now;
        uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
        for (size_t i = 0; i < LENGTH(minutes); i++) {
            while (!world_wanted(w, invoice, false)) {
                instant_t wake = world_due(w)->wake;
                assert_true(wake > w->now && wake < INT64_MAX);
                w->now = wake;
            }
            assert_in_range(w->now - made, minutes[i] * MINUTE_US,
                            minutes[i] * MINUTE_US + SECOND_US);
            if (i == 0 && known)
                moves_tell_state(w, invoice, 3, 0, NULL);
            else
                moves_tell(w, invoice, RESULT_NO_ANSWER, 0, NULL);
        }
    }
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

static void an_operators_credit_gives_no_mandate(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 3);
    moves_resolve(w, invoice, 1, 50000);
    assert_string_equal(world_events(w), "payment.succeeded");
    assert_int_equal(w->decision->events[0].payment_succeeded.amount, 50000);
    assert_int_equal(w->decision->events[0].payment_succeeded.evidence, EVIDENCE_OPERATOR);
}

// Robokassa's registry says what came, and gives no mandate either.
static void a_registry_says_what_came_and_no_more(void **state)
{
    world_t *w = *state;
    request_t request = {.type = REQUEST_payment_resolve};
    request.payment_resolve =
        (request_payment_resolve_t){.invoice = world_topup(w, &MOVES_ACCOUNT, 500, 3),
                                    .outcome = OUTCOME_DECLINED,
                                    .amount = 50000,
                                    .registry = true};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_INVALID);
    request.payment_resolve.outcome = OUTCOME_SUCCEEDED;
    request.payment_resolve.amount = 49999;
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_MISMATCH);
    request.payment_resolve.amount = 50000;
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.succeeded");
    assert_int_equal(w->decision->events[0].payment_succeeded.evidence, EVIDENCE_REGISTRY);
}

static void an_operator_resolves_what_is_there_with_what_can_be(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    const struct {
        uint64_t invoice, outcome;
        kopecks_t amount;
        fail_t fail;
    } rows[] = {
        {invoice + 1, 1, 50000, FAIL_MISSING},
        {invoice, 0, 50000, FAIL_INVALID},
        {invoice, 3, 50000, FAIL_INVALID},
        {invoice, 1, 0, FAIL_INVALID},
        {invoice, 1, -1, FAIL_INVALID},
        {invoice, 1, POSTING_AMOUNT_MAX + 1, FAIL_INVALID},
        {invoice, 1, POSTING_AMOUNT_MAX, FAIL_MISMATCH},
        {invoice, 1, 49999, FAIL_MISMATCH},
        {invoice, 1, 50000, FAIL_NONE},
        {invoice, 1, 50000, FAIL_STATE},
        {invoice, 2, 0, FAIL_STATE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(moves_resolve(w, rows[i].invoice, rows[i].outcome, rows[i].amount),
                         rows[i].fail);
}

// An operator says that the money came; how much, the invoice says, or a signed notice did.
static void a_settlements_sum_is_the_invoices_or_its_notices(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    world_notice(w, SHOP_PASSWORD2, invoice, "499.00", false);
    assert_string_equal(world_events(w), "payment.mismatch");
    assert_int_equal(moves_resolve(w, invoice, 1, 100000), FAIL_MISMATCH);
    assert_int_equal(moves_resolve(w, invoice, 1, 49900), FAIL_NONE);
    assert_int_equal(w->decision->events[0].payment_succeeded.amount, 49900);
    uint64_t other = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    world_notice(w, SHOP_PASSWORD2, other, "499.00", false);
    assert_int_equal(moves_resolve(w, other, 1, 50000), FAIL_NONE); // the rest came too
}

static void what_a_settlement_moves_is_what_came(void **state)
{
    (void)state;
    request_t resolve = {.type = REQUEST_payment_resolve};
    resolve.payment_resolve =
        (request_payment_resolve_t){.outcome = OUTCOME_SUCCEEDED, .amount = 55};
    input_t input = {.kind = INPUT_REQUEST, .request = &resolve};
    assert_int_equal(payment_decide_moves(&input), 55);
    resolve.payment_resolve.outcome = OUTCOME_DECLINED;
    assert_int_equal(payment_decide_moves(&input), 0);
    resolve.type = REQUEST_topup;
    assert_int_equal(payment_decide_moves(&input), 0);
    input.kind = INPUT_ITEM;
    assert_int_equal(payment_decide_moves(&input), 0);
}

// --- a journal was put back: what ended in it may have been paid since ---

enum { ANOTHER = 4 }; // name of the journal that was put back

static uint64_t ended(world_t *w, invoice_state_t state, bool charge)
{
    uint64_t invoice = charge ? moves_charge_in(w, state) : moves_topup_in(w, state);
    w->now += HOUR_US;
    assert_null(world_wanted(w, invoice, false)); // it is over
    return invoice;
}

static void what_ended_before_a_restore_and_was_paid_since_is_credited(void **state)
{
    world_t *w = *state;
    uint64_t invoices[] = {ended(w, PAYMENT_DECLINED, true), ended(w, PAYMENT_DECLINED, false),
                           ended(w, PAYMENT_EXPIRED, false)};
    uint64_t paid = ended(w, PAYMENT_SUCCEEDED, false),
             differs = ended(w, PAYMENT_MISMATCHED, false);
    world_put_back(w, ANOTHER);
    for (size_t i = 0; i < LENGTH(invoices); i++) {
        moves_tell_state(w, invoices[i], 0, ROBOKASSA_STATE_PAID, "500.00");
        assert_string_equal(world_events(w), "payment.succeeded");
        const event_payment_succeeded_t *e = &w->decision->events[0].payment_succeeded;
        assert_int_equal(e->invoice, invoices[i]);
        assert_int_equal(e->evidence, EVIDENCE_STATE);
        assert_int_equal(e->after, 1);
    }
    w->now += HOUR_US;
    assert_int_equal(world_due(w)->count, 0);
    assert_int_equal(world_state(w, paid), PAYMENT_SUCCEEDED);
    assert_int_equal(world_state(w, differs), PAYMENT_MISMATCHED);
}

// An answer may be some minutes behind the truth: it is believed after an hour.
static void what_ended_and_is_not_paid_is_asked_about_for_an_hour(void **state)
{
    static const struct {
        int result, state;
    } rows[] = {{0, ROBOKASSA_STATE_CANCELLED}, {3, 0}, {0, ROBOKASSA_STATE_STARTED}};
    world_t *w = *state;
    uint64_t invoice = ended(w, PAYMENT_EXPIRED, false);
    instant_t restored = w->now;
    world_put_back(w, ANOTHER);
    size_t questions = 0;
    for (; world_due(w)->wake < INT64_MAX || world_due(w)->count > 0; questions++) {
        size_t i = questions % LENGTH(rows);
        moves_tell_state(w, invoice, rows[i].result, rows[i].state, NULL);
        assert_string_equal(world_events(w), "");
    }
    assert_int_equal(questions, 4); // at once, after 5 minutes, 30 and 90
    assert_in_range(w->now - restored, HOUR_US, 2 * HOUR_US);
    assert_int_equal(world_state(w, invoice), PAYMENT_EXPIRED);
}

static void without_an_answer_it_is_asked_about_for_a_day(void **state)
{
    world_t *w = *state;
    uint64_t invoice = ended(w, PAYMENT_EXPIRED, false), last = world_last(w) + 1;
    instant_t restored = w->now;
    world_put_back(w, ANOTHER);
    for (size_t i = 0; world_due(w)->wake < INT64_MAX || world_due(w)->count > 0; i++)
        if (i % 2)
            moves_tell(w, invoice, RESULT_NO_ANSWER, 0, NULL);
        else
            moves_tell_state(w, invoice, 1000, 0, NULL);
    assert_in_range(w->now - restored, DAY_US, DAY_US + HOUR_US);
    assert_int_equal(world_last(w), last);
}

// The restored journal's process may be started again: it asks again, but not for ever.
static void a_start_a_day_after_a_restore_asks_no_more(void **state)
{
    world_t *w = *state;
    uint64_t invoice = ended(w, PAYMENT_EXPIRED, false);
    world_put_back(w, ANOTHER);
    w->now += DAY_US - 1;
    world_put_back(w, ANOTHER); // no other journal, another process
    assert_non_null(world_wanted(w, invoice, false));
    w->now += 1;
    world_put_back(w, ANOTHER);
    assert_int_equal(world_due(w)->count, 0);
    assert_int_equal(world_due(w)->wake, INT64_MAX);
}

static void money_that_does_not_fit_what_ended_is_told_once(void **state)
{
    world_t *w = *state;
    uint64_t invoice = ended(w, PAYMENT_EXPIRED, false);
    world_put_back(w, ANOTHER);
    moves_tell_state(w, invoice, 0, ROBOKASSA_STATE_PAID, "400.00");
    assert_string_equal(world_events(w), "payment.mismatch");
    assert_int_equal(world_due(w)->wake, INT64_MAX); // an operator decides
    world_put_back(w, ANOTHER + 1);
    moves_tell_state(w, invoice, 0, ROBOKASSA_STATE_PAID, "400.00");
    assert_string_equal(world_events(w), "");
    assert_int_equal(world_state(w, invoice), PAYMENT_EXPIRED);
}

// The newest first, ten a second; what was over a week before the backup's end is not asked about.
static void what_ended_is_asked_about_one_after_the_other(void **state)
{
    enum { COUNT = 20 };
    world_t *w = *state;
    uint64_t invoices[COUNT], old = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    w->now += PAYMENT_DOUBTED_AGE_US - COUNT * SECOND_US;
    world_tick(w);
    assert_int_equal(world_state(w, old), PAYMENT_EXPIRED);
    for (size_t i = 0; i < COUNT; i++, w->now += SECOND_US)
        invoices[i] = world_topup(w, &MOVES_OTHER, 500, 0);
    w->now += 1;
    for (size_t i = 0; i < COUNT; i++)
        moves_tell_state(w, invoices[i], 0, ROBOKASSA_STATE_CANCELLED, NULL);
    world_put_back(w, ANOTHER);
    for (size_t i = COUNT; i-- > 0; w->now += SECOND_US / 10) {
        assert_int_equal(world_due(w)->count, 1);
        moves_tell_state(w, invoices[i], 0, ROBOKASSA_STATE_CANCELLED, NULL);
    }
    assert_int_equal(world_due(w)->count, 0);
    assert_null(world_wanted(w, old, false));
}

// Else it could be given up by the first tick, before the first question is answered.
static void an_open_topup_that_was_put_back_has_its_day_anew(void **state)
{
    world_t *w = *state;
    uint64_t created = world_topup(w, &MOVES_ACCOUNT, 500, 0);
    uint64_t pending = moves_topup_in(w, PAYMENT_PENDING);
    w->now += 3 * DAY_US;
    instant_t restored = w->now;
    world_put_back(w, ANOTHER);
    world_tick(w);
    assert_int_equal(world_state(w, created), PAYMENT_CREATED);
    assert_non_null(world_wanted(w, created, false));
    moves_tell_state(w, pending, 0, ROBOKASSA_STATE_STARTED, NULL);
    w->now = restored + DAY_US - 1;
    world_tick(w);
    assert_string_equal(world_events(w), "");
    w->now++;
    world_tick(w);
    assert_string_equal(world_events(w), "payment.expired payment.expired");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(no_operation_for_half_an_hour_on_end_is_a_decline),
        MOVES_TEST(a_decline_for_silence_waits_until_the_inputs_are_current),
        MOVES_TEST(a_topup_that_robokassa_does_not_know_yet_is_asked_about_no_oftener),
        MOVES_TEST(an_unknown_invoice_and_a_bad_signature_are_one_failure),
        MOVES_TEST(a_signed_sum_that_is_no_kopecks_is_a_mismatch),
        MOVES_TEST(a_success_after_the_end_says_so),
        MOVES_TEST(an_operators_credit_gives_no_mandate),
        MOVES_TEST(a_registry_says_what_came_and_no_more),
        MOVES_TEST(an_operator_resolves_what_is_there_with_what_can_be),
        MOVES_TEST(a_settlements_sum_is_the_invoices_or_its_notices),
        MOVES_TEST(what_a_settlement_moves_is_what_came),
        MOVES_TEST(what_ended_before_a_restore_and_was_paid_since_is_credited),
        MOVES_TEST(what_ended_and_is_not_paid_is_asked_about_for_an_hour),
        MOVES_TEST(without_an_answer_it_is_asked_about_for_a_day),
        MOVES_TEST(a_start_a_day_after_a_restore_asks_no_more),
        MOVES_TEST(money_that_does_not_fit_what_ended_is_told_once),
        MOVES_TEST(what_ended_is_asked_about_one_after_the_other),
        MOVES_TEST(an_open_topup_that_was_put_back_has_its_day_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
