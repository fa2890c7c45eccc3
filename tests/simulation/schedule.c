#include "tests/simulation/schedule.h"
#include <assert.h>
#include <stdlib.h>

static bool before(const step_t *a, const step_t *b)
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
        step_release(&self->steps[i]);
    free(self->steps);
    *self = (schedule_t){0};
}

void schedule_add(schedule_t *self, const step_t *step)
{
    if (self->count == self->cap) {
        self->cap = self->cap ? 2 * self->cap : 256;
        assert(self->cap <= SCHEDULE_STEPS_MAX);
        self->steps = realloc(self->steps, self->cap * sizeof *self->steps);
        assert(self->steps);
    }
    step_t added = *step;
    added.order = self->order++;
    if (step->size) {
        added.bytes = malloc(step->size);
        assert(added.bytes);
        memcpy(added.bytes, step->bytes, step->size);
    }
    size_t i = self->count++;
    for (; i && before(&added, &self->steps[(i - 1) / 2]); i = (i - 1) / 2)
        self->steps[i] = self->steps[(i - 1) / 2];
    self->steps[i] = added;
}

// Puts a step where the one at `i` was, and below it what belongs below.
static void sift(schedule_t *self, size_t i, step_t step)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= self->count)
            break;
        if (child + 1 < self->count && before(&self->steps[child + 1], &self->steps[child]))
            child++;
        if (!before(&self->steps[child], &step))
            break;
        self->steps[i] = self->steps[child];
        i = child;
    }
    self->steps[i] = step;
}

void schedule_restore(schedule_t *self)
{
    for (size_t i = self->count / 2; i-- > 0;)
        sift(self, i, self->steps[i]);
}

bool schedule_take(schedule_t *self, step_t *ret_step)
{
    if (!self->count)
        return false;
    *ret_step = self->steps[0];
    step_t last = self->steps[--self->count];
    if (self->count)
        sift(self, 0, last);
    return true;
}

instant_t schedule_loud(const schedule_t *self)
{
    instant_t at = INT64_MAX;
    for (size_t i = 0; i < self->count; i++)
        if (!self->steps[i].quiet && self->steps[i].at < at)
            at = self->steps[i].at;
    return at;
}
