#include "tools/kopeck/verify_forgotten.h"
#include <string.h>

#define KEPT_US (400 * DAY_US)

typedef struct {
    uid_t16 key; // made of its number
    instant_t created;
    uint32_t refunds; // that are open
    bool closed, paid, used, forgotten;
} payment_t;

typedef struct {
    uid_t16 key; // made of its number
    uint64_t payment;
} refund_t;

void verify_forgotten_init(verify_forgotten_t *self, verify_report_t *report)
{
    *self = (verify_forgotten_t){.report = report};
    table_init(&self->payments, sizeof(payment_t));
    table_init(&self->refunds, sizeof(refund_t));
}

void verify_forgotten_release(verify_forgotten_t *self)
{
    table_release(&self->payments);
    table_release(&self->refunds);
}

static void *find(const table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    uint32_t row = table_find(table, &key);
    return row == TABLE_NONE ? NULL : table_row(table, row);
}

static void *need(table_t *table, uint64_t number)
{
    uid_t16 key = table_key(number, 1);
    uint32_t row = table_find(table, &key);
    return table_row(table, row == TABLE_NONE ? table_insert(table, &key) : row);
}

static bool that(verify_forgotten_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, uint64_t found)
{
    return verify_that(self->report, rule, STREAM_PAYMENT, sequence, holds, expected,
                       (int64_t)found);
}

static void check(verify_forgotten_t *self, uint64_t sequence, instant_t at, uint64_t number)
{
    payment_t *payment = find(&self->payments, number);
    if (!that(self, "payment: what is forgotten was there", sequence,
              payment && !payment->forgotten, "a payment that was not forgotten before", number))
        return;
    that(self, "payment: nothing is forgotten within 400 days", sequence,
         payment->created < at - KEPT_US, "one that was created 400 days ago", number);
    that(self, "payment: what is open is not forgotten", sequence,
         payment->closed && !payment->refunds, "a closed one, whose refunds are over", number);
    that(self, "payment: money that is not used up is not forgotten", sequence,
         !payment->paid || payment->used, "one whose lot is at its end", number);
    payment->forgotten = true;
}

static void check_all(verify_forgotten_t *self, uint64_t sequence, const event_t *event)
{
    const event_payments_forgotten_t *e = &event->payments_forgotten;
    if (!that(self, "payment: as many are forgotten as are counted", sequence,
              e->count <= e->numbers.size && e->numbers.size == e->count * sizeof(uint64_t),
              "8 bytes for each", e->numbers.size))
        return;
    for (uint64_t i = 0; i < e->count; i++) {
        uint64_t number = 0;
        for (unsigned k = sizeof number; k-- > 0;)
            number = number << 8 | e->numbers.data[i * sizeof number + k];
        check(self, sequence, event->at, number);
    }
}

static void end_refund(verify_forgotten_t *self, uint64_t number)
{
    refund_t *refund = find(&self->refunds, number);
    payment_t *payment = refund && refund->payment ? find(&self->payments, refund->payment) : NULL;
    if (payment && payment->refunds)
        payment->refunds--;
    if (refund)
        refund->payment = 0; // once
}

static void take_refund(verify_forgotten_t *self, uint64_t number, uint64_t payment)
{
    refund_t *refund = need(&self->refunds, number);
    if (!refund->payment)
        ((payment_t *)need(&self->payments, payment))->refunds++;
    refund->payment = payment;
}

// The payment that an event is about, 0 for none.
static uint64_t number_of(const event_t *event)
{
    switch (event->type) {
    case EVENT_payment_sent:
    case EVENT_payment_accepted:
    case EVENT_payment_unknown:
    case EVENT_payment_succeeded:
    case EVENT_payment_declined:
    case EVENT_payment_expired:
    case EVENT_payment_checked:
    case EVENT_payment_overdue:
    case EVENT_payment_mismatch:
        return event->payment_sent.invoice; // these begin with it
    case EVENT_lot_ended:
        return event->lot_ended.invoice;
    case EVENT_receipt_handed:
        return event->receipt_handed.invoice;
    case EVENT_refund_requested:
        return event->refund_requested.invoice;
    default:
        return 0;
    }
}

static void take(verify_forgotten_t *self, payment_t *payment, const event_t *event)
{
    switch (event->type) {
    case EVENT_payment_succeeded:
        payment->paid = payment->closed = true;
        break;
    case EVENT_payment_declined:
    case EVENT_payment_expired:
        payment->closed = true;
        break;
    case EVENT_lot_ended:
    case EVENT_receipt_handed:
        payment->used = true;
        break;
    case EVENT_refund_requested:
        take_refund(self, event->refund_requested.refund, event->refund_requested.invoice);
        break;
    default:
        break;
    }
}

void verify_forgotten_feed(verify_forgotten_t *self, uint64_t sequence, const event_t *event)
{
    uint64_t number = number_of(event);
    payment_t *payment = number ? find(&self->payments, number) : NULL;
    if (payment && that(self, "payment: nothing is said of what is forgotten", sequence,
                        !payment->forgotten, "a payment that is kept", number))
        take(self, payment, event);
    switch (event->type) {
    case EVENT_payment_created:
        ((payment_t *)need(&self->payments, event->payment_created.invoice))->created = event->at;
        break;
    case EVENT_refund_done:
        end_refund(self, event->refund_done.refund);
        break;
    case EVENT_refund_ended:
        end_refund(self, event->refund_ended.refund);
        break;
    case EVENT_payments_forgotten:
        check_all(self, sequence, event);
        break;
    default:
        break;
    }
}
