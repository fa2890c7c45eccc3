#include "services/autopay/autopay_decide.h"
#include "services/autopay/autopay_decide_command.h"
#include "services/autopay/autopay_decide_judgement.h"
#include "services/autopay/autopay_decide_payment.h"

// The rules to begin with (docs/rules.md "Autopay").
static const autopay_policy_t policy_default = {
    .threshold = 10000,
    .interval_us = HOUR_US,
    .backoff_first_us = HOUR_US,
    .backoff_second_us = 6 * HOUR_US,
    .declines_max = 3,
    .attempts_max = 5,
    .pacing_us = 15 * MINUTE_US,
    .crowd = 64,
};

fail_t autopay_decide_found(const void *state, const input_t *input, decision_t *out)
{
    (void)state, (void)input;
    decision_add(out, EVENT_autopay_policy_changed)->autopay_policy_changed = policy_default;
    return FAIL_NONE;
}

void autopay_decide_policy_first(event_t *ret_event)
{
    *ret_event =
        (event_t){.type = EVENT_autopay_policy_changed, .autopay_policy_changed = policy_default};
}

fail_t autopay_decide(const void *state, const input_t *input, decision_t *out)
{
    switch (input->kind) {
    case INPUT_REQUEST:
        return autopay_decide_command(state, input, out);
    case INPUT_EVENT:
        return autopay_decide_payment(state, input, out);
    case INPUT_TICK:
        autopay_decide_judgement(state, out);
        return FAIL_NONE;
    default:
        return decision_refuse(out, FAIL_INVALID, "autopay takes no feed and asks nothing outside");
    }
}

void autopay_decide_due(const void *state, instant_t now, due_t *out)
{
    const autopay_state_t *self = state;
    out->wake = autopay_agenda_wake(self->agenda, now);
    out->count = 0;
}
