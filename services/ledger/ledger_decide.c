#include "services/ledger/ledger_decide.h"
#include "services/ledger/ledger_decide_apart.h"
#include "services/ledger/ledger_decide_bonus.h"
#include "services/ledger/ledger_decide_command.h"
#include "services/ledger/ledger_decide_credit.h"
#include "services/ledger/ledger_decide_ending.h"
#include "services/ledger/ledger_decide_fact.h"
#include "services/ledger/ledger_decide_judgement.h"
#include "services/ledger/ledger_decide_refund.h"
#include "services/ledger/ledger_decide_wish.h"

// The rules to begin with: no bonus is told of before its end.
static const event_ledger_policy_changed_t policy_default = {.low_threshold = LEDGER_LOW_THRESHOLD};

fail_t ledger_decide_found(const void *state, const input_t *input, decision_t *out)
{
    (void)input;
    return ledger_decide_policy(state, &policy_default, out);
}

void ledger_decide_policy_first(event_t *ret_event)
{
    *ret_event =
        (event_t){.type = EVENT_ledger_policy_changed, .ledger_policy_changed = policy_default};
}

fail_t ledger_decide(const void *state, const input_t *input, decision_t *out)
{
    const ledger_state_t *self = state;
    switch (input->kind) {
    case INPUT_ITEM:
        if (input->event->type == EVENT_postings_begun)
            return ledger_decide_run(input, out);
        if (input->event->type != EVENT_posting_requested)
            return decision_refuse(out, FAIL_INVALID, LEDGER_ITEMS);
        return ledger_decide_wish(self, &input->event->posting_requested, out);
    case INPUT_EVENT:
        return ledger_decide_fact(self, input->event, out);
    case INPUT_REQUEST:
        return ledger_decide_command(self, input->request, out);
    case INPUT_TICK:
        out->more = ledger_bonus_settle(self, out) || ledger_ending_close(self, out) ||
                    ledger_ending_lapse(self, input, out) || ledger_apart_begin(self, input, out) ||
                    ledger_ending_warn(self, input, out);
        return out->more ? FAIL_NONE : ledger_decide_judgement(self, input, out);
    case INPUT_RECALLED:
        return input->recalled->wish.key & LEDGER_REFUND_KEY
                   ? ledger_refund_recalled(self, input->recalled, out)
                   : ledger_credit_recalled(self, input->recalled, out);
    case INPUT_THROUGH:
    case INPUT_RESULT:
        break;
    }
    return FAIL_NONE;
}

static instant_t earlier(instant_t a, instant_t b)
{
    return a < b ? a : b;
}

void ledger_decide_due(const void *state, instant_t now, due_t *out)
{
    const ledger_state_t *self = state;
    out->wake =
        self->pending_count || ledger_bonuses_waiting(&self->bonuses) || table_used(&self->closing)
            ? now
            : earlier(earlier(ledger_ending_due(self), ledger_ending_warn_due(self)),
                      ledger_apart_due(self));
    out->count = 0;
    out->recalls_count = 0;
    ledger_refund_due(self, out); // few, and somebody waits
    ledger_credit_due(self, out);
}
