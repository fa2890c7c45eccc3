#pragma once
// profile - what a run is about and how hard its faults are, drawn before its first step (swarm
// testing: no seed has all of them, so that none hides another).
//
// Units: so many in a million; microseconds. 0 of an interval is never.
#include "tests/simulation/draw.h"

enum { ACCOUNTS_MAX = 48, SLOTS_MAX = 48 };

typedef struct {
    unsigned days; // unless the caller wants another number
    // Who is there
    unsigned accounts, slots; // customers; resources that live at a time
    bool steady;              // each resource runs all the time, told of by lifecycle events
    bool stops;               // the platform stops what an exhausted account runs
    instant_t push_every_us;  // of the platform
    instant_t act_every_us;   // mean between two looks of a customer
    unsigned allows;          // top-ups that allow autopay
    unsigned limited;         // of those, the ones with a low limit
    unsigned hurries;         // decisions that are met by a payer who pays his open form
    unsigned revokes;         // decisions that are met by a revocation
    bool rush;                // shortly before the month's edge all accounts run low
    unsigned returns;         // looks of an operator who gives an hour back
    // Wires
    unsigned loss, doubled, late; // of messages
    instant_t jitter_us;          // longest ordinary delay
    instant_t cut_every_us;       // between two one-way partitions
    // Processes, disks and clocks
    instant_t crash_every_us;   // of each process
    instant_t down_max_us;      // until it starts again
    instant_t disk_every_us;    // between two disk faults of each process
    instant_t restore_every_us; // between two backups of the ledger put back
    instant_t clock_every_us;   // between two jumps of each process's clock
    instant_t jump_max_us;
    int64_t drift_ppm_max;
    // Robokassa
    unsigned refused, unanswered, late_arrival, declined, silent, wrong;
    unsigned garbled;               // answers that are malformed, or 5xx though it took the charge
    unsigned hasty;                 // payments whose notice overtakes the charge's answer
    unsigned forged;                // notices with a wrong signature beside the right one
    unsigned stubborn;              // notices that are repeated for days
    unsigned hanging;               // payments that Robokassa keeps for a while
    unsigned lagging;               // state answers that are behind the truth
    instant_t maintenance_every_us; // between two windows in which nothing works
    // The platform
    instant_t rewind_every_us;
    unsigned withheld; // ticks that come after their hour was said to be complete
    unsigned lies;     // items that are wrong or contradict earlier ones
} profile_t;

// "swarm" (drawn), "hard" (all faults), "none"; "autopay" (many accounts, many charges), "billing"
// (late and contradicting usage, refunds), "quiet" (a year with few faults), "mixed" (one of the
// others, drawn). False for another name.
bool profile_draw(const char *name, draw_t *draw, profile_t *ret_profile);
