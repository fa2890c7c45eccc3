#pragma once
// node_light - whether the node can do its whole job now, and why not: the alarms that it knows of
// by itself. Those of the world around it the shell raises and hands in (node_set_alarms).
//
// Private to the node; below it is node_state.h alone. Failures: none.
#include "services/node/node_state.h"

// A look at all that the node knows, by the clock of the batch that is open: when it begins, and
// for each status, since the batch may have learned of another history meanwhile.
void node_light_look(node_t *self);
