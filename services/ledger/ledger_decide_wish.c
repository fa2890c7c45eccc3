#include "services/ledger/ledger_decide_wish.h"
#include "proto/stream.h"
#include "services/ledger/ledger_transfer.h"

#define LEDGER_COMMAND_ALONE                                                                       \
    "a refund, a chargeback or a bonus taken back is a command of its own, not an item"
#define LEDGER_NOT_OPEN                                                                            \
    "the ledger knows no such account; a posting that is to open one says so (opens)"

#define LEDGER_OF_STREAMS                                                                          \
    "usage, top-ups and autopay payments come from their streams; only an importer posts them"

// A person who posts what payment or metering would have said, says so in their name.
static bool is_of_streams(uint64_t kind)
{
    return kind == POSTING_CHARGE || kind == POSTING_TOPUP || kind == POSTING_AUTOPAY;
}

static bool has_lot(const ledger_state_t *self, const ledger_row_t *row, uint64_t number)
{
    uint32_t lot = ledger_purse_find(&self->lots, &row->purse, number);
    return lot && !ledger_purse_lot(&self->lots, lot)->bonus;
}

static fail_t decide_wish(const ledger_state_t *self, const event_posting_requested_t *wish,
                          uint64_t lot, decision_t *out)
{
    ledger_transfer_t transfer;
    const char *detail = ledger_transfer_read(wish, &transfer);
    if (!detail && out->input->kind == INPUT_ITEM && ledger_transfer_takes_back(&transfer))
        detail = LEDGER_COMMAND_ALONE;
    if (!detail && lot && (transfer.kind != POSTING_CHARGEBACK || transfer.debit))
        detail = "lot: expected with a chargeback of a customer alone";
    if (detail)
        return decision_refuse(out, FAIL_INVALID, detail);
    if (is_of_streams(transfer.kind) && out->input->role != ROLE_IMPORTER)
        return decision_refuse(out, FAIL_DENIED, LEDGER_OF_STREAMS);
    uint32_t index = TABLE_NONE;
    const ledger_row_t *row = &ledger_no_row;
    if (!ledger_transfer_is_internal(&transfer)) {
        index = table_find(&self->accounts, &transfer.customer);
        if (index != TABLE_NONE)
            row = ledger_row_at(self, index);
        else if (!wish->opens) // a mistyped id would take the money
            return decision_refuse(out, FAIL_UNKNOWN_ACCOUNT, LEDGER_NOT_OPEN);
        else if (self->accounts.count >= self->accounts_max)
            return decision_refuse(out, FAIL_LIMIT, "the ledger holds as many accounts as it may");
    }
    if (lot && !has_lot(self, row, lot))
        return decision_refuse(out, FAIL_MISSING, "the account has no such lot of cash");
    transfer.lot = lot;
    ledger_transfer_part(self, &transfer, row);
    if (ledger_transfer_exceeds(self, &transfer, row))
        return decision_refuse(out, FAIL_STATE, "there is less than that to refund or take back");
    if (!ledger_transfer_fits(self, &transfer, row, LEDGER_BALANCE_MAX))
        return decision_refuse(out, FAIL_OVERFLOW, "a balance would leave its range");
    ledger_transfer_add(self, out, &transfer, index);
    return FAIL_NONE;
}

fail_t ledger_decide_wish(const ledger_state_t *self, const event_posting_requested_t *wish,
                          decision_t *out)
{
    return decide_wish(self, wish, 0, out);
}

fail_t ledger_decide_post(const ledger_state_t *self, const request_post_t *post, decision_t *out)
{
    event_posting_requested_t wish = {.debit = post->debit,
                                      .credit = post->credit,
                                      .amount = post->amount,
                                      .kind = post->kind,
                                      .reference = post->reference,
                                      .opens = post->opens};
    return decide_wish(self, &wish, post->lot, out);
}

// --- runs of wishes: noted, so that a run that was cut off can see how far it came ---

static fail_t check_run(const event_postings_begun_t *run, instant_t now, const char **ret_detail)
{
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++) // a UUIDv7 begins with its time
        ms = ms << 8 | run->run.bytes[i];
    // Who looks for the run's beginning may begin to read at the time of its id.
    if ((instant_t)(ms * 1000) <= now + LEDGER_RUN_AHEAD_US)
        return FAIL_NONE;
    *ret_detail = "the run's id is from the future";
    return FAIL_FUTURE;
}

fail_t ledger_decide_run(const input_t *input, decision_t *out)
{
    const event_postings_begun_t *run = &input->event->postings_begun;
    const char *detail = NULL;
    fail_t fail = check_run(run, input->now, &detail);
    if (fail)
        return decision_refuse(out, fail, detail);
    decision_add(out, EVENT_postings_begun)->postings_begun = *run;
    return FAIL_NONE;
}

static inline bool has_headroom(kopecks_t balance)
{
    static const kopecks_t bound = LEDGER_BALANCE_MAX - FEED_ITEMS_MAX * POSTING_AMOUNT_MAX;
    return balance <= bound && balance >= -bound;
}

// Whatever the items before it move, they move each balance by less than the headroom.
fail_t ledger_decide_check(const void *state, const input_t *input, const char **ret_detail)
{
    const ledger_state_t *self = state;
    ledger_transfer_t transfer;
    const char *detail = LEDGER_ITEMS;
    if (input->event->type == EVENT_postings_begun)
        return check_run(&input->event->postings_begun, input->now, ret_detail);
    if (input->event->type == EVENT_posting_requested)
        detail = ledger_transfer_read(&input->event->posting_requested, &transfer);
    if (!detail && ledger_transfer_takes_back(&transfer))
        detail = LEDGER_COMMAND_ALONE;
    if (detail) {
        *ret_detail = detail;
        return FAIL_INVALID;
    }
    if (is_of_streams(transfer.kind) && input->role != ROLE_IMPORTER) {
        *ret_detail = LEDGER_OF_STREAMS;
        return FAIL_DENIED;
    }
    bool room = (!transfer.debit || has_headroom(self->systems[transfer.debit])) &&
                (!transfer.credit || has_headroom(self->systems[transfer.credit]));
    if (room && !ledger_transfer_is_internal(&transfer)) {
        uint32_t index = table_find(&self->accounts, &transfer.customer);
        const ledger_row_t *row = index == TABLE_NONE ? &ledger_no_row : ledger_row_at(self, index);
        if (index == TABLE_NONE && !input->event->posting_requested.opens) {
            *ret_detail = LEDGER_NOT_OPEN;
            return FAIL_UNKNOWN_ACCOUNT;
        }
        if (index == TABLE_NONE &&
            (uint64_t)self->accounts.count + FEED_ITEMS_MAX > self->accounts_max) {
            *ret_detail = "too few accounts are left for a batch";
            return FAIL_LIMIT;
        }
        room = has_headroom(row->cash) && has_headroom(row->bonus) && has_headroom(self->customers);
    }
    if (!room) {
        *ret_detail = "a balance is too near its range's end for a batch";
        return FAIL_OVERFLOW;
    }
    return FAIL_NONE;
}

static kopecks_t moves(const request_t *request)
{
    switch (request->type) {
    case REQUEST_post:
        return request->post.amount;
    case REQUEST_bonus_give:
        return request->bonus_give.amount;
    case REQUEST_level_grant:
        return request->level_grant.amount;
    case REQUEST_bonus_void:
        return request->bonus_void.amount;
    case REQUEST_account_close: // its cash goes back by commands of their own
        return request->account_close.bonus > 0 ? request->account_close.bonus : 0;
    case REQUEST_credit_limit:
        return INT64_MAX;
    default:
        return 0;
    }
}

kopecks_t ledger_decide_moves(const input_t *input)
{
    if (input->kind == INPUT_REQUEST)
        return moves(input->request);
    return input->event->type == EVENT_posting_requested ? input->event->posting_requested.amount
                                                         : 0;
}
