#pragma once
// decade - what a core's state takes after each simulated year of the same life: at the end not
// more than after the second year and 256 bytes, whatever has happened meanwhile.
//
// The measure is the state as a snapshot saves it: all its rows, the free ones too. So it holds
// what is in memory as well as what a start loads. Example: a payment that never leaves is 700
// bytes, and 12 of them a month are seen in the third year.
//
// Years are an argument, `--years 10`; the short form of the suite has four.
#include "proto/core.h"
#include "services/base/walk.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECADE_YEARS = 4, DECADE_YEARS_MAX = 100, DECADE_STEADY = 2, DECADE_ROOM_BYTES = 256 };
#define DECADE_YEAR_US (365 * DAY_US)

typedef struct {
    const core_t *core;
    unsigned years, lived;
    uint64_t yearly; // bytes that each year may leave behind for ever, 0 at first
    uint64_t bytes[DECADE_YEARS_MAX + 1]; // after each year
} decade_t;

static inline decade_t decade_begin(const core_t *core, int argc, char **argv)
{
    decade_t self = {.core = core, .years = DECADE_YEARS};
    if (argc == 3 && strcmp(argv[1], "--years") == 0)
        self.years = (unsigned)strtoul(argv[2], NULL, 10);
    if (self.years <= DECADE_STEADY || self.years > DECADE_YEARS_MAX) {
        fprintf(stderr, "usage: %s [--years N], 3 to %u\n", argv[0], DECADE_YEARS_MAX);
        exit(64);
    }
    return self;
}

// What was saved is loaded as a start does, and comes to the same: free rows and all.
static inline void decade_start(const decade_t *self, const walk_t *saved, const void *settings)
{
    uint8_t *bytes = malloc(walk_bytes(saved)), *at = bytes;
    for (size_t i = 0; i < saved->parts_count; at += saved->parts[i++].size)
        memcpy(at, saved->parts[i].data, saved->parts[i].size);
    void *state = self->core->create(settings);
    walk_t load = {.kind = WALK_LOAD, .at = bytes, .left = walk_bytes(saved)};
    walk_t again = {.kind = WALK_SAVE};
    hash_t before, after;
    self->core->walk(state, &load);
    bool good = !walk_end(&load);
    if (good)
        self->core->walk(state, &again);
    walk_digest(saved, &before);
    walk_digest(&again, &after);
    if (!good || memcmp(&before, &after, sizeof before) != 0) {
        printf("%s: its snapshot does not come to the same\n", self->core->name);
        exit(1);
    }
    walk_release(&again);
    self->core->destroy(state);
    free(bytes);
}

static inline void decade_note(decade_t *self, void *state, const void *settings)
{
    walk_t walk = {.kind = WALK_SAVE};
    self->core->walk(state, &walk);
    self->bytes[++self->lived] = walk_bytes(&walk);
    decade_start(self, &walk, settings);
    walk_release(&walk);
    printf("%s, year %2u: %7" PRIu64 " bytes\n", self->core->name, self->lived,
           self->bytes[self->lived]);
}

// The exit status.
static inline int decade_end(const decade_t *self)
{
    uint64_t steady = self->bytes[DECADE_STEADY], last = self->bytes[self->lived];
    uint64_t stays = self->yearly * (self->lived - DECADE_STEADY);
    bool flat = last <= steady + stays + DECADE_ROOM_BYTES;
    if (!flat)
        printf("%s GREW: %" PRIu64 " bytes after %u years, %" PRIu64 " after %d\n",
               self->core->name, last, self->lived, steady, DECADE_STEADY);
    return flat ? 0 : 1;
}
