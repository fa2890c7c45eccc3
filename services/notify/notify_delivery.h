#pragma once
// notify_delivery - the way of a notice out: whose turn it is, the event that it tells, the row
// that says where, the request, and what became of it.
//
// None of it is folded: after a start all that is not delivered begins its way anew, so a notice
// leaves at least once. A delivery under way is a flight. It recalls the event, then the account's
// rows, renders the request and wants it outside until there is a result; then it ends, and what it
// held of the row is wiped. E-mails have 8 places of their own, so that a relay that is gone keeps
// no webhook waiting. Example: a process is killed after the endpoint took a notice and
// before notice.tried was stored; it goes out again, under the same name.
//
// Ownership: notify_delivery_new gives. Failures: of a try, in notice.tried. Threads: one.
// Source: docs/rules.md "Notices to contacts", "Signed notices".
#include "proto/core.h"
#include "services/notify/notify_core.h"
#include "services/notify/notify_outbox.h"

typedef struct notify_flights notify_flights_t;

notify_flights_t *notify_flights_new(void);
void notify_flights_destroy(notify_flights_t **self_p);
size_t notify_flights_count(const notify_flights_t *self);

// Begins what has its turn and finds a place. Returns how many.
size_t notify_delivery_begin(notify_flights_t *self, notify_outbox_t *outbox, instant_t now);
// When the next one has its turn and would find a place; INT64_MAX if none does.
instant_t notify_delivery_wake(const notify_flights_t *self, const notify_outbox_t *outbox);
// Those that are under way no longer have anything to deliver: their contact is gone, or another.
void notify_delivery_drop(notify_flights_t *self, const notify_outbox_t *outbox);

// What is rendered by; `epoch` is of the own journal.
typedef struct {
    const notify_settings_t *settings;
    uint64_t epoch;
} notify_renders_t;

// What the flights want now, added to `out`; `inside`: also at addresses that are no public ones.
void notify_delivery_due(const notify_flights_t *self, bool inside, due_t *out);
fail_t notify_delivery_recalled(notify_flights_t *self, const notify_outbox_t *outbox,
                                const notify_renders_t *by, const recalled_t *recalled,
                                decision_t *out);
fail_t notify_delivery_result(notify_flights_t *self, const notify_outbox_t *outbox,
                              const result_t *result, decision_t *out);
