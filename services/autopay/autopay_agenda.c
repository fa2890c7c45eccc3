#include "services/autopay/autopay_agenda.h"
#include "proto/table.h"
#include <assert.h>
#include <stdlib.h>

enum { CAP_FIRST = 64 };

void agenda_release(agenda_t *self)
{
    heap_release(&self->alarms);
    heap_release(&self->credits);
    free(self->entries);
    free(self->queue);
    *self = (agenda_t){0};
}

static agenda_entry_t *entry_of(agenda_t *self, uint32_t number)
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

static void append(agenda_t *self, uint32_t number)
{
    if (self->count == self->queue_cap) {
        self->queue_cap = self->queue_cap ? self->queue_cap + self->queue_cap / 2 : CAP_FIRST;
        self->queue = realloc(self->queue, self->queue_cap * sizeof *self->queue);
        assert(self->queue);
    }
    self->queue[self->count++] = number;
}

void agenda_touch(agenda_t *self, uint32_t number)
{
    agenda_entry_t *entry = entry_of(self, number);
    if (!entry->queued)
        append(self, number);
    entry->queued = true;
}

void agenda_set_alarm(agenda_t *self, uint32_t number, instant_t at, bool turn)
{
    agenda_entry_t *entry = entry_of(self, number);
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

void agenda_set_credit(agenda_t *self, uint32_t number, uint64_t credit)
{
    if (credit == 0)
        heap_remove(&self->credits, number);
    else
        heap_set(&self->credits, number, (int64_t)credit);
}

static void touch_up_to(agenda_t *self, heap_t *heap, int64_t key)
{
    for (uint32_t number; (number = heap_take(heap, key)) != TABLE_NONE;)
        agenda_touch(self, number);
}

void agenda_ring(agenda_t *self, instant_t now)
{
    touch_up_to(self, &self->alarms, now);
}

void agenda_take_credits(agenda_t *self, uint64_t credit)
{
    touch_up_to(self, &self->credits, (int64_t)credit);
}

bool agenda_in_crowd(const agenda_t *self, uint32_t number)
{
    return self->entries[number].turn;
}

bool agenda_turn_came(const agenda_t *self, uint32_t number)
{
    return self->entries[number].turn && !heap_has(&self->alarms, number);
}

instant_t agenda_next(const agenda_t *self, instant_t now)
{
    return self->count ? now : heap_least(&self->alarms);
}

uint32_t agenda_judge(agenda_t *self)
{
    if (self->next == self->count)
        return TABLE_NONE;
    uint32_t number = self->queue[self->next++];
    self->entries[number].queued = false;
    return number;
}

void agenda_keep(agenda_t *self, uint32_t number)
{
    assert(self->kept < self->next); // the place that it was judged from is free
    self->entries[number].queued = true;
    self->queue[self->kept++] = number;
}

uint32_t agenda_kept(const agenda_t *self)
{
    return self->kept - self->sent;
}

uint32_t agenda_charge(agenda_t *self)
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
