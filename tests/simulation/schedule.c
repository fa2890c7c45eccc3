#include "tests/simulation/schedule.h"
#include <assert.h>
#include <stdlib.h>

static bool before(const schedule_key_t *a, const schedule_key_t *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

void step_release(step_t *self)
{
    free(self->bytes);
    self->bytes = NULL;
}

void schedule_release(schedule_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        step_release(&self->steps[self->keys[i].slot]);
    free(self->keys);
    free(self->steps);
    free(self->free_slots);
    *self = (schedule_t){0};
}

static void grow(schedule_t *self)
{
    size_t cap = self->cap ? 2 * self->cap : 256;
    assert(cap <= SCHEDULE_STEPS_MAX);
    self->keys = realloc(self->keys, cap * sizeof *self->keys);
    self->steps = realloc(self->steps, cap * sizeof *self->steps);
    self->free_slots = realloc(self->free_slots, cap * sizeof *self->free_slots);
    assert(self->keys && self->steps && self->free_slots);
    for (size_t i = self->cap; i < cap; i++) // those beyond `count` are free
        self->free_slots[i] = (uint32_t)i;
    self->cap = cap;
}

void schedule_add(schedule_t *self, const step_t *step)
{
    if (self->count == self->cap)
        grow(self);
    uint32_t slot = self->free_slots[self->count];
    step_t *added = &self->steps[slot];
    *added = *step;
    if (step->size) {
        added->bytes = malloc(step->size);
        assert(added->bytes);
        memcpy(added->bytes, step->bytes, step->size);
    }
    schedule_key_t key = {step->at, self->order++, slot, step->quiet};
    size_t i = self->count++;
    for (; i && before(&key, &self->keys[(i - 1) / 2]); i = (i - 1) / 2)
        self->keys[i] = self->keys[(i - 1) / 2];
    self->keys[i] = key;
}

// Puts a key where the one at `i` was, and below it what belongs below.
static void sift(schedule_t *self, size_t i, schedule_key_t key)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= self->count)
            break;
        if (child + 1 < self->count && before(&self->keys[child + 1], &self->keys[child]))
            child++;
        if (!before(&self->keys[child], &key))
            break;
        self->keys[i] = self->keys[child];
        i = child;
    }
    self->keys[i] = key;
}

void schedule_delay_quiet(schedule_t *self, instant_t until)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->keys[i].quiet && self->keys[i].at < until)
            self->keys[i].at = until;
    for (size_t i = self->count / 2; i-- > 0;)
        sift(self, i, self->keys[i]);
}

bool schedule_take(schedule_t *self, step_t *ret_step)
{
    if (!self->count)
        return false;
    schedule_key_t first = self->keys[0], last = self->keys[--self->count];
    *ret_step = self->steps[first.slot];
    ret_step->at = first.at;
    self->free_slots[self->count] = first.slot;
    if (self->count)
        sift(self, 0, last);
    return true;
}

instant_t schedule_loud(const schedule_t *self)
{
    instant_t at = INT64_MAX;
    for (size_t i = 0; i < self->count; i++)
        if (!self->keys[i].quiet && self->keys[i].at < at)
            at = self->keys[i].at;
    return at;
}
