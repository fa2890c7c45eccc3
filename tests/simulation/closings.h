#pragma once
// closings - in a run that is about them: operators close accounts and reopen them, lend to some,
// and in half of the runs autopay announces its payments first.
//
//   I26 nothing is credited to a closed account, its bonuses end, its consent ends, and nothing is
//       begun for it: verify_closing on the ledger's and payment's journals, and what autopay
//       decides; no payment is decided before the instant that was announced for it, and none of a
//       card that is gone
//
// Who is exhausted by his limit is I10. A journal that is read anew is checked anew. Threads: one.
#include "tests/simulation/draw.h"
#include "tests/simulation/process.h"
#include "tests/simulation/profile.h"
#include "tools/kopeck/verify_closing.h"

typedef struct {
    instant_t closed_at; // true time at which that was durable; 0 while it is open
    instant_t earliest;  // of the payment that is announced, 0 if none is
    uid_t16 gone;        // the mandate whose card is gone
} closing_row_t;

typedef struct {
    draw_t draw;
    verify_report_t report;
    verify_closing_t verify;
    uint64_t prenotice_us; // autopay's policy
    closing_row_t rows[ACCOUNTS_MAX];
} closings_t;

void closings_init(world_t *world);
void closings_release(world_t *world);
void closings_begin(world_t *world);
// Every event of a journal from its first one on, before the fold has it.
void closings_fold(world_t *world, process_name_t process, const event_t *event, uint64_t sequence);
// Is the account closed, as the ledger's journal has it?
bool closings_is_closed(const world_t *world, unsigned account);
void closings_check(world_t *world); // at the end
