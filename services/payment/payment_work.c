#include "services/payment/payment_work.h"

static const int64_t CHARGE_WAITS_US[] = PAYMENT_CHARGE_WAITS_US;
static const int64_t TOPUP_WAITS_US[] = PAYMENT_TOPUP_WAITS_US;

// The first instant after `now` of those that lie the given waits apart, counted from `from`.
static instant_t next_of(const int64_t *waits_us, size_t count, instant_t from, instant_t now)
{
    instant_t at = from;
    for (size_t i = 0; i < count && at <= now; i++)
        at += waits_us[i];
    int64_t last_us = waits_us[count - 1];
    return at > now ? at : at + ((now - at) / last_us + 1) * last_us;
}

instant_t payment_work_next_question(const invoice_t *invoice, instant_t now)
{
    if (invoice->kind == PAYMENT_KIND_TOPUP)
        return next_of(TOPUP_WAITS_US, sizeof TOPUP_WAITS_US / sizeof TOPUP_WAITS_US[0],
                       invoice->asked, now);
    return next_of(CHARGE_WAITS_US, sizeof CHARGE_WAITS_US / sizeof CHARGE_WAITS_US[0],
                   invoice->asked, now);
}

void payment_work_ask_again(const payment_state_t *self, const invoice_t *invoice, instant_t now,
                            instant_t missing_since)
{
    instant_t at = payment_work_next_question(invoice, now),
              over = missing_since + PAYMENT_MISSING_US;
    if (missing_since != 0 && over > now && over < at)
        at = over;
    payment_agenda_set(&self->work->questions, invoice_row(self, invoice), at);
}

void payment_work_doubt(const payment_state_t *self, const invoice_t *invoice, bool settled,
                        instant_t now)
{
    instant_t doubt_us = settled ? PAYMENT_DOUBT_US : PAYMENT_DOUBT_MAX_US;
    if (now < invoice->asked + doubt_us)
        payment_work_ask_again(self, invoice, now, 0);
    else
        payment_agenda_remove(&self->work->questions, invoice_row(self, invoice));
}

void payment_work_retry(const payment_state_t *self, const invoice_t *invoice, instant_t now)
{
    int64_t wait_us = PAYMENT_RETRY_FIRST_US;
    for (uint32_t i = 1; i < invoice->attempt && wait_us < PAYMENT_RETRY_MAX_US; i++)
        wait_us *= 2;
    instant_t at = now + wait_us;
    uint32_t row = invoice_row(self, invoice);
    payment_agenda_remove(&self->work->charges, row);
    payment_agenda_set(&self->work->judgements, row,
                       at <= invoice->expires ? at : invoice->expires + 1);
}

void payment_work_plan(payment_state_t *self, const invoice_t *invoice)
{
    uint32_t row = invoice_row(self, invoice);
    if (invoice->state == PAYMENT_CREATED && invoice->kind == PAYMENT_KIND_TOPUP)
        payment_agenda_set(&self->work->judgements, row, invoice->expires);
    else if (invoice->state == PAYMENT_SENT)
        payment_agenda_set(&self->work->judgements, row, invoice->expires + PAYMENT_ANSWER_US);
    else if (!invoice->level)
        payment_agenda_set(&self->work->judgements, row, invoice->opened + PAYMENT_OVERDUE_US);
    else if (invoice->level == OVERDUE_LATE)
        payment_agenda_set(&self->work->judgements, row, invoice->opened + PAYMENT_ALARM_US);
    else
        payment_agenda_remove(&self->work->judgements, row);
}

void payment_work_drop(payment_state_t *self, const invoice_t *invoice)
{
    uint32_t row = invoice_row(self, invoice);
    payment_agenda_remove(&self->work->charges, row);
    payment_agenda_remove(&self->work->questions, row);
    payment_agenda_remove(&self->work->judgements, row);
}

// --- after an older journal was put back ---

void payment_work_end_doubt(payment_state_t *self)
{
    for (uint32_t n = self->doubted ? self->order.last : 0; n;) {
        const invoice_t *invoice = invoice_at(self, n - 1);
        if (invoice->born < self->doubted)
            break;
        if (invoice->born <= self->common && invoice_is_closed(invoice))
            payment_agenda_remove(&self->work->questions, n - 1);
        n = invoice->order.before;
    }
    self->doubted = 0;
}

// An open top-up is given its time anew: none is given up before it was asked about. What ended
// without money is asked about from `at` on; false if it did not.
static bool doubt_invoice(payment_state_t *self, invoice_t *invoice, instant_t at)
{
    bool topup = invoice->kind == PAYMENT_KIND_TOPUP;
    if (topup && (invoice->state == PAYMENT_CREATED || invoice->state == PAYMENT_PENDING)) {
        invoice->expires = self->put_back + PAYMENT_TOPUP_LIFE_US;
        payment_work_plan(self, invoice);
    }
    if (invoice->state != PAYMENT_EXPIRED && invoice->state != PAYMENT_DECLINED)
        return false;
    invoice->asked = at;
    payment_agenda_set(&self->work->questions, invoice_row(self, invoice), at);
    return true;
}

// What expired or was declined before the backup may have been paid since, and the notice that said
// so went with the lost journal: none will come again. Robokassa is asked, about the newest first
// and one after the other.
void payment_work_begin_doubt(payment_state_t *self)
{
    instant_t least = self->stamp - PAYMENT_DOUBTED_AGE_US, at = self->put_back;
    uint32_t n = self->order.last;
    for (uint32_t i = 0; n && i < PAYMENT_DOUBTED_MAX; i++) {
        invoice_t *invoice = invoice_at(self, n - 1);
        if (invoice->created < least)
            break;
        self->doubted = invoice->born;
        if (doubt_invoice(self, invoice, at))
            at += PAYMENT_DOUBT_PACE_US;
        n = invoice->order.before;
    }
}
