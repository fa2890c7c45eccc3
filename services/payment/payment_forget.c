#include "services/payment/payment_forget.h"
#include "proto/payment_number.h"
#include "services/payment/payment_work.h"
#include <assert.h>

enum {
    ACCOUNTS_MAX = 4096, // looked at by one judgement
    NUMBERS_MAX = 1024   // of one event
};

bool payment_forget_is_past(const payment_state_t *self, uint64_t number, instant_t now)
{
    instant_t made = payment_number_time(number); // never, for one of the old kind
    return number <= self->number && made < now - PAYMENT_KEPT_US;
}

// When a tick may forget something; INT64_MAX if never.
static instant_t next_look(const payment_state_t *self)
{
    if (self->looking)
        return 0;
    if (!self->order.first)
        return INT64_MAX;
    instant_t old = invoice_at(self, self->order.first - 1)->created + PAYMENT_KEPT_US + 1;
    return old > self->look_at ? old : self->look_at;
}

static bool is_over(const payment_state_t *self, const payment_account_t *account, uint32_t row)
{
    const invoice_t *invoice = invoice_at(self, row);
    bool brought = invoice->state == PAYMENT_SUCCEEDED;
    bool followed = self->settings->fiscal.url.size != 0;
    uint32_t receipted = payment_receipts_find(self->receipts, invoice_number(invoice));
    bool receipts = receipted == TABLE_NONE
                        ? !brought // else the ledger has not said which lot it became
                        : payment_receipts_may_forget(self->receipts, receipted, followed);
    return invoice_is_closed(invoice) && receipts && account->ticked != row + 1 &&
           !payment_agenda_has(&self->work->questions, row) &&
           payment_refunds_may_forget(self->refunds, invoice->refund);
}

static uint8_t *put_number(uint8_t *at, uint64_t number)
{
    for (unsigned i = 0; i < sizeof number; i++)
        *at++ = (uint8_t)(number >> 8 * i);
    return at;
}

static uint8_t *put_old(const payment_state_t *self, const payment_account_t *account,
                        instant_t now, uint8_t *at, uint64_t *count)
{
    for (uint32_t n = account->invoices.first; n && *count < NUMBERS_MAX;
         n = invoice_at(self, n - 1)->of_account.after) {
        const invoice_t *invoice = invoice_at(self, n - 1);
        if (invoice->created >= now - PAYMENT_KEPT_US)
            break;
        if (!is_over(self, account, n - 1))
            continue;
        at = put_number(at, invoice_number(invoice));
        ++*count;
    }
    return at;
}

void payment_forget_judge(const payment_state_t *self, decision_t *out)
{
    instant_t now = out->input->now;
    if (!out->input->current || next_look(self) > now)
        return;
    uint64_t count = 0;
    uint32_t row = self->looking ? self->looking - 1 : 0, first = row;
    uint8_t *numbers = decision_scratch(out, NUMBERS_MAX * sizeof(uint64_t)), *at = numbers;
    if (!numbers)
        return; // in a later tick, which has less to decide
    for (; row < self->accounts.count && row - first < ACCOUNTS_MAX; row++) {
        at = put_old(self, account_at(self, row), now, at, &count);
        if (count == NUMBERS_MAX)
            break; // and goes on with the same account
    }
    uint64_t next = row < self->accounts.count ? row + 1 : 0;
    decision_add(out, EVENT_payments_forgotten)->payments_forgotten =
        (event_payments_forgotten_t){count, {numbers, (uint32_t)(at - numbers)}, next};
    out->more = out->more || next;
}

// --- the fold ---

// A mandate that is over, was followed by another, and under which no payment is left.
static void forget_mandate(payment_state_t *self, payment_account_t *account, const uid_t16 *id)
{
    uint32_t row = table_find(&self->mandates, id);
    if (row == TABLE_NONE || account->mandate == row + 1 ||
        ((const mandate_t *)table_row(&self->mandates, row))->live)
        return;
    for (uint32_t n = account->invoices.first; n; n = invoice_at(self, n - 1)->of_account.after)
        if (uid_equal(&invoice_at(self, n - 1)->mandate, id))
            return;
    table_remove(&self->mandates, row);
}

static void forget(payment_state_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(&self->invoices, &key);
    if (row == TABLE_NONE)
        return; // only a journal that is not ours forgets what is no payment
    const invoice_t *invoice = invoice_at(self, row);
    payment_account_t *account = account_at(self, invoice->account);
    uid_t16 mandate = invoice->mandate;
    payment_work_drop(self, invoice);
    payment_refunds_forget(self->refunds, invoice->refund);
    uint32_t receipted = payment_receipts_find(self->receipts, number);
    if (receipted != TABLE_NONE)
        payment_receipts_forget(self->receipts, receipted);
    chain_remove(&account->invoices, payment_state_of_account(self), row + 1);
    chain_remove(&self->order, payment_state_in_order(self), row + 1);
    table_remove(&self->invoices, row);
    if (!uid_is_zero(&mandate))
        forget_mandate(self, account, &mandate);
}

void payment_forget_apply(payment_state_t *self, const event_payments_forgotten_t *event,
                          instant_t at)
{
    const uint8_t *bytes = event->numbers.data;
    assert(event->numbers.size == event->count * sizeof(uint64_t));
    for (uint64_t i = 0; i < event->count; i++, bytes += sizeof(uint64_t)) {
        uint64_t number = 0;
        for (unsigned k = sizeof number; k-- > 0;)
            number = number << 8 | bytes[k];
        forget(self, number);
    }
    self->looking = (uint32_t)event->next;
    if (!event->next)
        self->look_at = at + PAYMENT_LOOK_US;
}
