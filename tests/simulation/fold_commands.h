#pragma once
// fold_commands - which commands each journal holds, that it holds none twice, and that those of
// people say last who sent them; and that who pushes a feed stands before its items, once for each
// numbering; and that nobody moves alone what two must agree to. Threads: one.
#include "services/base/table.h"
#include "proto/event.h"
#include "proto/money.h"

typedef struct world world_t;
typedef struct {
    table_t seen;
    uid_t16 last;        // a decision's events follow each other
    kopecks_t alone_max; // what one operator may move; 0 before anybody said
    uint64_t feed_epoch; // the last numbering of the platform's whose sender was noted
} fold_commands_t;

void fold_commands_init(fold_commands_t *self);
void fold_commands_forget(fold_commands_t *self); // the journal is another one now
void fold_commands_release(fold_commands_t *self);
void fold_commands_take(world_t *world, fold_commands_t *self, const char *journal,
                        const event_t *event);
// An operator's command was acknowledged.
void fold_commands_acknowledged(world_t *world, const fold_commands_t *self, const char *journal,
                                const uid_t16 *command);
