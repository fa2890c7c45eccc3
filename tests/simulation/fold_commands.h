#pragma once
// fold_commands - which commands each journal holds, and that it holds none twice. Threads: one.
#include "proto/table.h"
#include "proto/types.h"

typedef struct world world_t;
typedef struct {
    table_t seen;
    uid_t16 last; // a decision's events follow each other
} fold_commands_t;

void fold_commands_init(fold_commands_t *self);
void fold_commands_forget(fold_commands_t *self); // the journal is another one now
void fold_commands_release(fold_commands_t *self);
void fold_commands_take(world_t *world, fold_commands_t *self, const char *journal,
                        const uid_t16 *command);
