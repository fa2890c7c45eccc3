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

#define SPAN_MAX_US (31 * DAY_US)

// The bounds of a policy's numbers, and what is said of one beyond them; an amount below zero is
// beyond them too.
static const struct {
    size_t at;
    uint64_t min, max;
    const char *refusal;
} bounds[] = {
#define BOUND(field, min, max, expected)                                                           \
    {                                                                                              \
        offsetof(request_autopay_policy_t, field), min, max, #field ": expected " expected         \
    }
    BOUND(threshold, 0, POSTING_AMOUNT_MAX, "0 to 10^14 kopecks"),
    BOUND(interval_us, 0, SPAN_MAX_US, "at most 31 days"),
    BOUND(backoff_first_us, 0, SPAN_MAX_US, "at most 31 days"),
    BOUND(backoff_second_us, 0, SPAN_MAX_US, "at most 31 days"),
    BOUND(declines_max, 1, 1000, "1 to 1000"),
    BOUND(attempts_max, 1, 1000, "1 to 1000"),
    BOUND(pacing_us, 0, DAY_US, "at most a day"),
    BOUND(crowd, 0, 1000000, "at most 1000000"),
    BOUND(prenotice_us, 0, SPAN_MAX_US, "at most 31 days")};

static fail_t decide_policy(const request_autopay_policy_t *asked, decision_t *out)
{
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        uint64_t value;
        memcpy(&value, (const char *)asked + bounds[i].at, sizeof value);
        if (value < bounds[i].min || value > bounds[i].max)
            return decision_refuse(out, FAIL_INVALID, bounds[i].refusal);
    }
    decision_add(out, EVENT_autopay_policy_changed)->autopay_policy_changed = (autopay_policy_t){
        .threshold = asked->threshold,
        .interval_us = asked->interval_us,
        .backoff_first_us = asked->backoff_first_us,
        .backoff_second_us = asked->backoff_second_us,
        .declines_max = asked->declines_max,
        .attempts_max = asked->attempts_max,
        .pacing_us = asked->pacing_us,
        .crowd = asked->crowd,
        .prenotice_us = asked->prenotice_us,
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
