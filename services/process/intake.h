#pragma once
// intake - how much is taken into the open batch: while another is committed as much as fits, since
// it waits for that one; nothing until what waited for that has left; and where no commit is under
// way no more than is worth one, so that the disk works, and who was answered speaks again while
// it does.
#include "services/process/committer.h"

typedef struct {
    node_t *node;
    const committer_t *committer;
    unsigned max; // messages of a socket
} intake_t;

static inline bool intake_is_over(const intake_t *self)
{
    return node_is_full(self->node) ||
           (self->committer->running ? committer_is_done(self->committer)
                                     : node_is_worth(self->node));
}
