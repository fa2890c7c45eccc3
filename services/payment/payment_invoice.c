#include "services/payment/payment_invoice.h"
#include "proto/payment_number.h"
#include <assert.h>

// The clock leaves numbers until 3114; only a journal that is not ours could use them up.
static uint64_t next_number(const payment_state_t *self, instant_t now)
{
    uint64_t number = payment_number_next(self->number, now);
    assert(number != 0);
    return number;
}

uid_t16 payment_invoice_random_id(const input_t *input, char purpose)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    uid_t16 id;
    digest_sha256_2(&purpose, 1, input->entropy.bytes, sizeof input->entropy.bytes, digest);
    memcpy(id.bytes, digest, sizeof id.bytes);
    return id;
}

event_payment_created_t *payment_invoice_create(const payment_state_t *self, const uid_t16 *account,
                                                kopecks_t amount, decision_t *out)
{
    event_payment_created_t *e = &decision_add(out, EVENT_payment_created)->payment_created;
    e->invoice = next_number(self, out->input->now);
    e->account = *account;
    e->amount = amount;
    e->token = payment_invoice_random_id(out->input, 't');
    return e;
}

void payment_invoice_send(uint64_t number, uint64_t attempt, decision_t *out)
{
    event_payment_sent_t *e = &decision_add(out, EVENT_payment_sent)->payment_sent;
    e->invoice = number;
    e->attempt = attempt;
}
