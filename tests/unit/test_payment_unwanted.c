// Money of autopay that its customer does not allow: when it is said to be so, what then goes back,
// and what stays for people.
#include "proto/month.h"
#include "services/payment/payment_unwanted.h"
#include "tests/model/payment_moves.h"

#define WANTED "payment.succeeded"
#define GOES_BACK "payment.succeeded payment.unwanted refund.requested"
#define STAYS "payment.succeeded payment.unwanted"

// A charge of now, of an account that is linked.
static uint64_t charged(world_t *w)
{
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_ACCOUNT);
    (void)world_request(w, &wish, w->now);
    const event_t *created = world_event(w, EVENT_payment_created);
    assert_non_null(created);
    return created->payment_created.invoice;
}

// It is taken for declined; Robokassa may yet take the money.
static uint64_t declined(world_t *w)
{
    uint64_t invoice = charged(w);
    moves_post(w, invoice, RESULT_ANSWERED, 200, "Error 35");
    assert_int_equal(world_state(w, invoice), PAYMENT_DECLINED);
    return invoice;
}

static void paid(world_t *w, uint64_t invoice, const char *events)
{
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "500.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), events);
}

static const event_payment_unwanted_t *unwanted(world_t *w)
{
    const event_t *event = world_event(w, EVENT_payment_unwanted);
    assert_non_null(event);
    return &event->payment_unwanted;
}

static void a_late_success_above_the_months_count_goes_back_whole(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 2);
    uint64_t late = declined(w), other = declined(w);
    paid(w, charged(w), WANTED);
    paid(w, late, WANTED); // the second of two
    paid(w, other, GOES_BACK);
    assert_int_equal(unwanted(w)->why, UNWANTED_ABOVE);
    assert_int_equal(unwanted(w)->invoice, other);
    const event_refund_requested_t *refund =
        &world_event(w, EVENT_refund_requested)->refund_requested;
    assert_int_equal(refund->invoice, other);
    assert_int_equal(refund->amount, 50000);
    assert_int_equal(refund->credit, world_last(w) - 2); // its payment.succeeded
    assert_int_equal(refund->why, UNWANTED_ABOVE);
    assert_false(refund->partial);
    paid(w, other, ""); // once
}

static void each_month_has_its_own_limit(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 1);
    uint64_t late = declined(w);
    w->now = month_start(month_of(w->now) + 1);
    paid(w, charged(w), WANTED);
    paid(w, late, WANTED); // of the month before, which had none
}

static void above_a_limit_that_was_lowered_meanwhile_goes_back(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    paid(w, charged(w), WANTED);
    uint64_t invoice = charged(w);
    request_t request = {.type = REQUEST_mandate_change};
    request.mandate_change = (request_mandate_change_t){MOVES_ACCOUNT, 1, 50000, 0};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    paid(w, invoice, GOES_BACK);
    assert_int_equal(unwanted(w)->why, UNWANTED_ABOVE);
}

static void what_comes_after_a_revocation_goes_back(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t invoice = charged(w);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    paid(w, invoice, GOES_BACK);
    assert_int_equal(unwanted(w)->why, UNWANTED_REVOKED);
}

static void a_new_consent_is_no_revocation(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t first = declined(w), second = declined(w);
    (void)world_link(w, &MOVES_ACCOUNT, 500, 1); // and its limit holds now
    paid(w, first, WANTED);
    paid(w, second, GOES_BACK);
    assert_int_equal(unwanted(w)->why, UNWANTED_ABOVE);
}

static void what_a_chargeback_revoked_stays_for_people(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t invoice = charged(w);
    (void)world_posting(w, &MOVES_ACCOUNT, POSTING_CHARGEBACK, true, 0, 0);
    paid(w, invoice, STAYS);
    assert_int_equal(unwanted(w)->kept, UNRETURNED_DISPUTED);
}

static void a_shop_that_refunds_nothing_says_so(void **state)
{
    world_t *w = *state;
    payment_settings_t *settings = &w->settings; // the core borrows them
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    uint64_t first = charged(w), second;
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    settings->refunds.by_itself = false;
    paid(w, first, STAYS);
    assert_int_equal(unwanted(w)->kept, UNRETURNED_OFF);
    (void)world_link(w, &MOVES_ACCOUNT, 500, 3);
    second = charged(w);
    assert_int_equal(moves_revoke(w, &MOVES_ACCOUNT, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    settings->refunds.password3 = (span_t){0};
    paid(w, second, STAYS);
    assert_int_equal(unwanted(w)->kept, UNRETURNED_SHOP);
}

static void what_goes_back_by_itself_suspends_nobody(void **state)
{
    world_t *w = *state;
    (void)world_link(w, &MOVES_ACCOUNT, 500, 1);
    uint64_t late = declined(w);
    paid(w, charged(w), WANTED);
    paid(w, late, GOES_BACK);
    event_t hold = {.type = EVENT_posted, .at = w->now};
    hold.posted = (event_posted_t){.account = MOVES_ACCOUNT,
                                   .kind = POSTING_HOLD,
                                   .debit = SYSTEM_END,
                                   .credit = SYSTEM_REFUNDS,
                                   .amount = 50000,
                                   .reference = posting_payment_reference(late)};
    world_hear(w, STREAM_LEDGER, &hold);
    assert_string_equal(world_events(w), "");
    hold.posted.reference = (uid_t16){{0}}; // an operator's
    world_hear(w, STREAM_LEDGER, &hold);
    assert_string_equal(world_events(w), "mandate.refunded");
}

// Only another sum shows it: the same notice again is the same money.
static void a_second_payment_of_an_invoice_credits_nothing(void **state)
{
    world_t *w = *state;
    uint64_t invoice = world_link(w, &MOVES_ACCOUNT, 500, 0);
    paid(w, invoice, "");
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "300.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.mismatch refund.requested refund.approved");
    assert_int_equal(world_event(w, EVENT_payment_mismatch)->payment_mismatch.what,
                     MISMATCH_SECOND);
    assert_int_equal(world_state(w, invoice), PAYMENT_SUCCEEDED);
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "300.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "");
    paid(w, invoice, "");
    assert_int_equal(((const payment_state_t *)world_core_state(w))->second, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_late_success_above_the_months_count_goes_back_whole),
        MOVES_TEST(each_month_has_its_own_limit),
        MOVES_TEST(above_a_limit_that_was_lowered_meanwhile_goes_back),
        MOVES_TEST(what_comes_after_a_revocation_goes_back),
        MOVES_TEST(a_new_consent_is_no_revocation),
        MOVES_TEST(what_a_chargeback_revoked_stays_for_people),
        MOVES_TEST(a_shop_that_refunds_nothing_says_so),
        MOVES_TEST(what_goes_back_by_itself_suspends_nobody),
        MOVES_TEST(a_second_payment_of_an_invoice_credits_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
