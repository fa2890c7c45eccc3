#include "services/node/node_approvals.h"
#include "services/node/node_batch.h"
#include "services/node/node_streams.h"
#include <assert.h>

fail_t node_propose(node_t *self, const input_t *input, kopecks_t amount, decision_t *decision)
{
    decision->count = 0;
    decision->scratch_used = 0;
    if (!input->certificate.size)
        return decision_refuse(decision, FAIL_SECOND, "nobody knows who sends this");
    if (!proposals_have_room(&self->proposals, input->certificate, input->now))
        return decision_refuse(decision, FAIL_FULL, "too many proposals wait already");
    uint8_t *bytes = decision_scratch(decision, PROPOSAL_BYTES_MAX);
    size_t size = request_encode(input->request, bytes, PROPOSAL_BYTES_MAX);
    if (!size)
        return decision_refuse(decision, FAIL_SECOND, "it is too long to be proposed");
    decision_add(decision, EVENT_command_proposed)->command_proposed = (event_command_proposed_t){
        .certificate = input->certificate,
        .reason = request_reason(input->request),
        .amount = amount,
        .before = allowances_moved(&self->allowances, input->certificate, input->now),
        .alone_max = self->allowances.alone_max,
        .day_max = self->allowances.day_max,
        .expires = input->now + PROPOSAL_LIFE_US,
        .request = {bytes, (uint32_t)size}};
    return FAIL_NONE;
}

bool node_approvals_take(request_type_t type)
{
    return type == REQUEST_approve || type == REQUEST_reject || type == REQUEST_operators_policy;
}

void node_approvals_answer(const request_t *request, uint64_t first, answer_t *out)
{
    if (request->type == REQUEST_approve)
        out->approve.sequence = first;
    else if (request->type == REQUEST_operators_policy)
        out->operators_policy.pending = true;
}

// --- the policy ---

static fail_t decide_policy(const request_operators_policy_t *wish, decision_t *out)
{
    bool amounts = wish->alone_max >= 0 && wish->day_max >= 0;
    if (!amounts || wish->day_max < wish->alone_max)
        return decision_refuse(out, FAIL_INVALID,
                               "expected amounts, and a day's that is not below that of one");
    event_operators_policy_changed_t *told =
        &decision_add(out, EVENT_operators_policy_changed)->operators_policy_changed;
    told->alone_max = wish->alone_max;
    told->day_max = wish->day_max;
    told->rules = wish->rules;
    return FAIL_NONE;
}

static fail_t propose_policy(node_t *self, const input_t *input, decision_t *out)
{
    fail_t fail = decide_policy(&input->request->operators_policy, out);
    return fail ? fail : node_propose(self, input, INT64_MAX, out);
}

// --- approve, reject ---

static const proposal_t *find_open(const node_t *self, const uid_t16 *id, fail_t *ret_fail)
{
    static const fail_t fails[] = {[PROPOSAL_OPEN] = FAIL_NONE,
                                   [PROPOSAL_APPROVED] = FAIL_APPROVED,
                                   [PROPOSAL_REJECTED] = FAIL_REJECTED,
                                   [PROPOSAL_LAPSED] = FAIL_LAPSED};
    const proposal_t *proposal = proposals_find(&self->proposals, id);
    *ret_fail = proposal ? fails[proposal_state(proposal, self->head.time)] : FAIL_MISSING;
    return proposal;
}

// What was proposed is decided again, in the name of both.
static fail_t carry_out_proposed(node_t *self, input_t *input, decision_t *out)
{
    if (!policies_are_as_seen(&self->policies, input->request))
        return decision_refuse(out, FAIL_STATE, "somebody has set it meanwhile");
    if (input->request->type == REQUEST_operators_policy) {
        *out = (decision_t){.events = self->events, .scratch = self->scratch, .input = input};
        return decide_policy(&input->request->operators_policy, out);
    }
    if (input->request->type == REQUEST_reseed) {
        *out = (decision_t){.events = self->events, .scratch = self->scratch, .input = input};
        return node_reseed(self, input, &out->detail);
    }
    return node_ask_core(self, input, out);
}

static fail_t approve(node_t *self, const input_t *input, decision_t *out)
{
    fail_t fail;
    const proposal_t *proposal = find_open(self, &input->request->approve.command, &fail);
    if (fail)
        return decision_refuse(out, fail, NULL);
    // The rows may move as events are folded, and the decoded request borrows from these bytes.
    static proposal_t copy;
    copy = *proposal;
    text_t proposer = text_of(copy.certificate);
    if (!input->certificate.size || text_equal(proposer, input->certificate))
        return decision_refuse(out, FAIL_OWN, NULL);
    request_t request;
    memset(&request, 0, sizeof request);
    if (request_decode(copy.request, copy.size, &request, NULL))
        return decision_refuse(out, FAIL_CORRUPT, NULL);
    input_t both = *input;
    both.request = &request;
    both.certificate = proposer;
    both.approver = input->certificate;
    both.proposal = copy.sequence;
    fail = carry_out_proposed(self, &both, out);
    if (fail)
        return fail;
    node_add_sender(&both, 0, out);
    node_emit_decision(self, out);
    out->count = 0;
    return FAIL_NONE;
}

static fail_t reject(node_t *self, const input_t *input, decision_t *out)
{
    fail_t fail;
    const proposal_t *proposal = find_open(self, &input->request->reject.command, &fail);
    if (fail)
        return decision_refuse(out, fail, NULL);
    event_command_rejected_t *told = &decision_add(out, EVENT_command_rejected)->command_rejected;
    told->proposal = proposal->sequence;
    told->certificate = input->certificate;
    return FAIL_NONE;
}

fail_t node_approvals_decide(node_t *self, const input_t *input, const char **ret_detail)
{
    decision_t decision = {.events = self->events, .scratch = self->scratch, .input = input};
    fail_t fail = input->request->type == REQUEST_approve  ? approve(self, input, &decision)
                  : input->request->type == REQUEST_reject ? reject(self, input, &decision)
                                                           : propose_policy(self, input, &decision);
    *ret_detail = decision.detail;
    if (fail || !decision.count)
        return fail;
    node_add_sender(input, 0, &decision);
    node_emit_decision(self, &decision);
    return FAIL_NONE;
}
