// Payments that nothing can concern any more leave, with their refunds, receipts and mandates; what
// may still be asked for stays.
#include "services/payment/payment_forget.h"
#include "proto/payment_number.h"
#include "tests/unit/receipt_moves.h"
#include <inttypes.h>

static const payment_state_t *fold(world_t *w)
{
    return world_core_state(w);
}

// Both receipts of a payment are registered.
static void register_both(world_t *w)
{
    for (int i = 0; i < 6; i++) {
        if (wanted(w, ATTACH_URL))
            answered(w, ATTACH_URL, RESULT_ANSWERED, 200, TAKEN);
        if (wanted(w, STATUS_URL))
            answered(w, STATUS_URL, RESULT_ANSWERED, 200, REGISTERED);
        w->now += HOUR_US;
    }
}

// A top-up that was credited and is used up, and all is said of it.
static uint64_t used_up(world_t *w)
{
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    register_both(w);
    assert_int_equal(state_of(w, invoice, RECEIPT_FIRST), RECEIPT_STATE_REGISTERED);
    assert_int_equal(state_of(w, invoice, RECEIPT_SECOND), RECEIPT_STATE_REGISTERED);
    return invoice;
}

static void later(world_t *w, int64_t by_us)
{
    w->now += by_us;
    world_tick(w);
}

static void what_is_used_up_leaves_after_400_days(void **state)
{
    world_t *w = *state;
    uint64_t invoice = used_up(w);
    instant_t created = payment_state_invoice(fold(w), invoice)->created;
    w->now = created + PAYMENT_KEPT_US;
    world_tick(w);
    assert_string_equal(world_events(w), "");
    later(w, 1);
    assert_string_equal(world_events(w), "payments.forgotten");
    assert_int_equal(world_event(w, EVENT_payments_forgotten)->payments_forgotten.count, 1);
    assert_null(payment_state_invoice(fold(w), invoice));
    assert_int_equal(payment_receipts_find(receipts(w), invoice), TABLE_NONE);
    assert_int_equal(table_used(&fold(w)->invoices), 0);
    world_check_replay(w);
}

static void what_is_forgotten_is_credited_no_more(void **state)
{
    world_t *w = *state;
    uint64_t invoice = used_up(w);
    later(w, 401 * DAY_US);
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false), FAIL_SIGNATURE);
    assert_string_equal(world_events(w), "");
    request_t request = {.type = REQUEST_refund, .refund = {.invoice = invoice, .amount = 1}};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_MISSING);
    assert_string_equal(w->decision->detail, PAYMENT_FORGOTTEN_TEXT);
    assert_int_equal(moves_resolve(w, invoice, OUTCOME_SUCCEEDED, 50000), FAIL_MISSING);
    assert_string_equal(w->decision->detail, PAYMENT_FORGOTTEN_TEXT);
    assert_true(world_topup(w, &MOVES_ACCOUNT, 100, 0) > invoice); // no number is given again
}

static void a_forgotten_payment_is_answered_for_by_the_event_that_made_it(void **state)
{
    world_t *w = *state;
    uint64_t invoice = used_up(w);
    later(w, 401 * DAY_US);
    answer_t answer;
    request_t request = {.type = REQUEST_payment, .payment = {.invoice = invoice}};
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.payment.state, PAYMENT_FORGOTTEN);
    assert_int_equal(answer.payment.amount, 50000);
    assert_true(uid_equal(&answer.payment.account, &MOVES_ACCOUNT));
    request.payment.invoice = invoice + PAYMENT_PARTITIONS; // in its time, and never given
    assert_int_equal(world_query(w, &request, &answer), FAIL_MISSING);
}

static void expired(world_t *w)
{
    moves_topup_in(w, PAYMENT_EXPIRED);
}
static void declined(world_t *w)
{
    moves_charge_in(w, PAYMENT_DECLINED);
}
static void open_one(world_t *w)
{
    moves_charge_in(w, PAYMENT_UNKNOWN);
}
static void not_credited(world_t *w)
{
    (void)world_link(w, &MOVES_ACCOUNT, 500, 0);
}
static void not_used_up(world_t *w)
{
    uint64_t lot;
    (void)placed(w, 50000, &lot);
    register_both(w);
}
static void without_receipt(world_t *w)
{
    uint64_t lot;
    (void)placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
}
static void refunded(world_t *w)
{
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot), number = refund(w, invoice, 50000);
    hold(w, number, lot, 0);
    settle(w, invoice, number, 50000, true);
    register_both(w);
}
static void refund_is_open(world_t *w)
{
    uint64_t lot;
    uint64_t invoice = placed(w, 50000, &lot);
    debit(w, POSTING_CHARGE, 0, LOTS(lot));
    register_both(w);
    (void)refund(w, invoice, 50000);
}

static void what_may_still_be_asked_for_stays(void **state)
{
    static const struct {
        void (*make)(world_t *w);
        uint32_t kept, kept_refunds;
    } cases[] = {{expired, 0, 0},
                 {declined, 1, 0}, // its linking top-up, which the ledger
                                   // has not credited
                 {open_one, 2, 0},
                 {not_credited, 1, 0},
                 {not_used_up, 1, 0},
                 {without_receipt, 1, 0},
                 {refunded, 0, 0},
                 {refund_is_open, 1, 1}};
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        void *own = NULL;
        set_up(&own);
        world_t *w = own;
        cases[i].make(w);
        later(w, 402 * DAY_US);
        later(w, DAY_US);
        if (table_used(&fold(w)->invoices) != cases[i].kept)
            fail_msg("case %zu: %" PRIu32 " are kept", i, table_used(&fold(w)->invoices));
        assert_int_equal(table_used(&fold(w)->refunds->rows), cases[i].kept_refunds);
        moves_tear_down(&own);
    }
}

static void looks_come_once_a_month_while_something_old_stays(void **state)
{
    world_t *w = *state;
    not_credited(w);
    later(w, 401 * DAY_US);
    assert_string_equal(world_events(w), "payments.forgotten");
    later(w, PAYMENT_LOOK_US - 1);
    assert_string_equal(world_events(w), "");
    later(w, 1);
    assert_string_equal(world_events(w), "payments.forgotten");
    w->current = false; // while the clock is doubted nothing goes
    later(w, PAYMENT_LOOK_US);
    assert_string_equal(world_events(w), "");
}

static void an_old_mandate_leaves_with_its_last_payment(void **state)
{
    world_t *w = *state;
    for (int i = 0; i < 3; i++) {
        uint64_t invoice = world_link(w, &MOVES_ACCOUNT, 500, 3);
        uint64_t lot = credit(w, invoice, 50000, 50000);
        debit(w, POSTING_CHARGE, 0, LOTS(lot));
        register_both(w);
    }
    assert_int_equal(table_used(&fold(w)->mandates), 3);
    later(w, 401 * DAY_US);
    assert_int_equal(table_used(&fold(w)->mandates), 1);
    const payment_account_t *account = payment_state_account(fold(w), &MOVES_ACCOUNT);
    assert_true(payment_state_mandate(fold(w), account)->live);
    assert_int_equal(table_used(&fold(w)->invoices), 1); // which says that he allowed autopay
    world_check_replay(w);
}

// Their rows are free, or another's.
static void lists_and_disputes_pass_over_what_is_forgotten(void **state)
{
    world_t *w = *state;
    uint64_t lot;
    refunded(w);
    refunded(w);
    later(w, 402 * DAY_US);
    assert_int_equal(table_used(&fold(w)->refunds->rows), 0);
    uint64_t invoice = placed(w, 50000, &lot), number = refund(w, invoice, 50000);
    debit(w, POSTING_CHARGEBACK, 0, LOTS(lot));
    const event_t *ended = world_event(w, EVENT_refund_ended);
    assert_non_null(ended);
    assert_int_equal(ended->refund_ended.refund, number);
    answer_t answer;
    request_t request = {.type = REQUEST_refunds, .refunds = {.limit = 100}};
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.refunds.count, 1);
    request = (request_t){.type = REQUEST_receipts, .receipts = {.limit = 100}};
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.receipts.count, 2);
    request = (request_t){.type = REQUEST_payments, .payments = {MOVES_ACCOUNT, 0, 0, 100}};
    assert_int_equal(world_query(w, &request, &answer), FAIL_NONE);
    assert_int_equal(answer.payments.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, moves_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_used_up_leaves_after_400_days),
        TEST(what_is_forgotten_is_credited_no_more),
        TEST(a_forgotten_payment_is_answered_for_by_the_event_that_made_it),
        cmocka_unit_test(what_may_still_be_asked_for_stays),
        TEST(looks_come_once_a_month_while_something_old_stays),
        TEST(an_old_mandate_leaves_with_its_last_payment),
        TEST(lists_and_disputes_pass_over_what_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
