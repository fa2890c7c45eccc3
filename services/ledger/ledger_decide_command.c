#include "services/ledger/ledger_decide_command.h"
#include "services/ledger/ledger_closing.h"
#include "services/ledger/ledger_decide_ending.h"
#include "services/ledger/ledger_decide_level.h"
#include "services/ledger/ledger_decide_wish.h"

fail_t ledger_decide_policy(const ledger_state_t *self, const event_ledger_policy_changed_t *policy,
                            decision_t *out)
{
    if (policy->low_threshold < 0 || policy->low_threshold > POSTING_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "low_threshold: expected 0 to 10^14 kopecks");
    if (policy->lapse_notice_us > (uint64_t)LEDGER_LAPSE_NOTICE_MAX_US)
        return decision_refuse(out, FAIL_INVALID, "lapse_notice_us: expected at most 366 days");
    if (!self->policy || policy->low_threshold != self->low_threshold ||
        policy->lapse_notice_us != self->lapse_notice_us)
        decision_add(out, EVENT_ledger_policy_changed)->ledger_policy_changed = *policy;
    return FAIL_NONE;
}

fail_t ledger_decide_command(const ledger_state_t *self, const request_t *request, decision_t *out)
{
    switch (request->type) {
    case REQUEST_post:
        return ledger_decide_post(self, &request->post, out);
    case REQUEST_bonus_give:
        return ledger_bonus_order(self, &request->bonus_give, out);
    case REQUEST_bonus_void:
        return ledger_bonus_void(self, &request->bonus_void, out);
    case REQUEST_level_grant:
        return ledger_level_grant(self, &request->level_grant, out);
    case REQUEST_account_close:
        return ledger_closing_close(self, &request->account_close, out);
    case REQUEST_account_reopen:
        return ledger_closing_reopen(self, &request->account_reopen, out);
    case REQUEST_credit_limit:
        return ledger_closing_limit(self, &request->credit_limit, out);
    case REQUEST_ledger_policy:
        return ledger_decide_policy(self,
                                    &(event_ledger_policy_changed_t){
                                        .low_threshold = request->ledger_policy.low_threshold,
                                        .lapse_notice_us = request->ledger_policy.lapse_notice_us},
                                    out);
    default:
        return decision_refuse(out, FAIL_INVALID, "the ledger knows no such command");
    }
}
