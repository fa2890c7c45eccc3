#pragma once
// notify_decide_heard - which events of metering, the ledger, payment and autopay a customer is
// told of, by whatever contacts want to hear of them: what the event says becomes a notice.heard,
// and the notice.queued behind it tells it. Who has no contact leaves no trace. What concerns
// everybody, as a price does, is told by notify_price.
//
// Source: docs/rules.md "Notices to contacts".
#include "services/notify/notify_state.h"

void notify_decide_heard(const notify_state_t *self, const event_t *event, decision_t *out);
