#include "services/notify/notify_agenda.h"
#include <assert.h>
#include <stdlib.h>

enum { CAP_FIRST = 64 };

void notify_agenda_release(notify_agenda_t *self)
{
    heap_release(&self->alarms);
    free(self->queued);
    free(self->queue);
    *self = (notify_agenda_t){0};
}

static void reach(notify_agenda_t *self, uint32_t number)
{
    if (number < self->queued_cap)
        return;
    uint32_t cap = self->queued_cap ? self->queued_cap + self->queued_cap / 2 : CAP_FIRST;
    cap = number < cap ? cap : number + 1;
    self->queued = realloc(self->queued, cap * sizeof *self->queued);
    assert(self->queued);
    memset(self->queued + self->queued_cap, 0, (cap - self->queued_cap) * sizeof *self->queued);
    self->queued_cap = cap;
}

static void append(notify_agenda_t *self, uint32_t number)
{
    if (self->count == self->queue_cap) {
        self->queue_cap = self->queue_cap ? self->queue_cap + self->queue_cap / 2 : CAP_FIRST;
        self->queue = realloc(self->queue, self->queue_cap * sizeof *self->queue);
        assert(self->queue);
    }
    self->queue[self->count++] = number;
}

void notify_agenda_touch(notify_agenda_t *self, uint32_t number)
{
    reach(self, number);
    if (!self->queued[number])
        append(self, number);
    self->queued[number] = true;
}

void notify_agenda_set_alarm(notify_agenda_t *self, uint32_t number, instant_t at)
{
    if (at == INT64_MAX)
        heap_remove(&self->alarms, number);
    else
        heap_set(&self->alarms, number, at);
}

void notify_agenda_ring(notify_agenda_t *self, instant_t now)
{
    for (uint32_t number; (number = heap_take(&self->alarms, now)) != HEAP_NONE;)
        notify_agenda_touch(self, number);
}

instant_t notify_agenda_wake(const notify_agenda_t *self, instant_t now)
{
    return self->count ? now : heap_least(&self->alarms);
}

uint32_t notify_agenda_take(notify_agenda_t *self)
{
    if (self->next == self->count) {
        self->next = self->count = 0;
        return TABLE_NONE;
    }
    uint32_t number = self->queue[self->next++];
    self->queued[number] = false;
    return number;
}
