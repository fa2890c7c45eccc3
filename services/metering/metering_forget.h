#pragma once
// metering_forget - rows that nothing can concern any more leave the state, as usage.forgotten
// names them. Which may: metering_rows.h "Forgetting". Failures: none; the event is of our own
// journal, and one that names others ends the process. Threads: one.
#include "services/metering/metering_rows.h"

void forget_apply(metering_state_t *self, const event_usage_forgotten_t *event);
