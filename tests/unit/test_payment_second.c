// A second payment of an invoice: it goes back by itself, once, and never the first in its place.
#include "tests/unit/refund_moves.h"

static const char *operation_of(const char *sum)
{
    static char xml[1024];
    snprintf(
        xml, sizeof xml,
        "<OperationStateResponse><Result><Code>0</Code></Result><State><Code>100</Code></State>"
        "<Info><OutSum>%s</OutSum><OpKey>" OPERATION "</OpKey></Info></OperationStateResponse>",
        sum);
    return xml;
}

// 500 rubles were asked for and came; then 700 more.
static uint64_t paid_again(world_t *w, uint64_t *ret_refund)
{
    uint64_t invoice = paid(w);
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "700.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.mismatch refund.requested refund.approved");
    const event_refund_requested_t *e = &world_event(w, EVENT_refund_requested)->refund_requested;
    assert_int_equal(e->amount, 70000);
    assert_int_equal(e->why, UNWANTED_SECOND);
    assert_int_equal(e->credit, 0);
    assert_false(e->partial);
    *ret_refund = e->refund;
    return invoice;
}

static void a_second_payment_goes_back_by_itself(void **state)
{
    world_t *w = *state;
    (void)left(w, paid(w), 50000);
    size_t size = wanted(w)->body.size; // without a sum, for it is all of it
    answered(w, RESULT_ANSWERED, 401, "no");
    uint64_t number, invoice = paid_again(w, &number);
    answered(w, RESULT_ANSWERED, 200, operation_of("500.000000"));
    assert_string_equal(world_events(w), ""); // that is the first one
    w->now += MINUTE_US;
    answered(w, RESULT_ANSWERED, 200, operation_of("700.000000"));
    assert_string_equal(world_events(w), "refund.left");
    assert_true(is_at(wanted(w), SHOP_REFUND_URL));
    assert_int_equal(wanted(w)->body.size, size);
    answered(w, RESULT_ANSWERED, 200,
             "{\"success\":true,\"message\":null,\"requestId\":\"" REQUEST "\"}");
    w->now += HOUR_US;
    told(w, "finished", "700.000000");
    assert_string_equal(world_events(w), "refund.done");
    assert_int_equal(world_event(w, EVENT_refund_done)->refund_done.by_itself, UNWANTED_SECOND);
    assert_int_equal(state_of(w, number), REFUND_DONE);
    assert_int_equal(refund(w, invoice, 50000), FAIL_NONE); // the first one is whole
}

static void each_second_payment_goes_back_once(void **state)
{
    world_t *w = *state;
    uint64_t number, invoice = paid_again(w, &number);
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "700.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "");
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "800.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.mismatch refund.requested refund.approved");
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "700.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.mismatch");
}

// Nor does the second one's operation for the first.
static void the_first_payment_does_not_go_back_for_the_second(void **state)
{
    world_t *w = *state;
    uint64_t second, invoice = paid_again(w, &second);
    request_t cancel = {.type = REQUEST_refund_cancel, .refund_cancel.refund = second};
    assert_int_equal(world_command(w, &cancel, ROLE_OPERATOR), FAIL_NONE);
    uint64_t number = begun(w, invoice, 50000);
    held(w, number);
    answered(w, RESULT_ANSWERED, 200, operation_of("700.000000"));
    assert_string_equal(world_events(w), "");
    w->now += MINUTE_US;
    answered(w, RESULT_ANSWERED, 200, operation_of("500.000000"));
    assert_string_equal(world_events(w), "refund.left");
}

static void a_second_payment_that_cannot_go_back_is_for_people(void **state)
{
    world_t *w = *state;
    uint64_t number;
    (void)paid_again(w, &number);
    answered(w, RESULT_ANSWERED, 200, operation_of("700.000000"));
    answered(w, RESULT_ANSWERED, 401, "no");
    assert_string_equal(world_events(w), "refund.unknown");
    assert_int_equal(row_of(w, number)->doubt, REFUND_DOUBT_SECOND);
    request_t resolve = {.type = REQUEST_refund_resolve,
                         .refund_resolve = {.refund = number, .amount = 70000, .done = true}};
    assert_int_equal(world_command(w, &resolve, ROLE_OPERATOR), FAIL_NONE);
    assert_int_equal(world_event(w, EVENT_refund_done)->refund_done.by_itself, UNWANTED_SECOND);
    (void)paid_again(w, &number); // Robokassa never speaks of it
    w->now += PAYMENT_REFUND_SECOND_US;
    world_tick(w);
    assert_string_equal(world_events(w), "refund.unknown");
    assert_int_equal(row_of(w, number)->doubt, REFUND_DOUBT_SECOND);
    w->settings.refunds.password3 = (span_t){0};
    uint64_t invoice = paid(w);
    assert_int_equal(world_notice(w, SHOP_PASSWORD2, invoice, "700.000000", false), FAIL_NONE);
    assert_string_equal(world_events(w), "payment.mismatch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(a_second_payment_goes_back_by_itself),
        MOVES_TEST(each_second_payment_goes_back_once),
        MOVES_TEST(the_first_payment_does_not_go_back_for_the_second),
        MOVES_TEST(a_second_payment_that_cannot_go_back_is_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
