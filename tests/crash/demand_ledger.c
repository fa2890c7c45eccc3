#include "proto/payment_number.h"
#include "proto/posting.h"
#include "services/ledger/ledger_core.h"
#include "tests/crash/demand_parts.h"
#include <assert.h>

enum { METERING, PAYMENT, GO_ON_COMMANDS = 30 };

demand_t *demand_ledger(uint64_t seed)
{
    return demand_new(&ledger_core, NULL, seed);
}

static uid_t16 any_account(draw_t *draw)
{
    return history_account((unsigned)draw_below(draw, HISTORY_ACCOUNTS));
}

static void draw_posting(draw_t *draw, uid_t16 *debit, uid_t16 *credit, int64_t *amount,
                         uint64_t *kind)
{
    static const struct {
        uint64_t system, kind;
    } kinds[] = {{SYSTEM_BANK, POSTING_BANK},
                 {SYSTEM_PROMO, POSTING_BONUS},
                 {SYSTEM_REVENUE, POSTING_CHARGE}};
    size_t drawn = draw_below(draw, 3);
    uid_t16 system = posting_system_id(kinds[drawn].system), account = any_account(draw);
    bool charge = kinds[drawn].kind == POSTING_CHARGE;
    *debit = charge ? account : system;
    *credit = charge ? system : account;
    *amount = 1 + (int64_t)draw_below(draw, 20000);
    *kind = kinds[drawn].kind;
}

static request_t draw_post(draw_t *draw)
{
    request_t request = {.type = REQUEST_post, .number = 1};
    draw_posting(draw, &request.post.debit, &request.post.credit, &request.post.amount,
                 &request.post.kind);
    request.post.opens = true;
    return request;
}

// A push of `count` items after those that were acknowledged; now and then one of them is refused,
// alone if the batch may be taken in part: then nothing but the cursor moves.
static void push(demand_t *self, node_t *node, uint32_t count)
{
    bool refused = draw_below(&self->draw, 6) == 0;
    feed_batch_t batch = {.number = 1,
                          .producer = PRODUCER_FIRST,
                          .epoch = 1,
                          .first = self->pushed + 1,
                          .count = refused ? 1 : count,
                          .atomic = !refused && draw_below(&self->draw, 2)};
    self->push_size = feed_batch_encode_head(&batch, self->push, sizeof self->push);
    for (uint32_t i = 0; i < batch.count; i++) {
        event_t item = {.type = EVENT_posting_requested, .at = self->now};
        event_posting_requested_t *wish = &item.posting_requested;
        draw_posting(&self->draw, &wish->debit, &wish->credit, &wish->amount, &wish->kind);
        wish->opens = true;
        if (refused)
            wish->amount = -1;
        self->push_size +=
            event_encode(&item, self->push + self->push_size, sizeof self->push - self->push_size);
    }
    demand_push_again(self, node);
}

static void make_facts(demand_t *self)
{
    for (uint64_t left = draw_below(&self->draw, 3); left; left--) {
        event_t event = {.type = EVENT_usage_charged};
        event.usage_charged.account = any_account(&self->draw);
        event.usage_charged.amount = (int64_t)draw_below(&self->draw, 300);
        event.usage_charged.tariff = text_of("small");
        demand_fact(self, METERING, &event);
    }
    if (draw_below(&self->draw, 4) == 0) {
        event_t event = {.type = EVENT_payment_succeeded};
        event.payment_succeeded.invoice = PAYMENT_NUMBER_MAX + 1 + self->upstreams[PAYMENT].count;
        event.payment_succeeded.account = any_account(&self->draw);
        event.payment_succeeded.amount = 10000;
        event.payment_succeeded.kind = 1;
        demand_fact(self, PAYMENT, &event);
    }
}

void demand_ledger_give(demand_t *self, node_t *node)
{
    for (uint64_t left = draw_below(&self->draw, 3); left; left--) {
        request_t request = draw_post(&self->draw);
        demand_say(self, node, &request, ROLE_IMPORTER);
    }
    if (draw_below(&self->draw, 3) == 0)
        push(self, node, 1 + (uint32_t)draw_below(&self->draw, self->large));
    make_facts(self);
}

void demand_ledger_go_on(const demand_t *self, node_t *node, unsigned batch)
{
    demand_say_new(self, node, batch, GO_ON_COMMANDS, draw_post, ROLE_IMPORTER);
}
