#include "services/payment/payment_refund.h"

payment_refund_t payment_refund_begin(kopecks_t sum)
{
    assert(sum > 0);
    return (payment_refund_t){.state = PAYMENT_REFUND_REQUESTED, .sum = sum};
}

static bool move(payment_refund_t *self, payment_refund_state_t from, payment_refund_state_t to)
{
    if (self->state != from)
        return false;
    self->state = to;
    return true;
}

bool payment_refund_approve(payment_refund_t *self)
{
    return move(self, PAYMENT_REFUND_REQUESTED, PAYMENT_REFUND_APPROVED);
}

bool payment_refund_send(payment_refund_t *self)
{
    return move(self, PAYMENT_REFUND_APPROVED, PAYMENT_REFUND_LEFT);
}

payment_refund_effect_t payment_refund_cancel(payment_refund_t *self)
{
    bool canceled = move(self, PAYMENT_REFUND_REQUESTED, PAYMENT_REFUND_CANCELED) ||
                    move(self, PAYMENT_REFUND_APPROVED, PAYMENT_REFUND_CANCELED);
    return canceled ? PAYMENT_REFUND_RETURNS : PAYMENT_REFUND_HELD;
}

void payment_refund_give_up(payment_refund_t *self, instant_t now)
{
    (void)move(self, PAYMENT_REFUND_LEFT, PAYMENT_REFUND_UNKNOWN);
    if (now - self->accepted >= PAYMENT_REFUND_LOOKS_US)
        (void)move(self, PAYMENT_REFUND_SENT, PAYMENT_REFUND_UNKNOWN);
}

// Refused for good: the service's own word, or that the key or the shop may not refund.
static bool is_refusal(const payment_refund_answer_t *answer)
{
    return (answer->readable && !answer->success) || answer->http_status == 400 ||
           answer->http_status == 401;
}

payment_refund_effect_t payment_refund_answered(payment_refund_t *self,
                                                const payment_refund_answer_t *answer,
                                                instant_t now)
{
    bool followed = answer->readable && answer->success && answer->request.size > 0 &&
                    answer->request.size <= sizeof self->request;
    if (self->state != PAYMENT_REFUND_LEFT)
        return PAYMENT_REFUND_HELD;
    if (!answer->connected) {
        self->state = PAYMENT_REFUND_APPROVED;
    } else if (is_refusal(answer)) {
        self->state = PAYMENT_REFUND_FAILED;
        return PAYMENT_REFUND_RETURNS;
    } else if (followed) {
        self->state = PAYMENT_REFUND_SENT;
        self->accepted = now;
        self->request_size = answer->request.size;
        memcpy(self->request, answer->request.bytes, answer->request.size);
    } else {
        self->state = PAYMENT_REFUND_UNKNOWN;
    }
    return PAYMENT_REFUND_HELD;
}

payment_refund_effect_t payment_refund_told(payment_refund_t *self, span_t request, span_t label,
                                            span_t amount)
{
    kopecks_t sum;
    if (self->state != PAYMENT_REFUND_SENT ||
        !span_is(request, (span_t){self->request, self->request_size}))
        return PAYMENT_REFUND_HELD;
    if (span_is(label, SPAN("canceled"))) {
        self->state = PAYMENT_REFUND_CANCELED;
        return PAYMENT_REFUND_RETURNS;
    }
    if (!span_is(label, SPAN("finished"))) // `processing`, or a label that nobody knows yet
        return PAYMENT_REFUND_HELD;
    if (!robokassa_number_parse_sum(amount, &sum) || sum != self->sum) {
        self->state = PAYMENT_REFUND_UNKNOWN;
        return PAYMENT_REFUND_HELD;
    }
    self->state = PAYMENT_REFUND_DONE;
    return PAYMENT_REFUND_LEAVES;
}

payment_refund_effect_t payment_refund_resolve(payment_refund_t *self, bool went_back)
{
    if (!move(self, PAYMENT_REFUND_UNKNOWN,
              went_back ? PAYMENT_REFUND_DONE : PAYMENT_REFUND_FAILED))
        return PAYMENT_REFUND_HELD;
    return went_back ? PAYMENT_REFUND_LEAVES : PAYMENT_REFUND_RETURNS;
}

bool payment_refund_next_look(const payment_refund_t *self, instant_t now, instant_t *ret_at)
{
    static const instant_t FIRST[] = {MINUTE_US, 5 * MINUTE_US, 15 * MINUTE_US, HOUR_US};
    instant_t age = now - self->accepted;
    if (self->state != PAYMENT_REFUND_SENT || age >= PAYMENT_REFUND_LOOKS_US)
        return false;
    instant_t step = age < DAY_US ? HOUR_US : DAY_US, after = (age / step + 1) * step;
    for (size_t i = sizeof FIRST / sizeof FIRST[0]; i-- > 0;)
        if (age < FIRST[i])
            after = FIRST[i];
    *ret_at = self->accepted + after;
    return true;
}

bool payment_refund_is_double(const payment_refund_t *self)
{
    return self->state == PAYMENT_REFUND_LEFT || self->state == PAYMENT_REFUND_SENT ||
           self->state == PAYMENT_REFUND_UNKNOWN;
}
