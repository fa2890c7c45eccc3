#pragma once
// inspection - whether a demonstration came out right: what the journals say, what the processes
// answer and what Robokassa's stand-in captured must be one, and nothing may have grown.
//
// Ownership: stage and books are borrowed. Failures: a line of the printed table each. Threads:
// one.
#include "tools/demonstration/books.h"
#include "tools/demonstration/stage.h"
#include "tools/demonstration/vitals.h"

// What a process may grow by between the two looks: the allocator's own slack, and what is taken
// once by the first use of something, as the stack of a thread.
enum {
    INSPECTION_OWN_KIB_MAX = 2048,
    INSPECTION_RESIDENT_KIB_MAX = 8192, // and the pages of its journal, which does grow
    INSPECTION_FILES_MAX = 4
};

typedef struct {
    vitals_t of[FLEET_PROCESSES + 1]; // the last: our own process, with the platform
    bool taken;
} inspection_look_t;

void inspection_look(const stage_t *stage, inspection_look_t *ret_look);

// Prints a table of what was found to `out`; false if anything does not hold.
bool inspection_make(stage_t *stage, books_t *books, const inspection_look_t *early, FILE *out);
