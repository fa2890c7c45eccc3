#include "services/payment/payment_decide.h"
#include "services/payment/payment_closing.h"
#include "services/payment/payment_decide_charge.h"
#include "services/payment/payment_decide_command.h"
#include "services/payment/payment_decide_judgement.h"
#include "services/payment/payment_decide_outside.h"
#include "services/payment/payment_decide_posting.h"
#include "services/payment/payment_decide_promo.h"
#include "services/payment/payment_decide_receipt.h"
#include "services/payment/payment_decide_refund.h"

fail_t payment_decide(const void *state, const input_t *input, decision_t *out)
{
    const payment_state_t *self = state;
    switch (input->kind) {
    case INPUT_REQUEST:
        return payment_decide_command(self, input->request, out);
    case INPUT_EVENT:
        if (input->event->type == EVENT_autopay_payment_requested)
            return payment_decide_charge(self, input, out);
        if (input->stream == STREAM_LEDGER)
            payment_refund_fact(self, input->event, out);
        if (input->event->type == EVENT_account_opened)
            payment_promo_opened(self, input->event, out);
        if (input->event->type == EVENT_account_closed ||
            input->event->type == EVENT_account_reopened)
            payment_closing_hear(self, input->event, out);
        if (input->event->type == EVENT_posted)
            payment_decide_posting(self, input->event, out);
        if (input->stream == STREAM_LEDGER)
            payment_receipt_fact(self, input, out);
        if (input->event->type == EVENT_node_reseeded && input->stream == STREAM_LEDGER)
            payment_decide_reposted(self, input->event);
        if (input->event->type == EVENT_node_reseeded && input->stream == STREAM_AUTOPAY)
            payment_decide_followed(self, input->event, out);
        return FAIL_NONE;
    case INPUT_RESULT:
        return payment_decide_result(self, input->result, out);
    case INPUT_TICK:
        return payment_promo_due(self, input, out) ? FAIL_NONE
                                                   : payment_decide_judgement(self, input, out);
    case INPUT_RECALLED:
        payment_receipt_recalled(self, input->recalled);
        return FAIL_NONE;
    case INPUT_ITEM:
    case INPUT_THROUGH:
        break;
    }
    return FAIL_INVALID;
}
