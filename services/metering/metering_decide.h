#pragma once
// metering_decide - what metering decides: each input goes to the part that knows it. The contracts
// are those of the functions of the same names in proto/core.h.
//
// Parts: metering_decide_command (commands), metering_decide_feed (items and `through`),
// metering_decide_charging (ticks), metering_decide_credit (what was billed and is not billable,
// and recalled lines). Example: a message of 300 usage.ticked goes to the feed's part at once, and
// what they brought is one usage.accepted.
#include "proto/core.h"

fail_t metering_decide_found(const void *state, const input_t *input, decision_t *out);
void metering_decide_policy_first(event_t *ret_event);
fail_t metering_decide(const void *state, const input_t *input, decision_t *out);
bool metering_decide_batches(event_type_t type);
fail_t metering_decide_batch(const void *state, const input_t *input, const event_t *items,
                             size_t count, uint8_t *results, decision_t *out);
fail_t metering_decide_check(const void *state, const input_t *input, const char **ret_detail);
void metering_decide_due(const void *state, instant_t now, due_t *out);
