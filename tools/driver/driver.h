#pragma once
// driver - the one owner of the driven clock, across processes: it moves time to the next instant
// at which anybody wants to act, and only when nobody has anything left to do. So months run in
// minutes and no deadline passes early.
//
// Settled means: every process says that it is idle, every follower is at its producer's head, the
// stand-in of Robokassa is idle, and the same picture was seen twice. A process that does not
// answer unsettles everything until it does; one that was started again and is behind is told the
// time. Units: instants in microseconds of the driven clock, milliseconds of real time. Ownership:
// clients are handed over. Failures: FAIL_TIMEOUT when it does not come to rest (driver_trouble
// says who), FAIL_CLOCK for a clock set back. Threads: one. Source: proto/PROTOCOL.md §18.
#include "services/process/client.h"
#include "tools/driver/driver_sim.h"

enum { DRIVER_PROCESSES_MAX = STREAM_OURS_END, DRIVER_TROUBLE_MAX = 512 };

typedef struct {
    struct {
        const char *name; // borrowed
        client_t *client; // of its command door, role operator
    } processes[DRIVER_PROCESSES_MAX];
    size_t count;
    const char *sim_url;     // of the stand-in, NULL for none
    instant_t grid_us;       // wake-ups are met at the next multiple of it; 0: where they are
    void (*tend)(void *arg); // called while waiting, every millisecond or so; may be NULL
    void *tend_arg;
} driver_options_t;

typedef struct {
    uint64_t settles, moves, rounds, unanswered;
} driver_counters_t;

typedef struct driver driver_t;

driver_t *driver_new(const driver_options_t *options);
void driver_destroy(driver_t **self_p);

// Waits until nothing is left to do at the present instant.
fail_t driver_settle(driver_t *self, int timeout_ms);
// Goes to `to` by way of every wake-up before it, settling at each; the time-out is for each.
fail_t driver_advance(driver_t *self, instant_t to, int timeout_ms);
// Tells everybody the time again: a process that was started anew does not know it.
void driver_tell(driver_t *self);
// The head of a producer outside of the processes: its followers must reach it to be settled.
void driver_expect(driver_t *self, stream_t producer, uint64_t last);

instant_t driver_now(const driver_t *self);
driver_sim_t *driver_stand_in(driver_t *self);    // NULL for none
const char *driver_trouble(const driver_t *self); // what kept it from settling
driver_counters_t driver_counters(const driver_t *self);
