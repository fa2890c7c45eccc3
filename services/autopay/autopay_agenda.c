#include "services/autopay/autopay_agenda.h"
#include "services/base/table.h"
#include <assert.h>
#include <stdlib.h>

enum { CAP_FIRST = 64 };

void autopay_agenda_release(autopay_agenda_t *self)
{
    heap_release(&self->alarms);
    heap_release(&self->credits);
    free(self->entries);
    free(self->queue);
    *self = (autopay_agenda_t){0};
}

static autopay_agenda_entry_t *entry_of(autopay_agenda_t *self, uint32_t number)
{
    if (number >= self->entries_cap) {
        uint32_t cap = self->entries_cap ? self->entries_cap + self->entries_cap / 2 : CAP_FIRST;
        cap = number < cap ? cap : number + 1;
        self->entries = realloc(self->entries, cap * sizeof *self->entries);
        assert(self->entries);
        memset(self->entries + self->entries_cap, 0,
               (cap - self->entries_cap) * sizeof *self->entries);
        self->entries_cap = cap;
    }
    return &self->entries[number];
}

static void append(autopay_agenda_t *self, uint32_t number)
{
    if (self->count == self->queue_cap) {
        self->queue_cap = self->queue_cap ? self->queue_cap + self->queue_cap / 2 : CAP_FIRST;
        self->queue = realloc(self->queue, self->queue_cap * sizeof *self->queue);
        assert(self->queue);
    }
    self->queue[self->count++] = number;
}

void autopay_agenda_touch(autopay_agenda_t *self, uint32_t number)
{
    autopay_agenda_entry_t *entry = entry_of(self, number);
    if (!entry->queued)
        append(self, number);
    entry->queued = true;
}

void autopay_agenda_set_alarm(autopay_agenda_t *self, uint32_t number, instant_t at, bool turn)
{
    autopay_agenda_entry_t *entry = entry_of(self, number);
    if (turn && !entry->turn)
        self->waiting++;
    if (!turn && entry->turn)
        self->waiting--;
    entry->turn = turn;
    if (at == INT64_MAX)
        heap_remove(&self->alarms, number);
    else
        heap_set(&self->alarms, number, at);
}

void autopay_agenda_set_credit(autopay_agenda_t *self, uint32_t number, uint64_t credit)
{
    if (credit == 0)
        heap_remove(&self->credits, number);
    else
        heap_set(&self->credits, number, (int64_t)credit);
}

static void touch_up_to(autopay_agenda_t *self, heap_t *heap, int64_t key)
{
    for (uint32_t number; (number = heap_take(heap, key)) != HEAP_NONE;)
        autopay_agenda_touch(self, number);
}

void autopay_agenda_ring(autopay_agenda_t *self, instant_t now)
{
    touch_up_to(self, &self->alarms, now);
}

void autopay_agenda_take_credits(autopay_agenda_t *self, uint64_t credit)
{
    touch_up_to(self, &self->credits, (int64_t)credit);
}

bool autopay_agenda_in_crowd(const autopay_agenda_t *self, uint32_t number)
{
    return self->entries[number].turn;
}

bool autopay_agenda_turn_came(const autopay_agenda_t *self, uint32_t number)
{
    return self->entries[number].turn && !heap_has(&self->alarms, number);
}

instant_t autopay_agenda_wake(const autopay_agenda_t *self, instant_t now)
{
    return self->count ? now : heap_least(&self->alarms);
}

uint32_t autopay_agenda_take(autopay_agenda_t *self)
{
    if (self->next == self->count)
        return TABLE_NONE;
    uint32_t number = self->queue[self->next++];
    self->entries[number].queued = false;
    return number;
}

void autopay_agenda_keep(autopay_agenda_t *self, uint32_t number)
{
    assert(self->kept < self->next); // the place that it was judged from is free
    self->entries[number].queued = true;
    self->queue[self->kept++] = number;
}

uint32_t autopay_agenda_kept_count(const autopay_agenda_t *self)
{
    return self->kept - self->sent;
}

uint32_t autopay_agenda_take_kept(autopay_agenda_t *self)
{
    assert(self->next == self->count);
    if (self->sent == self->kept) {
        self->sent = self->kept = self->next = self->count = 0;
        return TABLE_NONE;
    }
    uint32_t number = self->queue[self->sent++];
    self->entries[number].queued = false;
    return number;
}
