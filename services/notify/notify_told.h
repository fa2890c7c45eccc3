#pragma once
// notify_told - the last notices of each account, for who asks what he was told: a fold of the
// journal. Only what they were about and what became of them; what they said is in the journal.
//
// Example: "low" was told an hour ago, the e-mail was taken, the webhook is tried again.
//
// Memory: 216 bytes an account that was ever told anything; ends the process by assert when there
// is none. Failures: none. Threads: one. Source: docs/rules.md "What was told".
#include "proto/event.h"
#include "services/base/table.h"
#include "services/base/walk.h"

enum { TOLD_MAX = 8 }; // of an account

typedef struct {
    uint64_t notice; // sequence of its notice.queued
    instant_t queued;
    uint8_t kind;    // notice_kind
    uint8_t step;    // ladder_step, of a step of the ladder
    uint8_t to;      // bit n for contact_kind n
    uint8_t came[3]; // delivery, by contact_kind; 0 while it waits for its first try
    uint8_t spare[2];
} notify_told_row_t;

typedef struct {
    uid_t16 account;
    uint64_t count; // so many there were; the newest is in the row of count - 1 by TOLD_MAX
    notify_told_row_t rows[TOLD_MAX];
} notify_told_account_t;

typedef struct {
    table_t accounts;
} notify_told_t;

void notify_told_init(notify_told_t *self);
void notify_told_release(notify_told_t *self);
// `step` is where the account is on its ladder now.
void notify_told_apply(notify_told_t *self, const event_t *event, uint64_t sequence, uint8_t step);
void notify_told_walk(notify_told_t *self, walk_t *walk);
// The n-th newest of an account, from 0; NULL if there are not so many any more.
const notify_told_row_t *notify_told(const notify_told_t *self, const uid_t16 *account, size_t nth);
