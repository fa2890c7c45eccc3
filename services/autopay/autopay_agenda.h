#pragma once
// autopay_agenda - which accounts are to be judged now, which at an instant to come, and which when
// the ledger has posted a credit.
//
// Working state, not remembered: after a start every account is to be judged once. Accounts go by
// their dense numbers from 0; each is queued at most once, has at most one alarm and waits for at
// most one credit. Memory: 46 bytes an account; ends the process by assert when there is none.
#include "services/autopay/autopay_heap.h"

typedef struct {
    bool queued;
    bool turn; // its alarm is, or was when it rang, its turn in a crowd
} agenda_entry_t;

typedef struct {
    heap_t alarms;  // by instant
    heap_t credits; // by payment's sequence of the credit waited for
    agenda_entry_t *entries;
    uint32_t *queue; // [sent, kept) to charge in this tick, [next, count) to judge
    uint32_t sent, kept, next, count;
    uint32_t waiting; // accounts with a turn
    uint32_t entries_cap, queue_cap;
} agenda_t;

void agenda_release(agenda_t *self);
void agenda_touch(agenda_t *self, uint32_t number); // is to be judged

// The account's one alarm; INT64_MAX takes it away. With `turn` it is a turn in a crowd.
void agenda_set_alarm(agenda_t *self, uint32_t number, instant_t at, bool turn);
void agenda_set_credit(agenda_t *self, uint32_t number, uint64_t credit); // 0 takes it away
void agenda_ring(agenda_t *self, instant_t now);
void agenda_take_credits(agenda_t *self, uint64_t credit); // posted up to here

bool agenda_in_crowd(const agenda_t *self, uint32_t number); // it has a turn, to come or come
bool agenda_turn_came(const agenda_t *self, uint32_t number);
instant_t agenda_next(const agenda_t *self, instant_t now); // `now` if anything is to be judged

// A tick: all are judged, some kept; then the kept ones come back in order. Each call takes one
// account out, TABLE_NONE at the end; a tick may stop anywhere and go on later.
uint32_t agenda_judge(agenda_t *self);
void agenda_keep(agenda_t *self, uint32_t number);
uint32_t agenda_kept(const agenda_t *self); // how many are still to come back
uint32_t agenda_charge(agenda_t *self);
