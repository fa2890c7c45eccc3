#pragma once
// profile - what a run is about and how hard its faults are, drawn before its first step (swarm
// testing: no seed has all of them, so that none hides another). The table names each fault once:
// for the options that switch faults off, for the shrinking that tries it, and for the streams they
// are drawn from.
//
// Units: so many in a million; microseconds. 0 of an interval is never.
#include "tests/simulation/draw.h"

// NOBODY: an account that no customer has.
enum { ACCOUNTS_MAX = 2400, NOBODY = ACCOUNTS_MAX, SLOTS_MAX = 4608 };

// FAULT(name, type, field, "what goes wrong"): at its value of the profile "none" it never does.
#define PROFILE_FAULTS(FAULT)                                                                      \
    /* Wires */                                                                                    \
    FAULT(loss, unsigned, loss, "messages are lost")                                               \
    FAULT(doubled, unsigned, doubled, "messages come twice")                                       \
    FAULT(late, unsigned, late, "messages take up to an hour")                                     \
    FAULT(jitter, instant_t, jitter_us, "messages take seconds, and overtake each other")          \
    FAULT(cut, instant_t, cut_every_us, "wires are cut one way")                                   \
    /* Processes, disks and clocks */                                                              \
    FAULT(crash, instant_t, crash_every_us, "processes are killed")                                \
    FAULT(down, instant_t, down_max_us, "what was killed stays down for hours")                    \
    FAULT(disk, instant_t, disk_every_us, "disks fail, fill and crawl")                            \
    FAULT(restore, instant_t, restore_every_us, "backups of the ledger are put back")              \
    FAULT(clock, instant_t, clock_every_us, "clocks jump")                                         \
    FAULT(drift, int64_t, drift_ppm_max, "clocks drift")                                           \
    /* Robokassa */                                                                                \
    FAULT(refused, unsigned, refused, "Robokassa refuses, or cannot be reached")                   \
    FAULT(unanswered, unsigned, unanswered, "Robokassa does not answer")                           \
    FAULT(late_arrival, unsigned, late_arrival, "a charge arrives after its answer was given up")  \
    FAULT(declined, unsigned, declined, "Robokassa declines a charge later")                       \
    FAULT(silent, unsigned, silent, "Robokassa sends no notice")                                   \
    FAULT(wrong, unsigned, wrong, "another amount is paid")                                        \
    FAULT(garbled, unsigned, garbled, "answers are malformed, or 5xx though the charge was taken") \
    FAULT(hasty, unsigned, hasty, "a notice overtakes its charge's answer")                        \
    FAULT(forged, unsigned, forged, "notices with a wrong signature come beside the right one")    \
    FAULT(stubborn, unsigned, stubborn, "notices are repeated for days")                           \
    FAULT(hanging, unsigned, hanging, "Robokassa keeps a payment for a while")                     \
    FAULT(lagging, unsigned, lagging, "state answers are behind the truth")                        \
    FAULT(maintenance, instant_t, maintenance_every_us, "nothing of Robokassa works for hours")    \
    /* The platform */                                                                             \
    FAULT(rewind, instant_t, rewind_every_us, "the platform is restored from a copy")              \
    FAULT(withheld, unsigned, withheld, "ticks come after their hour was said to be complete")     \
    FAULT(lies, unsigned, lies, "items are wrong or contradict earlier ones")                      \
    /* Processes again: a later fault comes last, so that the streams of the others stay */        \
    FAULT(creep, instant_t, creep_every_us, "clocks creep by steps too small to see")              \
    FAULT(late_stops, unsigned, late_stops,                                                        \
          "stops and deletions are told after hours were billed")                                  \
    FAULT(unmounted, instant_t, unmounted_every_us, "volumes of journals are not mounted")         \
    FAULT(equals, unsigned, equals, "several words about one instant are told in any order")       \
    FAULT(copied, instant_t, copied_every_us, "a second process answers at one's doors")           \
    FAULT(absurd, unsigned, absurd, "a machine's first clock was set by nobody")                   \
    FAULT(local_time, instant_t, local_time_every_us,                                              \
          "machines are started anew, by a wrong clock")                                           \
    FAULT(sleep, instant_t, sleep_every_us, "machines sleep, or are frozen, for hours")            \
    FAULT(put_back, instant_t, put_back_every_us, "backups of payment are put back")               \
    FAULT(mute, instant_t, mute_every_us,                                                          \
          "the platform is not heard for hours, and another producer is")                          \
    FAULT(too_late, unsigned, too_late, "runs are told of days after they were over")

typedef enum {
#define FAULT(name, type, field, text) FAULT_##name,
    PROFILE_FAULTS(FAULT)
#undef FAULT
        FAULTS
} fault_t;

typedef struct {
    unsigned days; // unless the caller wants another number
    // Who is there
    unsigned accounts, slots;  // customers; resources that live at a time
    bool steady;               // each resource runs all the time, told of by lifecycle events
    bool stops;                // the platform stops what an exhausted account runs
    instant_t push_every_us;   // of the platform
    instant_t act_every_us;    // mean between two looks of a customer
    unsigned allows;           // top-ups that allow autopay
    unsigned limited;          // of those, the ones with a low limit
    unsigned hurries;          // decisions that are met by a payer who pays his open form
    unsigned revokes;          // decisions that are met by a revocation
    unsigned lowers;           // decisions that are met by a limit of what is paid already
    bool rush;                 // shortly before the month's edge all accounts run low
    instant_t refund_every_us; // of an operator who gives payments back; 0 for never
    unsigned returns;          // looks of an operator who gives an hour back
    unsigned ticked;           // resources told of by ticks, the others by lifecycle events
    bool two;                  // one operator may do little alone
    bool transfers;            // companies pay by transfer: documents is there
    bool payouts;              // Robokassa pays out by transfer, less what it keeps
    bool seconds;              // payers pay a top-up once more, another sum
    bool quarters;             // a quarter ends among the first days, and there are acts
    bool promo;                // there are promo codes
    bool apart;                // some bonuses are for one service, or begin later
    bool receipts;             // receipts are followed, and said with VAT
    bool closes;               // operators close accounts, and lend to some
    bool notices;              // notify is there, with a ladder that is climbed within days
    bool announces;            // prices rise, and bonuses end, both of which is said before
    unsigned counted;          // files and tokens are, and so many are told late; 0: there are none
    instant_t crowd_us;   // all slots run together for so long, then all are gone; 0: each its way
    size_t batch_records; // that fill a batch; 0 for as many as in what ships
#define FAULT(name, type, field, text) type field;
    PROFILE_FAULTS(FAULT)
#undef FAULT
    instant_t jump_max_us; // of a clock
} profile_t;

typedef uint64_t faults_t; // a set of them: bit `fault`
#define FAULTS_ALL ((faults_t)((UINT64_C(1) << FAULTS) - 1))
_Static_assert(FAULTS < 64, "a set of faults is 64 bits");

extern const char *const profile_fault_names[FAULTS];
extern const char *const profile_fault_texts[FAULTS];

// "swarm" (drawn), "hard" (all faults), "none"; "autopay" (many accounts, many charges), "billing"
// (late and contradicting usage, refunds), "quiet" (a year with few faults), "crowd" (thousands of
// accounts and meters), "restored" (payment's disk is lost every other day), "persons" (one
// operator may do little alone), "transfers" (documents is there, and companies pay by transfer),
// "acts" (companies at two ends of quarters), "restarts" (charges under way when payment ends),
// "promo" (promo codes), "settlement" (transfers, and Robokassa pays out), "closings" (accounts are
// closed, and lent to), "notices" (notify is there), "counted" (files and tokens), "receipts"
// (fiscal receipts), "apart" (bonuses for one service, or that begin later), "silences" (the
// platform is not heard for hours while another goes on), "mixed" (by seed: one of the first three,
// now and then a crowd). False for another name.
bool profile_draw(const char *name, uint64_t seed, draw_t *draw, profile_t *ret_profile);
// Switches those faults off; whatever else was drawn stays as it is.
void profile_without(profile_t *self, faults_t off);
// A list of names with commas between, or "all"; false if one is no fault's.
bool profile_read_faults(const char *text, faults_t *ret_faults);
