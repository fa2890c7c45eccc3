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

static void release_heap(schedule_t *self, schedule_heap_t *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        step_release(&self->steps[heap->keys[i].slot]);
    free(heap->keys);
}

void schedule_release(schedule_t *self)
{
    release_heap(self, &self->loud);
    release_heap(self, &self->quiet);
    free(self->steps);
    free(self->free_slots);
    *self = (schedule_t){0};
}

static void grow_heap(schedule_heap_t *heap)
{
    heap->cap = heap->cap ? 2 * heap->cap : 256;
    heap->keys = realloc(heap->keys, heap->cap * sizeof *heap->keys);
    assert(heap->keys);
}

static void push(schedule_heap_t *heap, const schedule_key_t *key)
{
    if (heap->count == heap->cap)
        grow_heap(heap);
    size_t i = heap->count++;
    for (; i && before(key, &heap->keys[(i - 1) / 2]); i = (i - 1) / 2)
        heap->keys[i] = heap->keys[(i - 1) / 2];
    heap->keys[i] = *key;
}

// Puts a key where the one at `i` was, and below it what belongs below.
static void sift(schedule_heap_t *heap, size_t i, schedule_key_t key)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && before(&heap->keys[child + 1], &heap->keys[child]))
            child++;
        if (!before(&heap->keys[child], &key))
            break;
        heap->keys[i] = heap->keys[child];
        i = child;
    }
    heap->keys[i] = key;
}

static schedule_key_t pop(schedule_heap_t *heap)
{
    schedule_key_t first = heap->keys[0], last = heap->keys[--heap->count];
    if (heap->count)
        sift(heap, 0, last);
    return first;
}

static void grow(schedule_t *self)
{
    size_t cap = self->cap ? 2 * self->cap : 256;
    assert(cap <= SCHEDULE_STEPS_MAX);
    self->steps = realloc(self->steps, cap * sizeof *self->steps);
    self->free_slots = realloc(self->free_slots, cap * sizeof *self->free_slots);
    assert(self->steps && self->free_slots);
    for (size_t i = self->cap; i < cap; i++)
        self->free_slots[i] = (uint32_t)i;
    self->cap = cap;
}

void schedule_add(schedule_t *self, const step_t *step)
{
    if (self->count == self->cap)
        grow(self);
    uint32_t slot = self->free_slots[self->count++];
    step_t *added = &self->steps[slot];
    *added = *step;
    if (step->size) {
        added->bytes = malloc(step->size);
        assert(added->bytes);
        memcpy(added->bytes, step->bytes, step->size);
    }
    schedule_key_t key = {step->at, self->order++, slot};
    push(step->quiet ? &self->quiet : &self->loud, &key);
}

void schedule_delay_quiet(schedule_t *self, instant_t until)
{
    schedule_heap_t *heap = &self->quiet;
    for (size_t i = 0; i < heap->count; i++)
        if (heap->keys[i].at < until)
            heap->keys[i].at = until;
    for (size_t i = heap->count / 2; i-- > 0;)
        sift(heap, i, heap->keys[i]);
}

static schedule_heap_t *earlier(schedule_t *self)
{
    if (!self->quiet.count)
        return &self->loud;
    if (!self->loud.count)
        return &self->quiet;
    return before(&self->quiet.keys[0], &self->loud.keys[0]) ? &self->quiet : &self->loud;
}

bool schedule_take(schedule_t *self, step_t *ret_step)
{
    if (!self->count)
        return false;
    schedule_key_t key = pop(earlier(self));
    *ret_step = self->steps[key.slot];
    ret_step->at = key.at;
    self->free_slots[--self->count] = key.slot;
    return true;
}

instant_t schedule_loud(const schedule_t *self)
{
    return self->loud.count ? self->loud.keys[0].at : INT64_MAX;
}
