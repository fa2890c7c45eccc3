// What payment's state is made of, for who saves or loads it (services/base/walk.h). The work in
// hand is that of a journal that was replayed: what became of requests since then no journal
// remembers.
#include "services/payment/payment_state.h"

WALK_ROW(invoice_t)
WALK_ROW(payment_account_t)
WALK_ROW(mandate_t)

static void walk_work(payment_state_t *self, walk_t *walk)
{
    work_t *work = self->work;
    payment_agenda_walk(&work->charges, walk, self->invoices.count);
    payment_agenda_walk(&work->questions, walk, self->invoices.count);
    payment_agenda_walk(&work->judgements, walk, self->invoices.count);
    WALK_PASS(walk, work->outage);
    WALK_PASS(walk, work->posted);
    WALK_PASS(walk, work->contacts);
    WALK_WHOLE(walk, work_t, work);
}

static void walk_history(payment_state_t *self, walk_t *walk)
{
    WALK(walk, self->last);
    WALK(walk, self->epoch);
    WALK(walk, self->put_back);
    WALK(walk, self->common);
    WALK(walk, self->suspects);
    WALK(walk, self->stamp);
    WALK(walk, self->doubted);
    WALK(walk, self->looking);
    WALK(walk, self->look_at);
}

void payment_state_walk(void *state, walk_t *walk)
{
    payment_state_t *self = state;
    table_walk(&self->invoices, walk, walk_clear_invoice_t);
    table_walk(&self->accounts, walk, walk_clear_payment_account_t);
    table_walk(&self->mandates, walk, walk_clear_mandate_t);
    WALK(walk, self->order);
    promo_state_walk(&self->promo, walk);
    promo_accounts_walk(&self->opened, walk);
    walk_history(self, walk);
    WALK(walk, self->number);
    WALK(walk, self->open);
    WALK(walk, self->unknown);
    WALK(walk, self->mismatched);
    WALK(walk, self->mandates_live);
    WALK(walk, self->second);
    WALK(walk, self->unwanted);
    WALK(walk, self->kept);
    WALK(walk, self->contacts);
    walk_work(self, walk);
    payment_refunds_walk(self->refunds, walk);
    payment_receipts_walk(self->receipts, walk);
    WALK_PASS(walk, self->work);
    WALK_PASS(walk, self->refunds);
    WALK_PASS(walk, self->receipts);
    WALK_PASS(walk, self->settings);
    WALK_WHOLE(walk, payment_state_t, self);
}
