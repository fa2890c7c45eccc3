// The checker of refunds: silent about what payment and the ledger make of them together, and it
// names each fault.
#include "tests/model/payment_moves.h"
#include "services/ledger/ledger_core.h"
#include "services/payment/payment_decide_refund.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_ledger.h"
#include "tools/kopeck/verify_refunds.h"

#define STATE                                                                                      \
    "<OperationStateResponse><Result><Code>0</Code></Result><State><Code>100</Code></State>"       \
    "<Info><OpKey>OP</OpKey></Info></OperationStateResponse>"
#define TAKEN "{\"success\":true,\"message\":null,\"requestId\":\"R\"}"

typedef struct {
    world_t *payment;
    harness_t *ledger;
    uint64_t said, heard; // payment's and the ledger's events that the other knows
} pair_t;

// Each hears all that the other said.
static void exchange(pair_t *self)
{
    while (self->said < world_last(self->payment) || self->heard < self->ledger->last) {
        while (self->said < world_last(self->payment)) {
            event_t event = harness_read(self->payment->harness, ++self->said);
            assert_int_equal(harness_event(self->ledger, STREAM_PAYMENT, self->said, &event),
                             FAIL_NONE);
        }
        (void)harness_recall(self->ledger);
        while (self->heard < self->ledger->last) {
            event_t event = harness_read(self->ledger, ++self->heard);
            world_hear(self->payment, STREAM_LEDGER, &event);
        }
    }
}

static uint64_t asked(pair_t *self, uint64_t invoice, kopecks_t amount)
{
    request_t request = {.type = REQUEST_refund};
    request.refund.invoice = invoice;
    request.refund.amount = amount;
    assert_int_equal(world_command(self->payment, &request, ROLE_OPERATOR), FAIL_NONE);
    uint64_t number = world_event(self->payment, EVENT_refund_requested)->refund_requested.refund;
    exchange(self);
    return number;
}

static void answered(pair_t *self, int what, unsigned status, const char *body)
{
    const due_t *due = world_due(self->payment);
    for (size_t i = 0; i < due->count; i++)
        if (due->requests[i].key & PAYMENT_REFUND_KEY) {
            world_result(self->payment, due->requests[i].key, what, status, body);
            exchange(self);
            return;
        }
    fail_msg("nothing is wanted of Robokassa");
}

static void left(pair_t *self, uint64_t invoice, kopecks_t amount)
{
    (void)asked(self, invoice, amount);
    answered(self, RESULT_ANSWERED, 200, STATE);
}

static void used(pair_t *self, kopecks_t amount)
{
    static uint64_t sequence;
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = MOVES_ACCOUNT;
    event.usage_charged.amount = amount;
    assert_int_equal(harness_event(self->ledger, STREAM_METERING, ++sequence, &event), FAIL_NONE);
    exchange(self);
}

static void live(pair_t *self)
{
    world_t *w = self->payment;
    uint64_t invoice = world_link(w, &MOVES_ACCOUNT, 500, 0);
    exchange(self);
    left(self, invoice, 10000); // without a connection at first, then done
    answered(self, RESULT_NOT_CONNECTED, 0, NULL);
    w->now += MINUTE_US;
    answered(self, RESULT_ANSWERED, 200, STATE);
    answered(self, RESULT_ANSWERED, 200, TAKEN);
    w->now += HOUR_US;
    answered(self, RESULT_ANSWERED, 200,
             "{\"requestId\":\"R\",\"amount\":100.000000,\"label\":\"finished\"}");
    left(self, invoice, 40000); // refused
    answered(self, RESULT_ANSWERED, 401, "no");
    used(self, 15000);
    (void)asked(self, invoice, 30000); // more than is left
    left(self, invoice, 25000);        // unknown, and it went back
    answered(self, RESULT_NO_ANSWER, 0, NULL);
    request_t request = {.type = REQUEST_refund_resolve};
    request.refund_resolve = (request_refund_resolve_t){
        .refund =
            refund_number(refund_at(((const payment_state_t *)world_core_state(w))->refunds, 3)),
        .done = true,
        .amount = 25000};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    exchange(self);
}

// A charge whose customer revokes before its money is heard of.
static void live_unwanted(pair_t *self)
{
    world_t *w = self->payment;
    (void)world_link(w, &MOVES_OTHER, 300, 3);
    exchange(self);
    event_autopay_payment_requested_t wish = world_wish(w, &MOVES_OTHER);
    (void)world_request(w, &wish, w->now);
    uint64_t invoice = world_event(w, EVENT_payment_created)->payment_created.invoice;
    assert_int_equal(moves_revoke(w, &MOVES_OTHER, REVOKE_CUSTOMER, ROLE_WEB), FAIL_NONE);
    world_notice(w, SHOP_PASSWORD2, invoice, "300.000000", false);
    assert_string_equal(world_events(w), "payment.succeeded payment.unwanted refund.requested");
    exchange(self);
    answered(self, RESULT_ANSWERED, 200, STATE);
    answered(self, RESULT_ANSWERED, 401, "no");
}

// An invoice that is paid once more, in another sum; Robokassa refuses, and people give it back.
static void live_second(pair_t *self)
{
    world_t *w = self->payment;
    uint64_t invoice = world_link(w, &MOVES_OTHER, 300, 0);
    exchange(self);
    world_notice(w, SHOP_PASSWORD2, invoice, "400.000000", false);
    uint64_t number = world_event(w, EVENT_refund_requested)->refund_requested.refund;
    exchange(self);
    answered(self, RESULT_ANSWERED, 200,
             "<OperationStateResponse><Result><Code>0</Code></Result><State><Code>100</Code>"
             "</State><Info><OutSum>400.00</OutSum><OpKey>OP2</OpKey></Info>"
             "</OperationStateResponse>");
    answered(self, RESULT_ANSWERED, 401, "no");
    request_t request = {.type = REQUEST_refund_resolve};
    request.refund_resolve =
        (request_refund_resolve_t){.refund = number, .done = true, .amount = 40000};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_NONE);
    exchange(self);
}

static pair_t pair; // the events' slices lie in its journals

static int make(void **state)
{
    static histories_t histories;
    pair = (pair_t){.payment = world_new(7), .ledger = harness_new(&ledger_core, NULL)};
    live(&pair);
    live_unwanted(&pair);
    live_second(&pair);
    for (uint64_t i = 1; i <= world_last(pair.payment); i++) {
        event_t event = harness_read(pair.payment->harness, i);
        history_add(&histories.of[STREAM_PAYMENT], &event);
    }
    for (uint64_t i = 1; i <= pair.ledger->last; i++) {
        event_t event = harness_read(pair.ledger, i);
        history_add(&histories.of[STREAM_LEDGER], &event);
    }
    *state = &histories;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    world_destroy(pair.payment);
    harness_destroy(&pair.ledger);
    return 0;
}

// Payment first: what it asks for is known when the ledger holds it.
static void run(const histories_t *histories, verify_report_t *report)
{
    const history_t *payment = &histories->of[STREAM_PAYMENT],
                    *ledger = &histories->of[STREAM_LEDGER];
    verify_refunds_t checker;
    verify_refunds_init(&checker, report);
    for (size_t i = 0; i < payment->count; i++)
        verify_refunds_payment(&checker, i + 1, &payment->events[i]);
    for (size_t i = 0; i < ledger->count; i++)
        verify_refunds_ledger(&checker, i + 1, &ledger->events[i]);
    verify_refunds_finish(&checker, true);
    verify_refunds_release(&checker);
}

// --- faults ---

static event_t *paid(histories_t *histories, event_type_t type, size_t n)
{
    return history_event(&histories->of[STREAM_PAYMENT], type, n);
}

static event_t *posted(histories_t *histories, event_type_t type, size_t n)
{
    return history_event(&histories->of[STREAM_LEDGER], type, n);
}

static event_t *posting(histories_t *histories, posting_kind_t kind)
{
    size_t n = 0;
    while (posted(histories, EVENT_posted, n)->posted.kind != kind)
        n++;
    return posted(histories, EVENT_posted, n);
}

static void number_again(histories_t *h)
{
    paid(h, EVENT_refund_requested, 1)->refund_requested.refund =
        paid(h, EVENT_refund_requested, 0)->refund_requested.refund;
}

static void of_no_payment(histories_t *h)
{
    paid(h, EVENT_refund_requested, 0)->refund_requested.credit++;
}

static void too_much(histories_t *h)
{
    paid(h, EVENT_refund_requested, 1)->refund_requested.amount = 40001;
}

static void never_over(histories_t *h)
{
    history_blank(paid(h, EVENT_refund_done, 0));
}

static void whole_is_a_part(histories_t *h)
{
    paid(h, EVENT_refund_requested, 0)->refund_requested.partial = false;
}

static void never_asked_for(histories_t *h)
{
    history_blank(paid(h, EVENT_refund_requested, 0));
}

static void approved_by_nobody(histories_t *h)
{
    paid(h, EVENT_refund_approved, 0)->cause.stream = STREAM_NONE;
}

static void leaves_unheld(histories_t *h)
{
    history_blank(paid(h, EVENT_refund_approved, 0));
}

static void leaves_twice(histories_t *h)
{
    history_blank(paid(h, EVENT_refund_unsent, 0));
}

static void attempt_not_counted(histories_t *h)
{
    paid(h, EVENT_refund_left, 1)->refund_left.attempt = 1;
}

static void ends_twice(histories_t *h)
{
    *paid(h, EVENT_refund_approved, 1) = *paid(h, EVENT_refund_done, 0);
}

static void never_sent(histories_t *h)
{
    history_blank(paid(h, EVENT_refund_sent, 0));
}

static void given_up(histories_t *h)
{
    paid(h, EVENT_refund_ended, 0)->refund_ended.why = REFUND_END_CANCELED;
}

static void unheard_done(histories_t *h)
{
    history_blank(posted(h, EVENT_refund_settled, 0));
}

static void held_for_ever(histories_t *h)
{
    history_blank(posted(h, EVENT_refund_settled, 1));
}

static void noted_again(histories_t *h)
{
    posted(h, EVENT_refund_noted, 1)->refund_noted.refund =
        posted(h, EVENT_refund_noted, 0)->refund_noted.refund;
}

static void noted_otherwise(histories_t *h)
{
    posted(h, EVENT_refund_noted, 0)->refund_noted.amount++;
}

static void held_otherwise(histories_t *h)
{
    posted(h, EVENT_refund_held, 0)->refund_held.amount++;
}

static void held_by_no_posting(histories_t *h)
{
    posted(h, EVENT_refund_held, 0)->refund_held.lot++;
}

static void of_another_lot(histories_t *h)
{
    posted(h, EVENT_refund_held, 0)->refund_held.lot++;
    posting(h, POSTING_HOLD)->posted.lot++;
}

static void settled_again(histories_t *h)
{
    posted(h, EVENT_refund_settled, 2)->refund_settled.refund =
        posted(h, EVENT_refund_settled, 0)->refund_settled.refund;
}

static void settled_as_unheld(histories_t *h)
{
    posted(h, EVENT_refund_settled, 0)->refund_settled.held = false;
}

static void settled_by_no_posting(histories_t *h)
{
    posting(h, POSTING_REFUND)->posted.amount++;
}

static void held_for_nobody(histories_t *h)
{
    history_blank(posted(h, EVENT_refund_held, 0));
}

static void released_for_nobody(histories_t *h)
{
    history_blank(posted(h, EVENT_refund_settled, 1));
}

static void refused_unasked(histories_t *h)
{
    history_blank(posted(h, EVENT_refund_noted, 2));
}

static event_t *by_itself(histories_t *h)
{
    size_t n = 0;
    while (!paid(h, EVENT_refund_requested, n)->refund_requested.why)
        n++;
    return paid(h, EVENT_refund_requested, n);
}

static void for_another_reason(histories_t *h)
{
    by_itself(h)->refund_requested.why = UNWANTED_ABOVE;
}

static void never_asked_back(histories_t *h)
{
    history_blank(by_itself(h));
}

static event_t *second(histories_t *h)
{
    size_t n = 0;
    while (paid(h, EVENT_refund_requested, n)->refund_requested.why != UNWANTED_SECOND)
        n++;
    return paid(h, EVENT_refund_requested, n);
}

static void second_of_another_sum(histories_t *h)
{
    second(h)->refund_requested.amount++;
}

static void second_goes_back_again(histories_t *h)
{
    *paid(h, EVENT_refund_ended, 0) = *second(h);
}

static void second_is_noted(histories_t *h)
{
    posted(h, EVENT_refund_noted, 0)->refund_noted.refund = second(h)->refund_requested.refund;
}

static void every_fault_of_refunds_is_named(void **state)
{
    static const fault_t faults[] = {
        {"refunds: a number is given once", number_again},
        {"refunds: what goes back was paid", of_no_payment},
        {"refunds: no more goes back than came", too_much},
        {"refunds: one of a payment at a time", never_over},
        {"refunds: a part says so", whole_is_a_part},
        {"refunds: by itself goes back all that is not allowed, and nothing else",
         for_another_reason},
        {"refunds: what is not allowed is asked back", never_asked_back},
        {"refunds: asked for before anything else", never_asked_for},
        {"refunds: approved by the ledger", approved_by_nobody},
        {"refunds: held before it leaves", leaves_unheld},
        {"refunds: leaves once, unless nothing can have arrived", leaves_twice},
        {"refunds: attempts are counted", attempt_not_counted},
        {"refunds: what ends, ends once", ends_twice},
        {"refunds: only what may have left goes back", never_sent},
        {"refunds: what may have left is not given up", given_up},
        {"refunds: what went back left the ledger", unheard_done},
        {"refunds: what did not go back is held no more", held_for_ever},
        {"refunds: noted once", noted_again},
        {"refunds: noted as it was asked for", noted_otherwise},
        {"refunds: held once, as noted", held_otherwise},
        {"refunds: held by the posting before", held_by_no_posting},
        {"refunds: held of the lot that its payment is", of_another_lot},
        {"refunds: settled once", settled_again},
        {"refunds: settled as it was held", settled_as_unheld},
        {"refunds: settled by the posting before", settled_by_no_posting},
        {"refunds: a hold is a refund's", held_for_nobody},
        {"refunds: a release is a refund's", released_for_nobody},
        {"refunds: refused once, as noted", refused_unasked},
        {"refunds: a second payment goes back whole, as it was told of", second_of_another_sum},
        {"refunds: a second payment goes back once", second_goes_back_again},
        {"refunds: a second payment is none of the ledger's", second_is_noted},
    };
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

// --- lots: the ledger's checker over the same journal ---

static uint64_t violated(const histories_t *histories, const char *rule)
{
    const history_t *ledger = &histories->of[STREAM_LEDGER];
    verify_report_t report = {0};
    verify_ledger_t checker;
    verify_ledger_init(&checker, &report);
    for (size_t i = 0; i < ledger->count; i++)
        verify_ledger_feed(&checker, i + 1, &ledger->events[i]);
    verify_ledger_release(&checker);
    return rule ? verify_violations(&report, rule) : report.violated;
}

static void lots_of_refunds_are_checked(void **state)
{
    histories_t *h = *state;
    assert_int_equal(violated(h, NULL), 0);
    event_t *held = posting(h, POSTING_HOLD), *back = posting(h, POSTING_RELEASE);
    held->posted.lot++;
    assert_true(violated(h, "ledger: a refund is held of one lot, and comes back to it") > 0);
    held->posted.lot--;
    back->posted.lot++;
    assert_true(violated(h, "ledger: a refund is held of one lot, and comes back to it") > 0);
    back->posted.lot--;
    posted(h, EVENT_refund_settled, 0)->refund_settled.amount++;
    assert_true(violated(h, "ledger: what leaves for a refund was held") > 0);
    posted(h, EVENT_refund_settled, 0)->refund_settled.amount--;
    assert_int_equal(violated(h, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_of_refunds_is_named),
        cmocka_unit_test(lots_of_refunds_are_checked),
    };
    return cmocka_run_group_tests(tests, make, release);
}
