#include "services/notify/notify_decide_heard.h"
#include "proto/posting.h"

static event_notice_heard_t of_mandate(const event_autopay_mandate_noted_t *e)
{
    if (e->state != MANDATE_LIVE)
        return (event_notice_heard_t){.account = e->account, .kind = NOTICE_MANDATE_REVOKED};
    return (event_notice_heard_t){.account = e->account,
                                  .kind = NOTICE_MANDATE_GIVEN,
                                  .amount = e->amount,
                                  .sum_max = e->sum_max,
                                  .count_max = e->count_max};
}

// What was not sent to the bank asked nothing of the card.
static bool was_sent(uint64_t decline)
{
    return decline == DECLINE_REJECTED || decline == DECLINE_STATE_10 ||
           decline == DECLINE_STATE_60 || decline == DECLINE_NOT_ARRIVED;
}

static event_notice_heard_t of_settled(const event_autopay_settled_t *e)
{
    event_notice_heard_t heard = {.account = e->account, .amount = e->amount};
    if (e->outcome == OUTCOME_SUCCEEDED)
        heard.kind = NOTICE_AUTOPAY_PAID;
    else if (was_sent(e->reason)) {
        heard.kind = NOTICE_AUTOPAY_DECLINED;
        heard.why = e->reason;
    }
    return heard;
}

// A payment of the card is told by autopay's word.
static event_notice_heard_t of_posted(const event_posted_t *e)
{
    event_notice_heard_t heard = {.account = e->account, .amount = e->amount};
    if (e->credit >= SYSTEM_END && e->kind == POSTING_TOPUP)
        heard.kind = NOTICE_TOPPED_UP;
    if (e->credit >= SYSTEM_END && e->kind == POSTING_BANK)
        heard.kind = NOTICE_TRANSFER_CAME;
    return heard;
}

static event_notice_heard_t of_ends_soon(const event_bonus_ends_soon_t *e)
{
    return (event_notice_heard_t){.account = e->account,
                                  .kind = e->amount ? NOTICE_BONUS_ENDS : 0,
                                  .amount = e->amount,
                                  .until = e->until};
}

static event_notice_heard_t of_ended(const event_refund_ended_t *e)
{
    return (event_notice_heard_t){
        .account = e->account, .kind = NOTICE_REFUND_FAILED, .amount = e->amount, .why = e->why};
}

// Of the ledger and payment. Of kind 0 where nobody is told.
static event_notice_heard_t heard_of_money(const event_t *event)
{
    switch ((int)event->type) {
    case EVENT_posted:
        return of_posted(&event->posted);
    case EVENT_bonus_ends_soon:
        return of_ends_soon(&event->bonus_ends_soon);
    case EVENT_account_closed:
        return (event_notice_heard_t){.account = event->account_closed.account,
                                      .kind = NOTICE_ACCOUNT_CLOSED,
                                      .amount = event->account_closed.cash};
    case EVENT_refund_requested:
        return (event_notice_heard_t){.account = event->refund_requested.account,
                                      .kind = NOTICE_REFUND_ASKED,
                                      .amount = event->refund_requested.amount};
    case EVENT_refund_done:
        return (event_notice_heard_t){.account = event->refund_done.account,
                                      .kind = NOTICE_REFUND_DONE,
                                      .amount = event->refund_done.amount};
    case EVENT_refund_ended:
        return of_ended(&event->refund_ended);
    default:
        return (event_notice_heard_t){.kind = 0};
    }
}

// Of autopay; likewise.
static event_notice_heard_t heard_of(const event_t *event)
{
    switch ((int)event->type) {
    case EVENT_autopay_mandate_noted:
        return of_mandate(&event->autopay_mandate_noted);
    case EVENT_autopay_settled:
        return of_settled(&event->autopay_settled);
    case EVENT_autopay_suspended:
        return (event_notice_heard_t){.account = event->autopay_suspended.account,
                                      .kind = NOTICE_AUTOPAY_SUSPENDED,
                                      .why = event->autopay_suspended.why};
    case EVENT_autopay_card_gone:
        return (event_notice_heard_t){.account = event->autopay_card_gone.account,
                                      .kind = NOTICE_AUTOPAY_SUSPENDED,
                                      .why = SUSPENDED_BY_HARD_DECLINE};
    case EVENT_autopay_announced:
        return (event_notice_heard_t){.account = event->autopay_announced.account,
                                      .kind = NOTICE_PAYMENT_ANNOUNCED,
                                      .amount = event->autopay_announced.amount,
                                      .earliest = event->autopay_announced.earliest};
    default:
        return heard_of_money(event);
    }
}

void notify_decide_heard(const notify_state_t *self, const event_t *event, decision_t *out)
{
    if (event->type == EVENT_tariff_announced) {
        notify_prices_hear(&self->prices, self->outbox, event, out);
        return;
    }
    event_notice_heard_t heard = heard_of(event);
    uint64_t to = heard.kind
                      ? notify_outbox_to_heard(self->outbox, &heard.account, heard.kind, event->at)
                      : 0;
    if (!to)
        return;
    heard.at = event->at;
    decision_add(out, EVENT_notice_heard)->notice_heard = heard;
    decision_add(out, EVENT_notice_queued)->notice_queued =
        (event_notice_queued_t){.account = heard.account, .kind = heard.kind, .back = 1, .to = to};
}
