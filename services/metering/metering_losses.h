#pragma once
// metering_losses - the loss account: what minutes would have cost that came too late to be billed.
//
// It grows by whole kopecks and carries the rest as a meter does, so its exact sum less what it
// shows is below one kopeck. Example: 90 minutes of `nachalny` are 60 kopecks and a carry of
// 18 000/43 200. Ownership: plain data. Failures: none. Threads: one.
// Source: docs/rules.md "Late minutes".
#include "proto/request.h"
#include "services/metering/metering_rows.h"

void losses_apply(losses_t *self, const event_usage_expired_t *event, instant_t at);
void losses_query(const losses_t *self, answer_losses_t *out);
