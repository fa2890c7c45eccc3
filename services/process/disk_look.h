#pragma once
// disk_look - what the loop sees of its journal's disk, now and then and while no commit is under
// way: whether it is nearly full, which it tells the node, and who keeps an old state of the
// journal from being let go.
//
// Ownership: nothing. Failures: a disk that does not say is as it was. Threads: the loop's.
#include "services/process/past.h"

typedef struct {
    bool full;
    bool held;                 // an old state of the journal is, by one of the readers
    journal_readers_t readers; // as of the last look
} disk_look_t;

void disk_look_at_room(disk_look_t *self, const past_t *past, const settings_t *settings);
// Also whether the journal was moved meanwhile, which ends the process.
void disk_look_at_readers(disk_look_t *self, journal_t *journal);
