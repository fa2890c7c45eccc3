#pragma once
// check - starts a process over one state of its disk, by the start-up code that ships, and holds
// what comes up against the history.
//
// It starts, also where the cut was in the very first start. What comes up is one commit of the
// history, whole: no older one than was acknowledged, none that was not submitted. Its events are
// the submitted ones to the byte, their tree has the head's root, balances are those of the
// verifier's fold, a command or an item that is there is not done again, one that is not can be
// done (this part is asked of every few states, for it follows from the events). No term is given
// twice. A charge that left is in the journal, and leaves no second time. Some states are gone on
// with: more commits, which reuse pages, segments sealed, a second start.
//
// Failures: a text, valid until the next call; NULL if all is well. A state can also end this
// process by a signal. Threads: one.
#include "tests/crash/history.h"
#include "tests/crash/life.h"
#include "tests/crash/demand.h"

enum { CHECK_SENT_MAX = 256 };

typedef struct {
    int acknowledged;              // commit
    int submitted;                 // the last commit that may be found
    uint64_t term;                 // the last one taken, 0 before the first start was through
    uint64_t sent[CHECK_SENT_MAX]; // invoices whose charges left
    size_t sent_count;
} bounds_t;

typedef struct {
    history_t *history;
    const demand_t *demand;
    life_options_t life_options;
    bounds_t bounds;
    uint64_t continued, recalled; // counts
    bool started;                 // the process came up
    int found;                    // the commit that did; HISTORY_NONE for one that is none
    uint64_t found_term;
    // Of the start under way
    life_t life;
    unsigned nth; // varies what is asked
    unsigned batch;
    uint64_t asked_accounts;
    const invoice_seen_t *asked_invoice;
    const said_t *repeated;
    const char *broken;
    const commit_t *came_up;
    uint64_t new_charges[CHECK_SENT_MAX];
    size_t new_charges_count;
    char why[256];
} check_t;

// `asks`: questions, a repeated command and the last push are put to the node. `goes_on`: and the
// batch is committed, and more after it.
const char *check_state(check_t *self, unsigned nth, bool asks, bool goes_on);
// What a recovery consists of, to be recorded: the start and the boot event. `turn` as in
// life_turn.
bool check_recover(check_t *self, const turn_t *turn);
