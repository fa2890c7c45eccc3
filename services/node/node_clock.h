#pragma once
// node_clock - the clocks that the shell reads for a node, and how far they are trusted.
//
// A clock_trust_t is a value. It reads no clock, records nothing and waits for nobody: it is told
// of readings, of events and of what others say the time is, and says what that means and what must
// be recorded. The node records it.
//
// The wall clock is held against the time since the machine was started, its sleeps included, which
// nobody sets. A reading is doubted if it is more than a minute off what that makes of the one
// before; so is the first one of a process, since the last commit says what both clocks were then,
// if the machine was not started anew meanwhile. From that batch on nothing is judged, also after a
// restart, until the clock is confirmed by an operator or borne out by others.
// Example: the last batch was at 12:00:00, ten seconds have gone by, the clock says 15:00:10. That
// is three hours ahead. The doubt is recorded, and stamps go on from 12:00:10.
//
// A machine that was started anew knows nothing of how long that took, and its clock may be off by
// a time zone until it is set: whatever it says is doubted until somebody bears it out. Only a
// journal without clocks in its head (none was stored before) is believed to have rested up to a
// day.
//
// Smaller jumps add up, so a clock cannot creep away: it is doubted too when it is more than a
// minute off what it was when it was trusted first in this boot, or confirmed. Example: twelve
// steps of 50 seconds. After the second the clock is 100 seconds ahead, and doubted. A jump that is
// put right again leaves a sum of nothing, and what an honest clock may drift in the time that went
// by (NODE_CLOCK_DRIFT_PPM) is taken off the sum: 43 seconds a day.
//
// - Ahead: stamps go on without the leap. They never go back, so by wrong ones all usage of today
//   would be too late for good. From a day on feeds wait too: what is that far in the future would
//   be refused for good.
// - Behind: stamps stand still until the clock has caught up with them, and feeds wait until it is
//   confirmed.
// A leap that is put right again leaves nothing but the doubt.
//
// What bears a clock out is another's that agrees with it to the minute. An answer that was just
// made shows both that ours is not ahead and that it is not behind. What may have been under way
// for hours (a producer's `through`) shows only that ours is not ahead. Example: a machine was
// frozen for two hours and its clock then set right. By the time since its start it leapt; the
// platform's next batch says the same time as it, and the doubt is over.
//
// Units: microseconds. Below it: events, the head's clocks. Failures: none. Threads: one.
#include "proto/event.h"
#include "services/base/walk.h"
#include "services/node/head.h"

// NTP sets no clock right faster than by 500 millionths of the time, and crystals are ten times
// better than that. A clock that is stepped by less, on the average, is taken for an honest one.
enum { NODE_CLOCK_DRIFT_PPM = 500 };

// A clock that says less than the year before this was written (2025), or more than NTP's seconds
// can count (its era 0, RFC 5905, ends on 2036-02-07), was set by nobody.
#define NODE_CLOCK_LEAST (INT64_C(1735689600) * SECOND_US)
#define NODE_CLOCK_MOST (INT64_C(2085978496) * SECOND_US)
#define NODE_CLOCK_JUMP_US (60 * SECOND_US) // from here on a clock is off

// What the shell read at the beginning of a batch.
typedef struct {
    instant_t now;       // the clock that business goes by: wall, or driven
    instant_t wall;      // real time, for the ids of commands
    instant_t monotonic; // since the machine was started, sleeps included: heartbeats, time-outs
    int64_t slept_us;    // of that, the machine slept
    uid_t16 boot;        // names that start of the machine; zero if it has no name
} node_clock_t;

typedef struct {
    bool driven;               // it moves by clock.set alone
    bool doubted, was_behind;  // recorded, since it was believed
    int64_t recorded_ahead_us; // recorded, since it was believed
    head_clock_t before;       // of the last commit before this process
    bool has_read;             // `reading` is of this boot; before, the last stamp is all we know
    node_clock_t reading;      // the last one
    int64_t crept_us;          // ahead of the monotonic clock by jumps that were believed
    int64_t spare_us;          // of monotonic time, too short yet to allow a microsecond of drift
    event_node_clock_doubted_t unrecorded; // `expected` is 0 if there is none, or it was recorded
    bool recorded;                         // but only in the batch that is open
    bool borne_out;         // in this process and since the last doubt: others may be told the time
    int64_t heard_ahead_us; // that time, ahead of the monotonic one; not by our clock, see below
    bool gap;               // the last reading found time in which the machine did not run
    int64_t slept_us;       // the last sleep, until node_clock_awake
    instant_t woken_at;     // monotonic; when it was found
} clock_trust_t;

// The head of the journal that a process starts with. Before the first reading.
void node_clock_restore(clock_trust_t *self, const head_clock_t *before);
// What a commit of now stores in the head.
head_clock_t node_clock_stored(const clock_trust_t *self);
// A reading at the beginning of a batch. `stamp` is the last one of the journal, 0 if there is
// none. `starts` says that the journal holds events and that this process has recorded none yet.
void node_clock_judge(clock_trust_t *self, const node_clock_t *reading, instant_t stamp,
                      bool starts);
// What must be recorded as soon as there is room, before anything is decided, so that a process
// that is started again goes on doubting; NULL if nothing is. Then node_clock_recorded.
const event_node_clock_doubted_t *node_clock_to_record(const clock_trust_t *self);
void node_clock_recorded(clock_trust_t *self);
// An event of the own journal, live and in replay.
void node_clock_note(clock_trust_t *self, const event_t *event);
// What events made of it.
void node_clock_walk(clock_trust_t *self, walk_t *walk);
// The clock was told the time by clock.set.
void node_clock_set(clock_trust_t *self);
// That it was confirmed or borne out was just recorded: it is `said` now.
void node_clock_believe(clock_trust_t *self, instant_t said);
// What its sleep left undone is done.
void node_clock_awake(clock_trust_t *self);
// Goes on with what another trust of the same process read and has not recorded.
void node_clock_resume(clock_trust_t *self, const clock_trust_t *before);

// Another's clock says `said`; `fresh` if it said so seconds ago at most. True if that ends a
// doubt: then it is to be recorded (node.clock_borne_out).
bool node_clock_hear(clock_trust_t *self, instant_t said, bool fresh);
// Nobody has borne it out since this process began, or since it was doubted.
bool node_clock_wants_word(const clock_trust_t *self);
// By how much the time is ahead of the monotonic clock, for who is to be told it at any moment;
// false while nobody bears our clock out. It is what was heard, not what our clock says: that may
// be the asker's clock too, and two on one machine would bear each other out while it creeps away.
bool node_clock_vouches(const clock_trust_t *self, int64_t *ret_ahead_us);

bool node_clock_is_absurd(instant_t now);
bool node_clock_is_doubted(const clock_trust_t *self);
// Feeds wait: the clock was set back or leapt by a day, or stamps are a day ahead of it, or a
// driven one was not set since the start. It may be later than this process knows, and usage of now
// would be refused as from the future, for good, or as too late.
bool node_clock_is_late(const clock_trust_t *self, instant_t stamp);
// By how much stamps are ahead of the clock, so that they stand still. Nothing is judged by a day
// that has not begun.
int64_t node_clock_stands_us(const clock_trust_t *self, instant_t stamp);
// How far the clock is off, ahead or behind (below zero).
int64_t node_clock_off_us(const clock_trust_t *self);
// The part of a reading that is not believed; what a reading comes to without it; and the stamp of
// a batch by the last reading, never below `stamp`.
int64_t node_clock_ahead_us(const clock_trust_t *self);
instant_t node_clock_now(const clock_trust_t *self, const node_clock_t *reading, instant_t stamp);
instant_t node_clock_stamp(const clock_trust_t *self, instant_t stamp);
