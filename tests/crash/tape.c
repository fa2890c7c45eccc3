#include "tests/crash/tape.h"
#include <assert.h>
#include <stdlib.h>

void tape_release(tape_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free((void *)(uintptr_t)self->steps[i].data);
    free(self->steps);
    *self = (tape_t){0};
}

void tape_add(void *arg, const step_t *step)
{
    tape_t *self = arg;
    if (self->count == self->cap) {
        self->cap = self->cap ? 2 * self->cap : 256;
        self->steps = realloc(self->steps, self->cap * sizeof *self->steps);
        assert(self->steps);
    }
    step_t *kept = &self->steps[self->count++];
    *kept = *step;
    if (step->size) {
        uint8_t *copy = malloc(step->size);
        assert(copy);
        kept->data = memcpy(copy, step->data, step->size);
    }
}

void tape_mark(tape_t *self, step_kind_t kind, uint64_t number)
{
    step_t step = {.kind = kind, .offset = number};
    tape_add(self, &step);
}
