#include "services/payment/payment_refunds.h"
#include <assert.h>
#include <stddef.h>

void payment_refunds_init(payment_refunds_t *self)
{
    *self = (payment_refunds_t){0};
    table_init(&self->rows, sizeof(refund_t));
}

void payment_refunds_release(payment_refunds_t *self)
{
    table_release(&self->rows);
    payment_agenda_release(&self->creates);
    payment_agenda_release(&self->asks);
    payment_agenda_release(&self->judgements);
}

WALK_ROW(refund_t)

void payment_refunds_walk(payment_refunds_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_refund_t);
    payment_agenda_walk(&self->creates, walk, self->rows.count);
    payment_agenda_walk(&self->asks, walk, self->rows.count);
    payment_agenda_walk(&self->judgements, walk, self->rows.count);
    WALK(walk, self->people);
    WALK(walk, self->order);
    WALK(walk, self->partial);
    WALK(walk, self->open);
    WALK(walk, self->unknown);
    WALK(walk, self->partial_open);
    WALK(walk, self->asked);
    WALK_WHOLE(walk, payment_refunds_t, self);
}

uint64_t refund_number(const refund_t *self)
{
    uint64_t number;
    memcpy(&number, self->key.bytes, sizeof number);
    return number;
}

refund_state_t refund_state(const refund_t *self)
{
    static_assert((int)REFUND_UNKNOWN == PAYMENT_REFUND_UNKNOWN + 1, "the same order");
    return (refund_state_t)(self->progress.state + 1);
}

bool refund_is_over(const refund_t *self)
{
    payment_refund_state_t state = self->progress.state;
    return state == PAYMENT_REFUND_DONE || state == PAYMENT_REFUND_CANCELED ||
           state == PAYMENT_REFUND_FAILED;
}

bool refund_is_for_people(const refund_t *self)
{
    return self->progress.state == PAYMENT_REFUND_UNKNOWN ||
           (self->disputed && !refund_is_over(self));
}

uint32_t payment_refunds_find(const payment_refunds_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    return table_find(&self->rows, &key);
}

static void drop_work(payment_refunds_t *self, uint32_t row)
{
    payment_agenda_remove(&self->creates, row);
    payment_agenda_remove(&self->asks, row);
    payment_agenda_remove(&self->judgements, row);
}

void payment_refunds_ask_again(payment_refunds_t *self, uint32_t row, instant_t now)
{
    const refund_t *refund = refund_at(self, row);
    instant_t at = now + (now - refund->changed < HOUR_US ? MINUTE_US : HOUR_US);
    bool sent = refund->progress.state == PAYMENT_REFUND_SENT;
    if (sent && !payment_refund_next_look(&refund->progress, now, &at))
        payment_agenda_remove(&self->asks, row); // a tick gives it up
    else
        payment_agenda_set(&self->asks, row, at);
}

// --- apply ---

static void count(payment_refunds_t *self, const refund_t *refund, bool in)
{
    int by = in ? 1 : -1;
    self->open += refund_is_over(refund) ? 0 : by;
    self->partial_open += refund->partial && !refund_is_over(refund) ? by : 0;
    self->unknown += refund->progress.state == PAYMENT_REFUND_UNKNOWN ? by : 0;
}

static chain_links_t in_order(const payment_refunds_t *self)
{
    return (chain_links_t){self->rows.rows + offsetof(refund_t, order), sizeof(refund_t)};
}

void payment_refunds_begin(payment_refunds_t *self, const event_t *event, uint32_t invoice,
                           uint32_t *last)
{
    const event_refund_requested_t *e = &event->refund_requested;
    uid_t16 key = table_key(e->refund, 0);
    if (table_find(&self->rows, &key) != TABLE_NONE)
        return; // only a journal that is not ours could take a number twice
    uint32_t row = table_insert(&self->rows, &key);
    refund_t *refund = refund_at(self, row);
    refund->progress = payment_refund_begin(e->amount);
    refund->requested = refund->changed = event->at;
    refund->invoice = invoice;
    refund->previous = *last;
    refund->partial = e->partial;
    refund->why = (uint8_t)e->why;
    *last = row + 1;
    chain_append(&self->order, in_order(self), row + 1);
    self->asked++;
    count(self, refund, true);
}

bool payment_refunds_may_forget(const payment_refunds_t *self, uint32_t last)
{
    for (; last; last = refund_at(self, last - 1)->previous)
        if (!refund_is_over(refund_at(self, last - 1)))
            return false;
    return true;
}

void payment_refunds_forget(payment_refunds_t *self, uint32_t last)
{
    while (last) {
        uint32_t row = last - 1;
        last = refund_at(self, row)->previous;
        drop_work(self, row);
        chain_remove(&self->order, in_order(self), row + 1);
        table_remove(&self->rows, row);
    }
}

static void apply_left(payment_refunds_t *self, uint32_t row, const event_refund_left_t *e,
                       instant_t at)
{
    refund_t *refund = refund_at(self, row);
    (void)payment_refund_send(&refund->progress);
    refund->attempt = (uint32_t)e->attempt;
    refund->operation_size = (uint8_t)e->operation.size;
    assert(e->operation.size <= sizeof refund->operation);
    memcpy(refund->operation, e->operation.data, e->operation.size);
    drop_work(self, row);
    payment_agenda_set(&self->creates, row, at);
    payment_agenda_set(&self->judgements, row, at + PAYMENT_REFUND_ANSWER_US);
}

static void apply_unsent(payment_refunds_t *self, uint32_t row, instant_t at)
{
    payment_refund_t *progress = &refund_at(self, row)->progress;
    (void)payment_refund_answered(progress, &(payment_refund_answer_t){.connected = false}, at);
    drop_work(self, row);
    payment_agenda_set(&self->asks, row, at + MINUTE_US);
}

static void apply_sent(payment_refunds_t *self, uint32_t row, const event_refund_sent_t *e,
                       instant_t at)
{
    payment_refund_t *progress = &refund_at(self, row)->progress;
    payment_refund_answer_t answer = {.connected = true,
                                      .http_status = 200,
                                      .readable = true,
                                      .success = true,
                                      .request = {e->request.data, e->request.size}};
    instant_t next;
    (void)payment_refund_answered(progress, &answer, at);
    drop_work(self, row);
    if (payment_refund_next_look(progress, at, &next))
        payment_agenda_set(&self->asks, row, next);
    payment_agenda_set(&self->judgements, row, at + PAYMENT_REFUND_LOOKS_US);
}

static void apply_unknown(payment_refunds_t *self, uint32_t row, const event_refund_unknown_t *e)
{
    refund_t *refund = refund_at(self, row);
    refund->progress.state = PAYMENT_REFUND_UNKNOWN;
    refund->doubt = (uint8_t)e->why;
    refund->orphan = false;
    if (refund->partial && e->why == REFUND_DOUBT_AMOUNT)
        self->partial = PARTIAL_NO;
    drop_work(self, row);
}

static void apply_done(payment_refunds_t *self, uint32_t row)
{
    refund_t *refund = refund_at(self, row);
    if (refund->partial && refund->progress.state == PAYMENT_REFUND_SENT)
        self->partial = PARTIAL_YES;
    refund->progress.state = PAYMENT_REFUND_DONE;
    drop_work(self, row);
}

static void apply_ended(payment_refunds_t *self, uint32_t row, const event_refund_ended_t *e)
{
    refund_t *refund = refund_at(self, row);
    bool canceled = e->why == REFUND_END_CANCELED || e->why == REFUND_END_CABINET;
    if (refund->partial && e->why == REFUND_END_REFUSED)
        self->partial = PARTIAL_NO;
    refund->progress.state = canceled ? PAYMENT_REFUND_CANCELED : PAYMENT_REFUND_FAILED;
    refund->end = (uint8_t)e->why;
    drop_work(self, row);
}

static void enter(payment_refunds_t *self, uint32_t row, const event_t *event)
{
    refund_t *refund = refund_at(self, row);
    switch (event->type) {
    case EVENT_refund_approved:
        (void)payment_refund_approve(&refund->progress);
        payment_agenda_set(&self->asks, row, event->at);
        break;
    case EVENT_refund_left:
        apply_left(self, row, &event->refund_left, event->at);
        break;
    case EVENT_refund_unsent:
        apply_unsent(self, row, event->at);
        break;
    case EVENT_refund_sent:
        apply_sent(self, row, &event->refund_sent, event->at);
        break;
    case EVENT_refund_unknown:
        apply_unknown(self, row, &event->refund_unknown);
        break;
    case EVENT_refund_done:
        apply_done(self, row);
        break;
    case EVENT_refund_ended:
        apply_ended(self, row, &event->refund_ended);
        break;
    case EVENT_refund_disputed:
        refund->disputed = true;
        break;
    default:
        break;
    }
    refund->changed = event->at;
    if (refund_is_second(refund) && refund->progress.state == PAYMENT_REFUND_APPROVED)
        payment_agenda_set(&self->judgements, row, refund->requested + PAYMENT_REFUND_SECOND_US);
}

static bool is_of_refund(event_type_t type)
{
    return type == EVENT_refund_approved || type == EVENT_refund_left ||
           type == EVENT_refund_unsent || type == EVENT_refund_sent ||
           type == EVENT_refund_unknown || type == EVENT_refund_done ||
           type == EVENT_refund_ended || type == EVENT_refund_disputed;
}

static void call_people(payment_refunds_t *self, uint32_t row, bool called)
{
    chain_links_t links = {self->rows.rows + offsetof(refund_t, link), sizeof(refund_t)};
    bool calls = refund_is_for_people(refund_at(self, row));
    if (calls && !called)
        chain_append(&self->people, links, row + 1);
    else if (called && !calls)
        chain_remove(&self->people, links, row + 1);
}

void payment_refunds_apply(payment_refunds_t *self, const event_t *event)
{
    if (!is_of_refund(event->type))
        return;
    uint32_t row = payment_refunds_find(self, event->refund_done.refund); // all begin with it
    if (row == TABLE_NONE)
        return;
    bool called = refund_is_for_people(refund_at(self, row));
    count(self, refund_at(self, row), false);
    enter(self, row, event);
    count(self, refund_at(self, row), true);
    call_people(self, row, called);
}

static void orphan(payment_refunds_t *self, uint32_t row)
{
    refund_at(self, row)->orphan = true;
    drop_work(self, row);
    payment_agenda_set(&self->judgements, row, 0);
}

void payment_refunds_booted(payment_refunds_t *self)
{
    for (uint32_t row; (row = payment_agenda_take(&self->creates)) != HEAP_NONE;)
        orphan(self, row);
}

void payment_refunds_put_back(payment_refunds_t *self)
{
    for (uint32_t n = self->order.first; n; n = refund_at(self, n - 1)->order.after)
        if (refund_at(self, n - 1)->progress.state <= PAYMENT_REFUND_LEFT)
            orphan(self, n - 1);
}
