#pragma once
// metering_hours - which hour is to be closed next, and which producer it waits for.
//
// A producer's `through` says that it has sent all that happened up to an instant. An hour may be
// closed when every producer that ever spoke has passed its end. Example: producer 10 is through
// 11:00 and producer 11 is through 10:40. The hour from 10 to 11 waits for producer 11.
//
// One producer that does not speak must not freeze what the others bill: once one of another owner
// has passed the hour's end, the hour waits for him no longer than the quota `wait_us` after it.
// What he brings of it later is late. A single owner's producers are waited for without end, as
// nobody else vouches for what they run.
//
// Ownership: reads the state, keeps nothing. Failures: none. Threads: one.
#include "services/metering/metering_rows.h"

// The instant up to which every producer has sent all; INT64_MIN while none has spoken.
instant_t hours_through(const metering_state_t *self);
instant_t hours_producer_through(const metering_state_t *self,
                                 stream_t producer); // INT64_MIN if unknown
// The producer that an hour's closing waits for longest, STREAM_NONE if it waits for none.
stream_t hours_producer_waited_for(const metering_state_t *self);
// When that hour may be closed by what producers said so far, INT64_MAX if it waits for a word.
instant_t hours_closes_at(const metering_state_t *self, uint32_t hour);
// Whether the producer in that row is behind an hour that was closed without it.
bool hours_is_passed_over(const metering_state_t *self, const producer_t *producer);
// When late minutes are posted, INT64_MAX if there are none: with the next closing that the clock
// allows, so that those of an hour are one line (docs/rules.md "Late minutes").
instant_t hours_late_at(const metering_state_t *self);
// The next hour to close, HOUR_NONE if there is nothing to close.
uint32_t hours_next(const metering_state_t *self);
