#include "tests/simulation/fold_parts.h"
#include "proto/posting.h"
#include <inttypes.h>

static void take_fact(world_t *world, fold_list_t *list, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    fold_fact_t *fact = fold_fact(list, event->cause.sequence);
    bool bonus_split = e->kind == POSTING_CHARGE;
    if (!fact)
        world_violate(world, "I12", "a posting is caused by an event that is not durable");
    else if (fact->taken || (!bonus_split && fact->amount != e->amount) || fact->amount < e->amount)
        world_violate(world, "I1",
                      "event %" PRIu64 " of stream %" PRIu64 " posted twice or wrongly",
                      event->cause.sequence, event->cause.stream);
    else if ((fact->amount -= e->amount) == 0)
        fact->taken = true;
}

void fold_posted(world_t *world, const event_t *event)
{
    fold_t *self = &world->fold;
    const event_posted_t *e = &event->posted;
    if (e->debit < SYSTEM_END)
        self->systems[e->debit] -= e->amount;
    if (e->credit < SYSTEM_END)
        self->systems[e->credit] += e->amount;
    if (e->debit == SYSTEM_SUSPENSE || e->credit == SYSTEM_SUSPENSE)
        world_violate(world, "I3", "money of a known account went to suspense");
    if (!uid_is_zero(&e->account)) {
        fold_account_t *account = &self->accounts[fold_account_of(world, &e->account)];
        account->balance += e->credit >= SYSTEM_END ? e->amount : -e->amount;
        if (account->balance != e->cash + e->bonus)
            world_violate(world, "I2", "a posting's balance is not the sum of the postings");
    }
    self->bonus += e->kind == POSTING_BONUS ? e->amount : 0;
    if (event->cause.stream == STREAM_METERING)
        take_fact(world, &self->charges, event);
    if (event->cause.stream == STREAM_PAYMENT)
        take_fact(world, &self->credits, event);
}
