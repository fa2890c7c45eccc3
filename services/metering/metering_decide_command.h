#pragma once
// metering_decide_command - what metering decides on commands: a new version of a tariff, the
// policy, a producer that is gone.
//
// Example: `tariff.define` with an effective instant that has passed is refused, since a price is
// never retroactive.
//
// Failures: FAIL_INVALID for a field or an unknown command, FAIL_LIMIT when there is no room for
// another version, FAIL_MISSING for a producer that no hour waits for. Threads: one.
#include "proto/core.h"
#include "services/metering/metering_rows.h"

fail_t metering_decide_command(const metering_state_t *self, const input_t *input, decision_t *out);
