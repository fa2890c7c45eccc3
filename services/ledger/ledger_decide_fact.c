#include "services/ledger/ledger_decide_fact.h"
#include "proto/codes.h"
#include "proto/posting.h"
#include "services/ledger/ledger_closing.h"
#include "services/ledger/ledger_decide_bank.h"
#include "services/ledger/ledger_decide_bonus.h"
#include "services/ledger/ledger_decide_credit.h"
#include "services/ledger/ledger_decide_ending.h"
#include "services/ledger/ledger_decide_refund.h"
#include "services/ledger/ledger_transfer.h"

// --- payments: a number is credited once in its life ---

// 0 if it may be credited.
static uint64_t doubt(const ledger_state_t *self, uint64_t number, instant_t now)
{
    if (ledger_credited_has(&self->credited, number))
        return SUSPENSE_REPEATED;
    bool blind = !number || (payment_number_is_old(number) && self->reseeded);
    return blind || ledger_credited_is_past(number, now) ? SUSPENSE_UNSURE : 0;
}

static fail_t decide_payment(const ledger_state_t *self, const event_payment_succeeded_t *payment,
                             decision_t *out)
{
    ledger_transfer_t transfer = {.customer = payment->account,
                                  .debit = SYSTEM_CLEARING,
                                  .amount = payment->amount,
                                  .kind = posting_kind_of(payment->kind),
                                  .reference = posting_payment_reference(payment->invoice)};
    uint32_t index;
    uint64_t why = doubt(self, payment->invoice, out->input->now);
    if (!why && ledger_closing_is(self, &payment->account))
        why = SUSPENSE_CLOSED;
    if (!why && ledger_transfer_has_place(self, &transfer, &index)) {
        ledger_transfer_add(self, out, &transfer, index);
        return FAIL_NONE;
    }
    fail_t fail = ledger_transfer_suspend(self, out, &transfer);
    if (fail)
        return fail;
    event_payment_suspended_t *e = &decision_add(out, EVENT_payment_suspended)->payment_suspended;
    e->invoice = payment->invoice;
    e->account = payment->account;
    e->amount = payment->amount;
    e->why = why ? why : SUSPENSE_UNPLACED;
    return FAIL_NONE;
}

static instant_t end_of_hour(instant_t start)
{
    return start < INT64_MAX - HOUR_US ? start + HOUR_US : start;
}

fail_t ledger_decide_fact(const ledger_state_t *self, const event_t *event, decision_t *out)
{
    ledger_transfer_t transfer = {.kind = POSTING_CHARGE, .credit = SYSTEM_REVENUE};
    switch (event->type) {
    case EVENT_usage_charged:
        transfer.customer = event->usage_charged.account;
        transfer.amount = event->usage_charged.amount;
        transfer.reference = event->usage_charged.resource;
        transfer.hour = end_of_hour(event->usage_charged.hour);
        transfer.category = posting_category(event->usage_charged.kind);
        break;
    case EVENT_meter_closed:
        transfer.customer = event->meter_closed.account;
        transfer.amount = event->meter_closed.amount;
        break;
    case EVENT_hour_closed:
        return ledger_ending_closed(self, &event->hour_closed, out);
    case EVENT_payment_succeeded:
        return event->payment_succeeded.amount > 0
                   ? decide_payment(self, &event->payment_succeeded, out)
                   : FAIL_NONE;
    case EVENT_promo_redeemed:
        return ledger_bonus_redeemed(self, &event->promo_redeemed, out);
    case EVENT_promo_given:
        return ledger_bonus_gift(self, &event->promo_given, out);
    case EVENT_promo_welcomed:
        return ledger_bonus_welcome(self, &event->promo_welcomed, out);
    case EVENT_refund_requested:
    case EVENT_refund_done:
    case EVENT_refund_ended:
        return ledger_refund_fact(self, event, out);
    case EVENT_usage_credited:
        return ledger_credit_note(&event->usage_credited, out);
    case EVENT_transfer_received:
        return ledger_bank_received(self, &event->transfer_received, out);
    case EVENT_transfer_assigned:
        return ledger_bank_assigned(self, &event->transfer_assigned, out);
    case EVENT_transfer_settled:
        return ledger_bank_settled(self, &event->transfer_settled, out);
    default:
        return FAIL_NONE;
    }
    return transfer.amount > 0 ? ledger_transfer_place(self, out, &transfer) : FAIL_NONE;
}
