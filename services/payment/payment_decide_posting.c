#include "services/payment/payment_decide_posting.h"
#include "proto/posting.h"
#include "services/payment/payment_decide_evidence.h"

// Was money of that sequence still to be posted when the ledger posted this? Then what came with it
// is later. The ledger takes our events in order, so any posting of ours tells it of all accounts.
// At a start it is not known before the next such posting, and nothing counts as later.
static bool is_later(const payment_state_t *self, uint64_t credit)
{
    return self->work->posted && credit > self->work->posted;
}

// The payer's bank took the money back: the payer did not want it, whatever box was ticked before.
static void take_chargeback(const payment_state_t *self, const payment_account_t *account,
                            decision_t *out)
{
    const mandate_t *mandate = payment_state_mandate(self, account);
    const invoice_t *ticket = payment_state_ticket(self, account);
    if (mandate && mandate->live) {
        if (!is_later(self, mandate->credit))
            payment_evidence_revoke(self, account, &mandate->key, REVOKE_CHARGEBACK, out);
    } else if (ticket && !is_later(self, account->credit))
        payment_evidence_revoke(self, account, &ticket->mandate, REVOKE_CHARGEBACK, out);
}

// What goes back by itself is not a customer who leaves.
static bool is_by_itself(const payment_state_t *self, const event_posted_t *posted)
{
    uint64_t number = posting_payment_number(&posted->reference);
    const invoice_t *invoice = number ? payment_state_invoice(self, number) : NULL;
    return posted->kind == POSTING_HOLD && invoice && invoice->refund &&
           refund_at(self->refunds, invoice->refund - 1)->why != 0;
}

static void take_refund(const payment_state_t *self, const payment_account_t *account,
                        const event_t *posting, decision_t *out)
{
    const mandate_t *mandate = payment_state_mandate(self, account);
    if (!mandate || !mandate->live || posting->posted.cash > 0 || is_later(self, mandate->credit) ||
        is_by_itself(self, &posting->posted))
        return;
    decision_add(out, EVENT_mandate_refunded)->mandate_refunded =
        (event_mandate_refunded_t){.mandate = mandate->key, .account = account->key};
}

void payment_decide_reposted(const payment_state_t *self, const event_t *event)
{
    if (event->node_reseeded.stream == STREAM_PAYMENT)
        self->work->posted = event->node_reseeded.sequence;
}

void payment_decide_posting(const payment_state_t *self, const event_t *posting, decision_t *out)
{
    const event_posted_t *posted = &posting->posted;
    const payment_account_t *account = payment_state_account(self, &posted->account);
    if (posting->cause.stream == STREAM_PAYMENT && posting->cause.sequence > self->work->posted)
        self->work->posted = posting->cause.sequence;
    if (!account || posted->debit < SYSTEM_END) // what failed and comes back changes nothing
        return;
    if (posted->kind == POSTING_CHARGEBACK)
        take_chargeback(self, account, out);
    else if (posted->kind == POSTING_REFUND || posted->kind == POSTING_HOLD)
        take_refund(self, account, posting, out);
}
