#include "services/ledger/ledger_core.h"
#include "proto/stream.h"
#include "services/ledger/ledger_answer.h"
#include "services/ledger/ledger_transfer.h"

// --- facts: never refused ---

static fail_t place(const ledger_state_t *self, decision_t *out, ledger_transfer_t *transfer)
{
    const uid_t16 *account = &transfer->customer;
    uint32_t index = TABLE_NONE;
    bool placed = !uid_is_zero(account) && !posting_system_number(account);
    if (placed) {
        index = table_find(&self->accounts, account);
        const ledger_row_t *row = index == TABLE_NONE ? &ledger_no_row : ledger_row_at(self, index);
        placed = (index != TABLE_NONE || self->accounts.count < self->accounts_max) &&
                 ledger_transfer_fits(self, transfer, row, LEDGER_BALANCE_MAX);
    }
    if (!placed) {
        *(transfer->debit ? &transfer->credit : &transfer->debit) = SYSTEM_SUSPENSE;
        transfer->reference = transfer->customer;
        transfer->customer = (uid_t16){{0}};
        // Beyond int64 no posting can hold it: the one fact that is refused, and counted so.
        if (!ledger_transfer_fits(self, transfer, NULL, INT64_MAX))
            return decision_refuse(out, FAIL_OVERFLOW, "a system account is at the end of int64");
    }
    ledger_transfer_add(self, out, transfer, index);
    return FAIL_NONE;
}

static fail_t decide_event(const ledger_state_t *self, const event_t *event, decision_t *out)
{
    ledger_transfer_t transfer = {.kind = POSTING_CHARGE, .credit = SYSTEM_REVENUE};
    switch (event->type) {
    case EVENT_usage_charged:
        transfer.customer = event->usage_charged.account;
        transfer.amount = event->usage_charged.amount;
        transfer.reference = event->usage_charged.resource;
        break;
    case EVENT_meter_closed:
        transfer.customer = event->meter_closed.account;
        transfer.amount = event->meter_closed.amount;
        break;
    case EVENT_payment_succeeded:
        transfer = (ledger_transfer_t){.customer = event->payment_succeeded.account,
                                       .debit = SYSTEM_CLEARING,
                                       .amount = event->payment_succeeded.amount,
                                       .kind = event->payment_succeeded.kind == 2 ? POSTING_AUTOPAY
                                                                                  : POSTING_TOPUP};
        break;
    default:
        return FAIL_NONE;
    }
    return transfer.amount > 0 ? place(self, out, &transfer) : FAIL_NONE;
}

// --- wishes: checked ---

static fail_t decide_wish(const ledger_state_t *self, const event_posting_requested_t *wish,
                          decision_t *out)
{
    ledger_transfer_t transfer;
    const char *detail = ledger_transfer_read(wish, &transfer);
    if (detail)
        return decision_refuse(out, FAIL_INVALID, detail);
    uint32_t index = TABLE_NONE;
    const ledger_row_t *row = &ledger_no_row;
    if (!ledger_transfer_is_internal(&transfer)) {
        index = table_find(&self->accounts, &transfer.customer);
        if (index != TABLE_NONE)
            row = ledger_row_at(self, index);
        else if (self->accounts.count >= self->accounts_max)
            return decision_refuse(out, FAIL_FULL, "the ledger holds as many accounts as it may");
    }
    if (!ledger_transfer_fits(self, &transfer, row, LEDGER_BALANCE_MAX))
        return decision_refuse(out, FAIL_OVERFLOW, "a balance would leave its range");
    ledger_transfer_add(self, out, &transfer, index);
    return FAIL_NONE;
}

static inline bool has_headroom(kopecks_t balance)
{
    static const kopecks_t bound = LEDGER_BALANCE_MAX - FEED_ITEMS_MAX * POSTING_AMOUNT_MAX;
    return balance <= bound && balance >= -bound;
}

// Whatever the items before it move, they move each balance by less than the headroom.
static fail_t ledger_check(const void *state, const input_t *input, const char **ret_detail)
{
    const ledger_state_t *self = state;
    ledger_transfer_t transfer;
    const char *detail = "the ledger takes items of the type posting.requested";
    if (input->event->type == EVENT_posting_requested)
        detail = ledger_transfer_read(&input->event->posting_requested, &transfer);
    if (detail) {
        *ret_detail = detail;
        return FAIL_INVALID;
    }
    bool room = (!transfer.debit || has_headroom(self->systems[transfer.debit])) &&
                (!transfer.credit || has_headroom(self->systems[transfer.credit]));
    if (room && !ledger_transfer_is_internal(&transfer)) {
        uint32_t index = table_find(&self->accounts, &transfer.customer);
        const ledger_row_t *row = index == TABLE_NONE ? &ledger_no_row : ledger_row_at(self, index);
        if (index == TABLE_NONE &&
            (uint64_t)self->accounts.count + FEED_ITEMS_MAX > self->accounts_max) {
            *ret_detail = "too few accounts are left for a batch";
            return FAIL_FULL;
        }
        room = has_headroom(row->cash) && has_headroom(row->bonus) && has_headroom(self->customers);
    }
    if (!room) {
        *ret_detail = "a balance is too near its range's end for a batch";
        return FAIL_OVERFLOW;
    }
    return FAIL_NONE;
}

static fail_t decide_policy(const ledger_state_t *self, kopecks_t low_threshold, decision_t *out)
{
    if (low_threshold < 0 || low_threshold > POSTING_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "low_threshold must be 0 or more, and an amount");
    if (!self->policy || low_threshold != self->low_threshold)
        decision_add(out, EVENT_ledger_policy_changed)->ledger_policy_changed.low_threshold =
            low_threshold;
    return FAIL_NONE;
}

static fail_t ledger_found(const void *state, const input_t *input, decision_t *out)
{
    (void)input;
    return decide_policy(state, LEDGER_LOW_THRESHOLD, out);
}

static fail_t decide_request(const ledger_state_t *self, const request_t *request, decision_t *out)
{
    switch (request->type) {
    case REQUEST_post:
        return decide_wish(self,
                           &(event_posting_requested_t){.debit = request->post.debit,
                                                        .credit = request->post.credit,
                                                        .amount = request->post.amount,
                                                        .kind = request->post.kind,
                                                        .reference = request->post.reference},
                           out);
    case REQUEST_ledger_policy:
        return decide_policy(self, request->ledger_policy.low_threshold, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "the ledger knows no such command");
    }
}

// --- judgements ---

static void judge(const ledger_state_t *self, uint32_t index, decision_t *out)
{
    const ledger_row_t *row = ledger_row_at(self, index);
    kopecks_t balance = ledger_row_balance(row);
    uint64_t number = (uint64_t)index + SYSTEM_END;
    if (ledger_row_is_low(row, self->low_threshold) && !row->low)
        decision_add(out, EVENT_account_low)->account_low =
            (event_account_low_t){row->account, number, balance, self->low_threshold};
    if (balance < 0 && !row->exhausted)
        decision_add(out, EVENT_account_exhausted)->account_exhausted =
            (event_account_exhausted_t){row->account, number, balance};
}

static fail_t decide_tick(const ledger_state_t *self, const input_t *input, decision_t *out)
{
    if (!input->current)
        return FAIL_NONE;
    uint64_t left = self->pending_count;
    for (uint32_t word = 0; left; word++)
        for (uint64_t bits = self->pending[word]; bits; bits &= bits - 1) {
            if (out->count + 2 > DECISION_EVENTS_MAX) {
                out->more = true;
                return FAIL_NONE;
            }
            judge(self, word * LEDGER_WORD_BITS + (uint32_t)__builtin_ctzll(bits), out);
            left--;
        }
    return FAIL_NONE;
}

static fail_t ledger_decide(const void *state, const input_t *input, decision_t *out)
{
    const ledger_state_t *self = state;
    switch (input->kind) {
    case INPUT_ITEM:
        if (input->event->type != EVENT_posting_requested)
            return decision_refuse(out, FAIL_INVALID,
                                   "the ledger takes items of the type posting.requested");
        return decide_wish(self, &input->event->posting_requested, out);
    case INPUT_EVENT:
        return decide_event(self, input->event, out);
    case INPUT_REQUEST:
        return decide_request(self, input->request, out);
    case INPUT_TICK:
        return decide_tick(self, input, out);
    case INPUT_THROUGH:
    case INPUT_RESULT:
        break;
    }
    return FAIL_NONE;
}

static const uid_t16 *customer_of(const event_posting_requested_t *wish)
{
    return posting_system_number(&wish->debit) ? &wish->credit : &wish->debit;
}

// A million rows fit no cache; a posting alone waits for its slot, then for its row.
static void ledger_prefetch(const void *state, const event_t *events, size_t count)
{
    const ledger_state_t *self = state;
    for (size_t i = 0; i < count; i++)
        if (events[i].type == EVENT_posting_requested)
            table_prefetch(&self->accounts, customer_of(&events[i].posting_requested));
        else if (events[i].type == EVENT_account_opened)
            table_prefetch(&self->accounts, &events[i].account_opened.account);
    for (size_t i = 0; i < count; i++) {
        const event_posted_t *posted = &events[i].posted;
        if (events[i].type == EVENT_posting_requested)
            table_prefetch_row(&self->accounts, customer_of(&events[i].posting_requested));
        else if (events[i].type == EVENT_posted) {
            uint64_t number = posted->debit < posted->credit ? posted->credit : posted->debit;
            table_prefetch_number(&self->accounts, number - SYSTEM_END);
        }
    }
}

static void ledger_due(const void *state, instant_t now, due_t *out)
{
    const ledger_state_t *self = state;
    out->wake = self->pending_count ? now : INT64_MAX;
    out->count = 0;
}

const core_t ledger_core = {
    .name = "ledger",
    .stream = STREAM_LEDGER,
    .follows = {{STREAM_METERING, FOLLOW_FACTS}, {STREAM_PAYMENT, FOLLOW_FACTS}},
    .follows_count = 2,
    .takes_feed = true,
    .feed_atomic = true,
    .feed_roles = ROLE_OPERATOR,
    .create = ledger_state_create,
    .destroy = ledger_state_destroy,
    .found = ledger_found,
    .decide = ledger_decide,
    .check = ledger_check,
    .apply = ledger_state_apply,
    .prefetch = ledger_prefetch,
    .query = ledger_answer_query,
    .due = ledger_due,
    .table = ledger_answer_table,
    .counters = ledger_answer_counters,
};
