#pragma once
// autopay_agenda - which accounts are to be judged, now or later.
//
// An account is to be judged now when something has happened to it. It can have one alarm, an
// instant at which it is to be judged again, and it can wait for one credit, to be judged again
// when the ledger has posted that. Example: autopay declined at 10:00 backs off for an hour, so the
// account has an alarm at 11:00. A posting at 10:20 has it judged at once; the alarm stays.
//
// A crowd. When too many accounts would be charged in one tick, each gets a turn: an alarm at an
// instant of its own, at which it is judged on the balance of then. autopay_agenda_in_crowd says
// that an account has such a turn, autopay_agenda_turn_came that its alarm rang.
//
// A tick works in two rounds, and may stop anywhere and go on in the next call. First
// autopay_agenda_take hands out each account that is to be judged; those that would be charged are
// kept. Then autopay_agenda_take_kept hands out the kept ones in the same order. Only then is it
// known whether they are a crowd.
//
// None of it is remembered: after a start every account is to be judged once.
// Numbers: an account goes by the number of its row, from 0. Memory: 46 bytes an account; ends the
// process by assert when there is none. Failures: none. Threads: one.
#include "services/base/heap.h"

typedef struct {
    bool queued;
    bool turn; // its alarm is its turn in a crowd, or was when it rang
} autopay_agenda_entry_t;

typedef struct {
    heap_t alarms;  // by instant
    heap_t credits; // by payment's sequence of the credit waited for
    autopay_agenda_entry_t *entries;
    uint32_t *queue; // from `sent` to `kept` those kept, from `next` to `count` those to be judged
    uint32_t sent, kept, next, count;
    uint32_t waiting; // accounts with a turn
    uint32_t entries_cap, queue_cap;
} autopay_agenda_t;

void autopay_agenda_release(autopay_agenda_t *self);
void autopay_agenda_touch(autopay_agenda_t *self, uint32_t number); // is to be judged now, once

// Gives the account its one alarm; INT64_MAX takes it away. With `turn` it is a turn in a crowd.
void autopay_agenda_set_alarm(autopay_agenda_t *self, uint32_t number, instant_t at, bool turn);
void autopay_agenda_set_credit(autopay_agenda_t *self, uint32_t number,
                               uint64_t credit); // 0 takes it away
// Whose alarm is not after `now`, or who waits for a credit up to this one, is to be judged now.
void autopay_agenda_ring(autopay_agenda_t *self, instant_t now);
void autopay_agenda_take_credits(autopay_agenda_t *self, uint64_t credit);

bool autopay_agenda_in_crowd(const autopay_agenda_t *self, uint32_t number);
bool autopay_agenda_turn_came(const autopay_agenda_t *self, uint32_t number);
// The next instant at which someone is to be judged: `now` if someone is already, INT64_MAX for
// none.
instant_t autopay_agenda_wake(const autopay_agenda_t *self, instant_t now);

// The next account to be judged, then taken out; TABLE_NONE when there is none.
uint32_t autopay_agenda_take(autopay_agenda_t *self);
void autopay_agenda_keep(autopay_agenda_t *self, uint32_t number); // the one that was taken last
uint32_t autopay_agenda_kept_count(const autopay_agenda_t *self);
// The next of those kept, then taken out; TABLE_NONE when there is none, and the tick is over.
uint32_t autopay_agenda_take_kept(autopay_agenda_t *self);
