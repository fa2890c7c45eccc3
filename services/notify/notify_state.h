#pragma once
// notify_state - what notify remembers: the fold of its own journal, a row for each account that
// was ever on the ladder, and the policy. Beside it lie what it does not remember: the view of
// others and the agendas.
//
// Ownership: notify_state_create gives, notify_state_destroy takes (also NULL). Row pointers are
// valid until the next event is applied. Failures: none. Threads: one. Memory: 64 bytes an account
// that was ever on the ladder, and what the view and the agendas say. Source: docs/rules.md
// "Ladder".
#include "services/notify/notify_agenda.h"
#include "services/notify/notify_core.h"
#include "services/notify/notify_delivery.h"
#include "services/notify/notify_ladder.h"
#include "services/notify/notify_price.h"
#include "services/notify/notify_told.h"
#include "services/notify/notify_view.h"

typedef struct {
    uid_t16 id;
    kopecks_t said;  // the balance of its last move
    instant_t since; // of its last move
    instant_t next;  // as that said
    instant_t grace; // when its last grace began, 0 if it had none
    uint64_t moved;  // sequence of its last move
    uint8_t step;    // ladder_step_t
} notify_account_t;

typedef struct {
    notify_settings_t settings;
    table_t accounts;
    ladder_policy_t policy;
    uint64_t moves,
        on[LADDER_DELETABLE + 1]; // accounts on each step; of LADDER_NONE those that came back
    notify_view_t view;
    // Not part of the fold: also a tick that decides nothing works them off. Both by the view's
    // numbers: who is to be judged; and who stands on the ladder and may be given relief, which
    // waits for nothing.
    notify_agenda_t *agenda, *relief;
    notify_told_t told;
    notify_outbox_t *outbox;   // its heaps are no part of the fold: a tick takes from them
    notify_flights_t *flights; // nor are these
    notify_prices_t prices;
    uint64_t epoch; // of this journal
    uint64_t last;  // applied sequence
} notify_state_t;

void *notify_state_create(const void *settings);
void notify_state_destroy(void *state);
void notify_state_apply(void *state, const event_t *event, uint64_t sequence);
void notify_state_walk(void *state, walk_t *walk); // of a node that has replayed

// Contacts are there, and no keys of what they are.
bool notify_state_lacks(const void *state, char *ret_what, size_t cap);

// The view: its functions of core_t. What they hear of is to be judged.
void notify_state_view_reset(void *state, stream_t stream);
fail_t notify_state_view_row(void *state, stream_t stream, wire_t *row);
void notify_state_view_cursors(void *state, stream_t stream, stream_t of, uint64_t sequence);
void notify_state_observe(void *state, stream_t stream, const event_t *event, uint64_t sequence);

const notify_account_t *notify_account(const notify_state_t *self,
                                       const uid_t16 *id); // NULL if it was never on the ladder
// What a judgement of the account looks at now. `account` may be NULL.
ladder_inputs_t notify_inputs(const notify_state_t *self, const notify_account_t *account,
                              const notify_view_row_t *row, instant_t now);
