#include "services/node/node_commands.h"
#include "services/node/node_approvals.h"
#include "services/node/node_batch.h"
#include "services/node/node_queries.h"
#include "services/node/node_streams.h"

static fail_t confirm_clock(node_t *self, const cause_t *cause, const char **ret_detail)
{
    if (!self->config.driven && node_clock_is_absurd(self->clock.reading.now)) {
        *ret_detail = "set the clock first: it says what nobody set it to";
        return FAIL_STATE;
    }
    node_emit(self, EVENT_node_clock_confirmed, cause, NULL, 0);
    node_clock_believe(&self->clock, self->clock.reading.now);
    // With this commit, or the next start would doubt what was confirmed.
    self->head.time = node_clock_stamp(&self->clock, self->head.time);
    return FAIL_NONE;
}

// Commands that the node carries out by itself.
static bool is_own(request_type_t type)
{
    return type == REQUEST_reseed || type == REQUEST_clock_confirm;
}

static fail_t carry_out_own(node_t *self, const input_t *input, const char **ret_detail)
{
    fail_t fail = input->request->type == REQUEST_clock_confirm
                      ? confirm_clock(self, &input->cause, ret_detail)
                      : node_reseed(self, input, ret_detail);
    if (fail)
        return fail;
    event_command_sent_by_t sender = node_sender(input, 0);
    if (sender.certificate.size)
        node_emit(self, EVENT_command_sent_by, &input->cause, &sender, sizeof sender);
    return FAIL_NONE;
}

// Where two change prices, policies and histories: is it one of those, and a person's?
static bool needs_two(const node_t *self, const input_t *input)
{
    if (!self->allowances.rules || input->role != ROLE_OPERATOR)
        return false;
    switch (input->request->type) {
    case REQUEST_tariff_define:
    case REQUEST_rate_define:
    case REQUEST_tariff_withdraw:
    case REQUEST_metering_policy:
    case REQUEST_autopay_policy:
    case REQUEST_reseed:
        return true;
    default:
        return false;
    }
}

static fail_t propose_reseed(node_t *self, const input_t *input, const char **ret_detail)
{
    decision_t decision = {.events = self->events, .scratch = self->scratch, .input = input};
    fail_t fail = node_reseed_check(self, input, ret_detail);
    if (fail)
        return fail;
    fail = node_propose(self, input, INT64_MAX, &decision);
    *ret_detail = decision.detail;
    if (fail)
        return fail;
    node_add_sender(input, 0, &decision);
    node_emit_decision(self, &decision);
    return FAIL_NONE;
}

static fail_t carry_out(node_t *self, const input_t *input, const char **ret_detail)
{
    bool two = needs_two(self, input);
    if (two && input->request->type == REQUEST_reseed)
        return propose_reseed(self, input, ret_detail);
    if (is_own(input->request->type))
        return carry_out_own(self, input, ret_detail);
    if (!policies_are_as_seen(&self->policies, input->request)) {
        *ret_detail = "somebody has set it meanwhile: look at what holds now, and say it again";
        return FAIL_STATE;
    }
    if (node_approvals_take(input->request->type))
        return node_approvals_decide(self, input, ret_detail);
    decision_t decision;
    fail_t fail = node_ask_core(self, input, &decision);
    kopecks_t moved = two ? INT64_MAX : node_moves(self, input);
    kopecks_t amount = fail || !decision.count ? 0 : moved;
    feeder_t sender = {.certificate = input->certificate};
    if (amount && !node_allows(self, &sender, amount)) {
        fail = node_propose(self, input, amount, &decision);
        amount = 0;
    }
    *ret_detail = decision.detail;
    if (fail)
        return fail;
    node_add_sender(input, amount, &decision);
    node_emit_decision(self, &decision);
    return FAIL_NONE;
}

// Reads an event again: from a batch that is not in the journal yet, or from the journal.
static fail_t read_again(node_t *self, uint64_t sequence, uint8_t *buffer, size_t cap,
                         event_t *ret_event)
{
    bytes_t bytes = {0};
    const journal_record_t *record = parcel_record(self->parcel, sequence);
    if (!record && self->ended_parcel)
        record = parcel_record(self->ended_parcel, sequence);
    if (record)
        bytes = record_event(record, (uint32_t)(sequence - record->first));
    if (!bytes.size) {
        size_t size = 0;
        fail_t fail = self->config.find(self->config.find_arg, sequence, buffer, cap, &size);
        if (fail)
            return fail;
        bytes = (bytes_t){buffer, (uint32_t)size};
    }
    return event_decode(bytes.data, bytes.size, ret_event);
}

// What ids are held against. Who confirms a clock may do so by that clock.
static instant_t wall_of_ids(const node_t *self, request_type_t type)
{
    int64_t leap = node_clock_ahead_us(&self->clock);
    bool leapt = leap >= NODE_IDS_LEAP_US && type != REQUEST_clock_confirm;
    return self->clock.reading.wall - (leapt ? leap : 0);
}

// What a reserve of the disk is kept for: money that came is not asked for again for ever, and who
// says no is heard.
static bool is_urgent(request_type_t type)
{
    return type == REQUEST_callback || type == REQUEST_revoke || type == REQUEST_autopay_hold;
}

// One that was proposed says so, however often it is sent.
static fail_t answer_own(const node_t *self, const request_t *request, answer_t *out)
{
    if (request->type == REQUEST_reseed)
        out->reseed.pending = proposals_find(&self->proposals, &request->id) != NULL;
    return FAIL_NONE;
}

fail_t node_command(node_t *self, const request_t *request, const peer_t *peer, role_t role,
                    const void *data, size_t size, answer_t *out, const char **ret_detail)
{
    static uint8_t old[JOURNAL_EVENT_MAX];
    uid_t16 content;
    uint64_t before = 0;
    fail_t fail = request_content(data, size, &content);
    if (!fail)
        fail = command_ids_check(&self->ids, &request->id, &content,
                                 wall_of_ids(self, request->type), &before);
    if (fail) {
        self->conflicts += fail == FAIL_CONFLICT;
        if (fail == FAIL_INVALID)
            *ret_detail = "the command's id is no UUIDv7";
        return fail;
    }
    event_t first;
    if (before) {
        self->repeated++;
        if (is_own(request->type))
            return answer_own(self, request, out);
        if (node_approvals_take(request->type)) {
            node_approvals_answer(request, before, out);
            return FAIL_NONE;
        }
        if (before > self->expected) // still in the record that is being filled
            node_close_record(self);
        fail = read_again(self, before, old, sizeof old, &first);
        return fail ? FAIL_CORRUPT : node_query_command(self, request, &first, before, out);
    }
    if (!self->booted || (self->full && !(self->reserve && is_urgent(request->type)))) {
        *ret_detail = "the disk is nearly full; only reads are answered";
        return FAIL_FULL;
    }
    input_t input;
    node_input(self, INPUT_REQUEST, &input);
    input.request = request;
    input.role = role;
    input.certificate = node_sender_name(peer, role);
    input.cause = (cause_t){.command = request->id, .content = content};
    self->first_emitted = 0;
    fail = carry_out(self, &input, ret_detail);
    if (fail)
        return fail;
    if (is_own(request->type))
        return answer_own(self, request, out);
    uint64_t sequence = self->first_emitted;
    if (node_approvals_take(request->type)) {
        node_approvals_answer(request, sequence, out);
        return FAIL_NONE;
    }
    first = sequence ? self->events[0] : (event_t){0};
    return node_query_command(self, request, sequence ? &first : NULL, sequence, out);
}
