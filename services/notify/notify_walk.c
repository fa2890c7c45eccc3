// What notify's state is made of, for who saves or loads it (services/base/walk.h). The view is
// empty when a journal has been replayed, and so are both agendas: who is to be judged a start asks
// of everybody. Of the outbox there is whose turn it is, as the journal says; nothing is under way.
#include "services/notify/notify_state.h"
#include <assert.h>

WALK_ROW(notify_account_t)
WALK_ROW(notify_contacts_t)
WALK_ROW(notify_delivery_t)
WALK_ROW(ladder_policy_t)

static void walk_outbox(notify_outbox_t *self, walk_t *walk)
{
    table_walk(&self->contacts, walk, walk_clear_notify_contacts_t);
    table_walk(&self->deliveries, walk, walk_clear_notify_delivery_t);
    for (size_t lane = 0; lane < LANES; lane++)
        heap_walk(&self->lanes[lane], walk, self->deliveries.count);
    heap_walk(&self->oldest, walk, self->deliveries.count);
    WALK(walk, self->on);
    WALK(walk, self->off);
    WALK(walk, self->delivered);
    WALK(walk, self->given_up);
    WALK(walk, self->mails);
    WALK(walk, self->mail_failing);
    WALK_WHOLE(walk, notify_outbox_t, self);
}

static bool is_idle(const notify_agenda_t *self)
{
    return !self->alarms.count && self->next == self->count;
}

void notify_state_walk(void *state, walk_t *walk)
{
    notify_state_t *self = state;
    assert(walk->kind != WALK_SAVE || (is_idle(self->agenda) && is_idle(self->relief)));
    table_walk(&self->accounts, walk, walk_clear_notify_account_t);
    WALK_STRUCT(walk, ladder_policy_t, self->policy);
    WALK(walk, self->moves);
    WALK(walk, self->on);
    WALK(walk, self->epoch);
    WALK(walk, self->last);
    notify_prices_walk(&self->prices, walk);
    walk_outbox(self->outbox, walk);
    notify_told_walk(&self->told, walk);
    WALK_PASS(walk, self->view);
    WALK_PASS(walk, self->agenda);
    WALK_PASS(walk, self->relief);
    WALK_PASS(walk, self->outbox);
    WALK_PASS(walk, self->flights);
    WALK_PASS(walk, self->settings);
    WALK_WHOLE(walk, notify_state_t, self);
}
