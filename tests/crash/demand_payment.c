#include "proto/codes.h"
#include "services/payment/payment_core.h"
#include "services/payment/payment_form.h"
#include "store/record.h"
#include "tests/common/shop.h"
#include "tests/crash/demand_parts.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { GO_ON_COMMANDS = 20 };

demand_t *demand_payment(uint64_t seed)
{
    static payment_settings_t settings;
    settings = shop_settings();
    return demand_new(&payment_core, &settings, seed);
}

// --- what it sees ---

static unsigned index_of(const uid_t16 *account)
{
    return account->bytes[15] % 8;
}

static void see(demand_t *self, const event_t *event, uint64_t sequence)
{
    const event_payment_created_t *created = &event->payment_created;
    if (event->type == EVENT_payment_created && self->invoices_count < WORK_SAID_MAX)
        self->invoices[self->invoices_count++] =
            (invoice_seen_t){.invoice = created->invoice,
                             .account = created->account,
                             .token = created->token,
                             .amount = created->amount,
                             .charge = created->kind == PAYMENT_KIND_AUTOPAY};
    if (event->type == EVENT_payment_succeeded) {
        self->cards[index_of(&event->payment_succeeded.account)].credit = sequence;
        for (size_t i = 0; i < self->invoices_count; i++)
            if (self->invoices[i].invoice == event->payment_succeeded.invoice)
                self->invoices[i].paid = true;
    }
    if (event->type == EVENT_mandate_consented) {
        unsigned card = index_of(&event->mandate_consented.account);
        self->cards[card].mandate = event->mandate_consented.mandate;
        self->cards[card].amount = event->mandate_consented.amount;
    }
}

void demand_payment_published(demand_t *self, const output_t *output)
{
    publication_t publication;
    journal_record_t record;
    event_t event;
    if (!output->body.size ||
        publication_decode(output->head.data, output->head.size, &publication) ||
        record_check(output->body.data, output->body.size, &record))
        return;
    for (record_walk_t walk = record_walk(&record); record_walk_next(&walk);)
        if (event_decode(walk.event.data, walk.event.size, &event) == FAIL_NONE)
            see(self, &event, walk.sequence);
}

// Answered in the next batch: accepted, or nobody knows, or not even sent.
void demand_payment_outside(demand_t *self, const output_t *output)
{
    if (self->results_count == DUE_REQUESTS_MAX)
        return;
    size_t at = self->results_count++;
    uint64_t invoice = demand_charges(output);
    result_t *result = &self->results[at];
    *result = (result_t){.key = output->outside.key, .what = RESULT_NO_ANSWER};
    uint64_t drawn = draw_below(&self->draw, 4);
    if (drawn == 0)
        result->what = RESULT_NOT_CONNECTED;
    if (!invoice || drawn < 2)
        return;
    result->what = RESULT_ANSWERED;
    result->http_status = 200;
    int size = snprintf(self->bodies[at], sizeof self->bodies[at], "OK%" PRIu64, invoice);
    result->body = (bytes_t){(const uint8_t *)self->bodies[at], (uint32_t)size};
}

// --- what it says ---

static void notice(demand_t *self, node_t *node, const invoice_seen_t *invoice)
{
    uint8_t fields[SHOP_FIELDS_MAX];
    char sum[SHOP_SUM_SIZE], token[PAYMENT_TOKEN_SIZE];
    shop_sum(invoice->amount, sum);
    (void)payment_form_token(&invoice->token, token);
    request_t request = {.type = REQUEST_callback, .number = 1};
    request.callback.fields = shop_notice(invoice->invoice, sum, token, SHOP_PASSWORD2, fields);
    demand_say(self, node, &request, ROLE_WEB);
}

static request_t draw_topup(draw_t *draw)
{
    request_t request = {.type = REQUEST_topup, .number = 1};
    request.topup.account = history_account((unsigned)draw_below(draw, HISTORY_ACCOUNTS));
    request.topup.amount_rub = 100 + draw_below(draw, 900);
    request.topup.count_max = draw_below(draw, 3) ? 5 : 0;
    return request;
}

static void want_charge(demand_t *self)
{
    unsigned card = 1 + (unsigned)draw_below(&self->draw, HISTORY_ACCOUNTS);
    if (uid_is_zero(&self->cards[card].mandate))
        return;
    event_t event = {.type = EVENT_autopay_payment_requested};
    event_autopay_payment_requested_t *wish = &event.autopay_payment_requested;
    wish->account = history_account(card - 1);
    wish->mandate = self->cards[card].mandate;
    wish->amount = self->cards[card].amount;
    wish->credit = self->cards[card].credit;
    demand_fact(self, 0, &event);
}

void demand_payment_give(demand_t *self, node_t *node)
{
    for (size_t i = 0; i < self->results_count; i++)
        node_result(node, &self->results[i]);
    self->results_count = 0;
    for (uint64_t left = draw_below(&self->draw, 3); left; left--) {
        request_t request = draw_topup(&self->draw);
        demand_say(self, node, &request, ROLE_BACKEND);
    }
    for (size_t i = 0; i < self->invoices_count; i++)
        if (!self->invoices[i].paid && draw_below(&self->draw, 2) == 0)
            notice(self, node, &self->invoices[i]);
    want_charge(self);
    want_charge(self);
}

void demand_payment_go_on(const demand_t *self, node_t *node, unsigned batch)
{
    demand_say_new(self, node, batch, GO_ON_COMMANDS, draw_topup, ROLE_BACKEND);
}
