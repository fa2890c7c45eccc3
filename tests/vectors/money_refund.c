// Rows refund-…: what is answered and told of a refund through Robokassa, and what becomes of the
// held sum. The refund is of 150.00 unless it says otherwise, and its Create has left, or, where
// the first step is GetState, was accepted as request R.
//
//     given  [held SUM;] STEP[; STEP]…
//     STEP   Create answers success true, requestId R | Create answers success true, no requestId
//            Create answers NotEnoughOperationFunds (any other message alike)
//            Create answers HTTP N | Create timed out | Create had no connection
//            GetState label LABEL, amount TEXT | the cabinet says it went back | … it did not
//            chargeback of the payment
//     when   record | retry?
//     then   of the state, and of what the ledger does
#include "services/payment/payment_refund.h"
#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

enum { STEPS_MAX = 8, STEP_MAX = 128 };

typedef struct {
    payment_refund_t refund;
    uint32_t left, returned; // how often the held sum did
    bool begun, disputed;
} run_t;

static void begin(run_t *run, bool accepted)
{
    const payment_refund_answer_t answer = {true, 200, true, true, SPAN("R")};
    if (run->begun)
        return;
    run->begun = true;
    (void)payment_refund_approve(&run->refund);
    (void)payment_refund_send(&run->refund);
    if (accepted)
        (void)payment_refund_answered(&run->refund, &answer, 0);
}

static void count(run_t *run, payment_refund_effect_t effect)
{
    run->left += effect == PAYMENT_REFUND_LEAVES;
    run->returned += effect == PAYMENT_REFUND_RETURNS;
}

static bool take_create(run_t *run, money_text_t step)
{
    payment_refund_answer_t answer = {true, 200, true, false, {NULL, 0}};
    uint64_t status;
    span_t token;
    if (money_take(&step, "timed out")) {
        answer = (payment_refund_answer_t){.connected = true};
    } else if (money_take(&step, "had no connection")) {
        answer = (payment_refund_answer_t){.connected = false};
    } else if (!money_take(&step, "answers")) {
        return false;
    } else if (money_take(&step, "HTTP")) {
        if (!money_take_number(&step, &status) || status > 599)
            return false;
        answer = (payment_refund_answer_t){.connected = true, .http_status = (int)status};
    } else if (money_take(&step, "success true,")) {
        answer.success = true;
        if (!money_take(&step, "no requestId") &&
            !(money_take(&step, "requestId") && money_take_token(&step, &answer.request)))
            return false;
    } else if (!money_take_token(&step, &token)) { // the service's message: not success
        return false;
    }
    begin(run, false);
    count(run, payment_refund_answered(&run->refund, &answer, 0));
    return money_ended(&step);
}

static bool take_state(run_t *run, money_text_t step)
{
    span_t label, amount;
    if (!money_take(&step, "label") || !money_take_token(&step, &label) ||
        !money_take(&step, ",") || !money_take(&step, "amount") ||
        !money_take_token(&step, &amount) || !money_ended(&step))
        return false;
    begin(run, true);
    // Said twice, it must do no more than said once.
    for (int i = 0; i < 2; i++)
        count(run, payment_refund_told(&run->refund, SPAN("R"), label, amount));
    return true;
}

static bool take_step(run_t *run, money_text_t step)
{
    if (money_take(&step, "Create"))
        return take_create(run, step);
    if (money_take(&step, "GetState"))
        return take_state(run, step);
    if (money_take(&step, "the cabinet says it")) {
        bool went_back = money_take(&step, "went back");
        if (!went_back && !money_take(&step, "did not"))
            return false;
        count(run, payment_refund_resolve(&run->refund, went_back));
        return money_ended(&step);
    }
    run->disputed = money_take(&step, "chargeback of the payment");
    return run->disputed && money_ended(&step);
}

static bool take_given(money_text_t *given, run_t *run)
{
    kopecks_t sum = 15000;
    if (money_take(given, "held") &&
        (!money_take_sum(given, &sum) || sum <= 0 || !money_take(given, ";")))
        return false;
    run->refund = payment_refund_begin(sum);
    while (!money_ended(given)) {
        char step[STEP_MAX];
        size_t size = strcspn(given->at, ";");
        if (size >= sizeof step)
            return false;
        memcpy(step, given->at, size);
        step[size] = '\0';
        if (!take_step(run, (money_text_t){step}))
            return false;
        given->at += size;
        (void)money_take(given, ";");
    }
    return true;
}

static const char *state_name(payment_refund_state_t state)
{
    static const char *const names[] = {"requested", "approved", "left",   "sent",
                                        "done",      "canceled", "failed", "unknown"};
    return names[state];
}

static void print_record(const run_t *run, char *got, size_t size)
{
    const payment_refund_t *refund = &run->refund;
    if (run->disputed && payment_refund_is_double(refund))
        snprintf(got, size, "alert DOUBLE_RETURN");
    else if (run->left + run->returned > 1)
        snprintf(got, size, "the held sum moved %u times", run->left + run->returned);
    else if (run->left)
        snprintf(got, size, "held %" PRId64 ".%02" PRId64 " leaves the ledger, once",
                 refund->sum / 100, refund->sum % 100);
    else if (run->returned)
        snprintf(got, size, "%s, the held sum returns", state_name(refund->state));
    else
        snprintf(got, size, "state %s; lot still held", state_name(refund->state));
}

money_verdict_t money_refund(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when};
    run_t run = {.begun = false};
    char got[128];
    if (!take_given(&given, &run) || !run.begun)
        return money_unknown(said, "given", given);
    if (money_take(&when, "record") && money_ended(&when)) {
        print_record(&run, got, sizeof got);
    } else if (money_take(&when, "retry?") && money_ended(&when)) {
        payment_refund_state_t state = run.refund.state;
        bool again = payment_refund_send(&run.refund);
        snprintf(got, sizeof got, "%s; state %s%s", again ? "yes" : "no", state_name(state),
                 state == PAYMENT_REFUND_UNKNOWN ? ", an operator looks in the cabinet" : "");
    } else {
        return money_unknown(said, "when", when);
    }
    return money_compare(said, got, span_of(row->then));
}
