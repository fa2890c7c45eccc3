#pragma once
// notify_agenda - which accounts are to be judged, now or at an instant.
//
// An account is to be judged now when something has happened to it, and may have one alarm beside.
// Example: a balance that lasts until Friday noon has an alarm on Thursday noon, when the first
// warning is due; a posting before has it judged at once, and it gets another alarm. None of it is
// remembered: after a start every account is to be judged once.
//
// Numbers: of rows, from 0. Memory: 29 bytes an account; ends the process by assert when there is
// none. Failures: none. Threads: one.
#include "services/base/heap.h"
#include "services/base/table.h"

typedef struct {
    heap_t alarms;   // by instant
    bool *queued;    // by number
    uint32_t *queue; // from `next` to `count` those to be judged
    uint32_t next, count, queued_cap, queue_cap;
} notify_agenda_t;

void notify_agenda_release(notify_agenda_t *self);
void notify_agenda_touch(notify_agenda_t *self, uint32_t number); // is to be judged now, once
// Gives the account its one alarm; INT64_MAX takes it away.
void notify_agenda_set_alarm(notify_agenda_t *self, uint32_t number, instant_t at);
void notify_agenda_ring(notify_agenda_t *self, instant_t now); // whose alarm is not after `now`
// The next instant at which someone is to be judged: `now` if someone is already, INT64_MAX for
// none.
instant_t notify_agenda_wake(const notify_agenda_t *self, instant_t now);
uint32_t notify_agenda_take(notify_agenda_t *self); // TABLE_NONE when there is none
