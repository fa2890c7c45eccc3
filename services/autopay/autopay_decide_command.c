#include "services/autopay/autopay_decide_command.h"

static fail_t decide_hold(const autopay_state_t *self, const request_autopay_hold_t *asked,
                          decision_t *out)
{
    const autopay_account_t *account = autopay_account(self, &asked->account);
    if (!account)
        return decision_refuse(out, FAIL_STATE, "the account never allowed autopay");
    if (account->held != asked->held)
        decision_add(out, EVENT_autopay_held)->autopay_held =
            (event_autopay_held_t){.account = asked->account, .held = asked->held};
    return FAIL_NONE;
}

static fail_t decide_resume(const autopay_state_t *self, const request_autopay_resume_t *asked,
                            role_t role, decision_t *out)
{
    if (asked->why != RESUMED_BY_CUSTOMER && asked->why != RESUMED_BY_OPERATOR)
        return decision_refuse(out, FAIL_INVALID, "why: expected 1 customer or 3 operator");
    if (asked->why == RESUMED_BY_OPERATOR && role != ROLE_OPERATOR)
        return decision_refuse(out, FAIL_DENIED, "why 3: only an operator can say so");
    const autopay_account_t *account = autopay_account(self, &asked->account);
    if (!account)
        return decision_refuse(out, FAIL_STATE, "the account never allowed autopay");
    if (account->suspended)
        decision_add(out, EVENT_autopay_resumed)->autopay_resumed =
            (event_autopay_resumed_t){.account = asked->account, .why = asked->why};
    return FAIL_NONE;
}

enum { DECLINES_MAX = 1000, CROWD_MAX = 1000000 };

static fail_t decide_policy(const request_autopay_policy_t *asked, decision_t *out)
{
    const uint64_t span_max_us = 31 * DAY_US;
    if (asked->threshold < 0 || asked->threshold > POSTING_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "threshold: expected 0 to 10^14 kopecks");
    if (asked->interval_us > span_max_us || asked->backoff_first_us > span_max_us ||
        asked->backoff_second_us > span_max_us || asked->pacing_us > (uint64_t)DAY_US)
        return decision_refuse(out, FAIL_INVALID,
                               "expected interval and back-offs up to 31 days, pacing up to one");
    if (asked->declines_max < 1 || asked->declines_max > DECLINES_MAX || asked->attempts_max < 1 ||
        asked->attempts_max > DECLINES_MAX)
        return decision_refuse(out, FAIL_INVALID, "declines and attempts: expected 1 to 1000");
    if (asked->crowd > CROWD_MAX)
        return decision_refuse(out, FAIL_INVALID, "crowd: expected up to 1000000");
    decision_add(out, EVENT_autopay_policy_changed)->autopay_policy_changed = (autopay_policy_t){
        .threshold = asked->threshold,
        .interval_us = asked->interval_us,
        .backoff_first_us = asked->backoff_first_us,
        .backoff_second_us = asked->backoff_second_us,
        .declines_max = asked->declines_max,
        .attempts_max = asked->attempts_max,
        .pacing_us = asked->pacing_us,
        .crowd = asked->crowd,
    };
    return FAIL_NONE;
}

fail_t autopay_decide_command(const autopay_state_t *self, const input_t *input, decision_t *out)
{
    const request_t *request = input->request;
    switch (request->type) {
    case REQUEST_autopay_hold:
        return decide_hold(self, &request->autopay_hold, out);
    case REQUEST_autopay_resume:
        return decide_resume(self, &request->autopay_resume, input->role, out);
    case REQUEST_autopay_policy:
        return decide_policy(&request->autopay_policy, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "autopay knows no such command");
    }
}
