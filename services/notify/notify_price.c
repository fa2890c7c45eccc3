#include "services/notify/notify_price.h"
#include "proto/codes.h"
#include <string.h>

static void end_oldest(notify_prices_t *self)
{
    if (!self->count)
        return;
    self->count--;
    memmove(&self->waiting[0], &self->waiting[1], self->count * sizeof self->waiting[0]);
    self->waiting[self->count] = (notify_price_t){0};
    self->next = 0;
}

void notify_prices_apply(notify_prices_t *self, const notify_outbox_t *outbox, const event_t *event,
                         uint64_t sequence)
{
    if (event->type == EVENT_price_heard && self->count < NOTIFY_PRICES_MAX)
        self->waiting[self->count++] = (notify_price_t){sequence, event->price_heard.at};
    if (event->type == EVENT_price_told)
        end_oldest(self);
    if (event->type == EVENT_notice_queued && event->notice_queued.kind == NOTICE_PRICE) {
        uint32_t place = table_find(&outbox->contacts, &event->notice_queued.account);
        self->next = place == TABLE_NONE ? self->next : place + UINT64_C(1);
    }
}

void notify_prices_walk(notify_prices_t *self, walk_t *walk)
{
    WALK(walk, self->waiting);
    WALK(walk, self->count);
    WALK(walk, self->next);
    WALK_WHOLE(walk, notify_prices_t, self);
}

void notify_prices_hear(const notify_prices_t *self, const notify_outbox_t *outbox,
                        const event_t *announced, decision_t *out)
{
    const event_tariff_announced_t *said = &announced->tariff_announced;
    if (self->count == NOTIFY_PRICES_MAX || !table_used(&outbox->contacts))
        return;
    decision_add(out, EVENT_price_heard)->price_heard =
        (event_price_heard_t){.at = announced->at,
                              .kind = said->kind,
                              .code = said->code,
                              .effective = said->effective,
                              .before = said->before,
                              .price = said->price,
                              .withdrawn = said->withdrawn};
}

bool notify_prices_tell(const notify_prices_t *self, const notify_outbox_t *outbox, uint64_t last,
                        decision_t *out)
{
    const notify_price_t *oldest = &self->waiting[0];
    if (!self->count)
        return false;
    uint64_t place = self->next;
    for (; place < outbox->contacts.count && out->count < DECISION_EVENTS_MAX - 1; place++) {
        if (!table_holds(&outbox->contacts, (uint32_t)place))
            continue;
        const notify_contacts_t *row = table_row(&outbox->contacts, (uint32_t)place);
        uint64_t to = notify_outbox_to_heard(outbox, &row->account, NOTICE_PRICE, oldest->at);
        uint64_t back = last + out->count + 1 - oldest->sequence;
        if (to)
            decision_add(out, EVENT_notice_queued)->notice_queued = (event_notice_queued_t){
                .account = row->account, .kind = NOTICE_PRICE, .back = back, .to = to};
    }
    if (place >= outbox->contacts.count)
        decision_add(out, EVENT_price_told)->price_told.price = oldest->sequence;
    return true;
}
