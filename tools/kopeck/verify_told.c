#include "tools/kopeck/verify_told.h"
#include "proto/codes.h"
#include "proto/posting.h"

// What is told of an event, to compare: of a price nobody's account.
typedef struct {
    uid_t16 account;
    uint64_t kind;
    kopecks_t amount;
    instant_t until;
} told_t;

typedef struct {
    uid_t16 key;
    uint64_t stream, from; // where it was said
    uint64_t sequence;     // where notify says that it heard it
    told_t told;
} claim_t;

typedef struct {
    uid_t16 key;
} price_t;

void verify_told_init(verify_told_t *self, verify_report_t *report)
{
    *self = (verify_told_t){.report = report};
    table_init(&self->claims, sizeof(claim_t));
    table_init(&self->prices, sizeof(price_t));
}

void verify_told_release(verify_told_t *self)
{
    table_release(&self->claims);
    table_release(&self->prices);
}

static bool that(verify_told_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_NOTIFY, sequence, holds, expected, found);
}

// --- notify's journal ---

static void note(verify_told_t *self, uint64_t sequence, const event_t *event, const told_t *told)
{
    const cause_t *cause = &event->cause;
    uid_t16 key = table_key(cause->sequence, cause->stream);
    bool is_new = table_find(&self->claims, &key) == TABLE_NONE;
    that(self, "notify: what another said is heard once", sequence, cause->stream && is_new,
         "another event of theirs", (int64_t)cause->sequence);
    if (!cause->stream || !is_new)
        return;
    claim_t *claim = table_row(&self->claims, table_insert(&self->claims, &key));
    claim->stream = cause->stream;
    claim->from = cause->sequence;
    claim->sequence = sequence;
    claim->told = *told;
}

static void note_heard(verify_told_t *self, uint64_t sequence, const event_t *event)
{
    const event_notice_heard_t *heard = &event->notice_heard;
    told_t told = {heard->account, heard->kind, heard->amount, heard->until};
    note(self, sequence, event, &told);
    self->last = sequence;
    self->account = heard->account;
    self->kind = heard->kind;
}

static void note_price(verify_told_t *self, uint64_t sequence, const event_t *event)
{
    told_t told = {.kind = NOTICE_PRICE,
                   .amount = event->price_heard.price,
                   .until = event->price_heard.effective};
    uid_t16 key = table_key(sequence, 1);
    note(self, sequence, event, &told);
    (void)table_insert(&self->prices, &key);
}

static bool tells(const verify_told_t *self, uint64_t sequence, const event_notice_queued_t *queued)
{
    uint64_t of = sequence - queued->back;
    uid_t16 key = table_key(of, 1);
    if (queued->kind == NOTICE_CONFIRM)
        return queued->back == 0;
    if (queued->kind == NOTICE_PRICE)
        return table_find(&self->prices, &key) != TABLE_NONE;
    return of == self->last && queued->kind == self->kind &&
           uid_equal(&queued->account, &self->account);
}

static void check_told(verify_told_t *self, uint64_t sequence, uint64_t price)
{
    uid_t16 key = table_key(price, 1);
    uint32_t row = table_find(&self->prices, &key);
    that(self, "notify: a price that was heard is told", sequence, row != TABLE_NONE,
         "a price.heard that waits", (int64_t)price);
    if (row != TABLE_NONE)
        table_remove(&self->prices, row);
}

// What was heard of another history behind that event, nothing bears out.
static void forget_behind(verify_told_t *self, uint64_t stream, uint64_t last)
{
    for (uint32_t i = 0; i < self->claims.count; i++) {
        const claim_t *claim = table_row(&self->claims, i);
        if (table_holds(&self->claims, i) && claim->stream == stream && claim->from > last)
            table_remove(&self->claims, i);
    }
}

void verify_told_feed(verify_told_t *self, uint64_t sequence, const event_t *event)
{
    switch ((int)event->type) {
    case EVENT_ladder_moved:
        self->last = sequence;
        self->account = event->ladder_moved.account;
        self->kind = NOTICE_LADDER;
        break;
    case EVENT_notice_heard:
        note_heard(self, sequence, event);
        break;
    case EVENT_price_heard:
        note_price(self, sequence, event);
        break;
    case EVENT_price_told:
        check_told(self, sequence, event->price_told.price);
        break;
    case EVENT_notice_queued:
        that(self, "notify: a notice tells an event of its account", sequence,
             tells(self, sequence, &event->notice_queued), "such an event before it",
             (int64_t)event->notice_queued.back);
        break;
    case EVENT_node_reseeded:
        forget_behind(self, event->node_reseeded.stream, event->node_reseeded.sequence);
        break;
    default:
        break;
    }
}

// --- the others ---

static told_t of_autopay(const event_t *event)
{
    switch ((int)event->type) {
    case EVENT_autopay_mandate_noted:
        return event->autopay_mandate_noted.state == MANDATE_LIVE
                   ? (told_t){event->autopay_mandate_noted.account, NOTICE_MANDATE_GIVEN,
                              event->autopay_mandate_noted.amount, 0}
                   : (told_t){event->autopay_mandate_noted.account, NOTICE_MANDATE_REVOKED, 0, 0};
    case EVENT_autopay_settled:
        return (told_t){event->autopay_settled.account,
                        event->autopay_settled.outcome == OUTCOME_SUCCEEDED
                            ? NOTICE_AUTOPAY_PAID
                            : NOTICE_AUTOPAY_DECLINED,
                        event->autopay_settled.amount, 0};
    case EVENT_autopay_suspended:
        return (told_t){event->autopay_suspended.account, NOTICE_AUTOPAY_SUSPENDED, 0, 0};
    case EVENT_autopay_card_gone:
        return (told_t){event->autopay_card_gone.account, NOTICE_AUTOPAY_SUSPENDED, 0, 0};
    case EVENT_autopay_announced:
        return (told_t){event->autopay_announced.account, NOTICE_PAYMENT_ANNOUNCED,
                        event->autopay_announced.amount, 0};
    default:
        return (told_t){.kind = 0};
    }
}

static told_t of_posting(const event_posted_t *posted)
{
    bool comes = posted->debit < SYSTEM_END && posted->credit >= SYSTEM_END;
    uint64_t kind = posted->kind == POSTING_TOPUP  ? NOTICE_TOPPED_UP
                    : posted->kind == POSTING_BANK ? NOTICE_TRANSFER_CAME
                                                   : 0;
    return (told_t){posted->account, comes ? kind : 0, posted->amount, 0};
}

static told_t told_by(const event_t *event)
{
    switch ((int)event->type) {
    case EVENT_posted:
        return of_posting(&event->posted);
    case EVENT_account_closed:
        return (told_t){event->account_closed.account, NOTICE_ACCOUNT_CLOSED,
                        event->account_closed.cash, 0};
    case EVENT_bonus_ends_soon:
        return (told_t){event->bonus_ends_soon.account, NOTICE_BONUS_ENDS,
                        event->bonus_ends_soon.amount, event->bonus_ends_soon.until};
    case EVENT_refund_requested:
        return (told_t){event->refund_requested.account, NOTICE_REFUND_ASKED,
                        event->refund_requested.amount, 0};
    case EVENT_refund_done:
        return (told_t){event->refund_done.account, NOTICE_REFUND_DONE, event->refund_done.amount,
                        0};
    case EVENT_refund_ended:
        return (told_t){event->refund_ended.account, NOTICE_REFUND_FAILED,
                        event->refund_ended.amount, 0};
    case EVENT_tariff_announced:
        return (told_t){.kind = NOTICE_PRICE,
                        .amount = event->tariff_announced.price,
                        .until = event->tariff_announced.effective};
    default:
        return of_autopay(event);
    }
}

void verify_told_said(verify_told_t *self, stream_t stream, uint64_t sequence, const event_t *event)
{
    uid_t16 key = table_key(sequence, stream);
    uint32_t row = table_find(&self->claims, &key);
    if (row == TABLE_NONE)
        return;
    const claim_t *claim = table_row(&self->claims, row);
    told_t said = told_by(event), told = claim->told;
    bool its = said.kind == told.kind && uid_equal(&said.account, &told.account);
    that(self, "notify: what was heard was said there, of that account", claim->sequence, its,
         "an event that is told so", (int64_t)told.kind);
    that(self, "notify: sums and times are those that were said", claim->sequence,
         !its || (said.amount == told.amount && said.until == told.until), "the same sum and time",
         told.amount);
    table_remove(&self->claims, row);
}

void verify_told_finish(verify_told_t *self, stream_t stream)
{
    for (uint32_t i = 0; i < self->claims.count; i++) {
        const claim_t *claim = table_row(&self->claims, i);
        if (table_holds(&self->claims, i) && claim->stream == stream)
            that(self, "notify: nothing is heard from behind another's end", claim->sequence, false,
                 "an event of theirs", (int64_t)claim->from);
    }
}
