#include "tests/simulation/faults.h"
#include "tests/simulation/turns.h"
#include "services/common/head.h"
#include <assert.h>

static void start_again(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (!process->up)
        faults_start(world, process);
}

void faults_start(world_t *world, process_t *process)
{
    const char *why;
    if (!process_start(process, world->now, &why)) {
        world_violate(world, "I1", "%s does not start: %s", process_title(process->index), why);
        return;
    }
    if (process->drift_ppm)
        world_reach(world, REACH_DRIFT);
    world->active_at = world->now;
    world_trace(world, "%s started", process_title(process->index));
    fold_catch_up(world, process);
    turns_wake(world, process);
}

void faults_kill(world_t *world, process_t *process, reach_t how, bool keep_unsettled)
{
    draw_t *draw = &world->draws[FAULT_down];
    world_trace(world, "%s: %s", process_title(process->index), reach_names[how]);
    world_reach(world, how);
    process_kill(process, keep_unsettled);
    if (keep_unsettled)
        fold_catch_up(world, process); // it became durable now, not when somebody reads it
    bool soon = world->calm || draw_chance(draw, 700000);
    instant_t most = soon ? 5 * SECOND_US : world->profile.down_max_us + SECOND_US;
    world_after(world, draw_span(draw, SECOND_US / 10, most), start_again, process, 0);
}

static instant_t about(draw_t *draw, instant_t mean)
{
    return 1 + (instant_t)draw_below(draw, 2 * (uint64_t)mean);
}

// Every fault is drawn whether its hour has come or not: what comes later stays the same then.

// Dies at once, or at the next append, wherever in it was drawn.
static void crash(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_crash];
    if (world->now >= world->calm_at)
        return;
    world_after(world, about(draw, world->profile.crash_every_us), crash, process, 0);
    crash_t where = (crash_t)draw_below(draw, CRASH_POINTS);
    bool keep = draw_chance(draw, 500000);
    if (!process->up || world->calm)
        return;
    process->crash = where;
    if (where == CRASH_NONE)
        faults_kill(world, process, REACH_CRASH_IDLE, keep);
}

static void spoil_disk(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_disk];
    if (world->now >= world->calm_at)
        return;
    world_after(world, about(draw, world->profile.disk_every_us), spoil_disk, process, 0);
    instant_t until = world->now + draw_span(draw, MINUTE_US, 2 * HOUR_US);
    uint64_t nth = 1 + draw_below(draw, 3), what = draw_below(draw, 5);
    if (world->calm)
        return;
    switch (what) {
    case 0:
        journal_memory_fail(process->disk, nth, FAIL_STORE, false);
        world_reach(world, REACH_APPEND_FAILED);
        break;
    case 1:
        journal_memory_fail(process->disk, nth, FAIL_STORE, true);
        world_reach(world, REACH_APPEND_FAILED_DURABLE);
        break;
    case 2:
        process->full_until = until;
        break;
    case 3:
        process->soft_until = until;
        world_reach(world, REACH_NEARLY_FULL);
        break;
    case 4:
        process->slow_until = until;
        break;
    }
}

void faults_before_append(world_t *world, process_t *process)
{
    if (process->full_until > world->now)
        journal_memory_fail(process->disk, 1, FAIL_FULL, false);
}

// The shell ends the process; without room for the boot event it serves reads until it is killed.
void faults_append_failed(world_t *world, process_t *process, fail_t fail)
{
    bool boot = fail == FAIL_FULL && process->boots;
    if (fail == FAIL_FULL)
        world_reach(world, boot ? REACH_BOOT_WITHOUT_ROOM : REACH_DISK_FULL);
    if (boot) {
        const char *why;
        if (!process_return(process, &why)) {
            world_violate(world, "I1", "%s does not return: %s", process_title(process->index),
                          why);
            return;
        }
        process->soft_until = process->full_until;
        turns_wake(world, process);
        return;
    }
    faults_kill(world, process, REACH_CRASH_IDLE, draw_chance(&world->draws[FAULT_disk], 500000));
}

instant_t faults_append_takes(world_t *world, process_t *process)
{
    if (process->slow_until <= world->now)
        return draw_span(&world->draw_disk, 1000, 10000);
    instant_t took = draw_span(&world->draw_disk, 1000, 2 * MINUTE_US);
    if (took > SECOND_US)
        world_reach(world, REACH_SLOW_DISK);
    return took;
}

// --- clocks ---

#define JUMP_SURE_US (2 * MINUTE_US) // is noticed, however the clock drifts
enum { LEAP = 360 }; // so much further goes one jump of eight: two hours are a month

static void repair_clock(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    (void)world;
    process->offset_us = 0;
}

static void spoil_clock(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_clock];
    if (world->now >= world->calm_at)
        return;
    instant_t jump = draw_span(draw, -world->profile.jump_max_us, world->profile.jump_max_us);
    instant_t wrong_for = draw_span(draw, MINUTE_US, 3 * HOUR_US);
    world_after(world, about(draw, world->profile.clock_every_us), spoil_clock, process, 0);
    if (wrong_for % 8 == 0)
        jump *= LEAP;
    if (process->confirming || world->calm)
        return;
    instant_t by = jump - process->offset_us;
    if (by > JUMP_SURE_US || by < -JUMP_SURE_US)
        process->jumped_at = world->now;
    process->offset_us = jump;
    world_trace(world, "%s: clock jumps by %lld s", process_title(process->index),
                (long long)(jump / SECOND_US));
    world_reach(world, jump < 0 ? REACH_CLOCK_BACK : REACH_CLOCK_AHEAD);
    world_after(world, wrong_for, repair_clock, process, 0);
}

// --- the ledger's disk is lost, and what the last backup holds is put back ---

static void back_up(world_t *world)
{
    backup_t *backup = &world->backup;
    journal_t *journal = NULL;
    fail_t fail = journal_open_memory(world->processes[LEDGER].disk, &journal);
    fail = fail ? fail
                : journal_head(journal, backup->head, sizeof backup->head, &backup->head_size,
                               &backup->last);
    assert(!fail);
    journal_destroy(&journal);
}

typedef struct {
    journal_t *into;
    const backup_t *backup;
    uint64_t term, last;
    head_t head;
} restoring_t;

static fail_t copy_record(const journal_record_t *record, void *arg)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    restoring_t *self = arg;
    if (record->first > self->backup->last)
        return FAIL_MISSING;
    fail_t fail = journal_append(self->into, self->last, self->term, record, 1, bytes,
                                 head_encode(&self->head, bytes, sizeof bytes));
    self->last += record->count;
    return fail;
}

// With `renamed` as a restore has to do it: the history has another name from then on. Without, the
// hashes of its events alone tell it from the one that was lost.
static void put_back(world_t *world, process_t *process, bool renamed)
{
    static restoring_t restoring;
    journal_memory_t *disk = NULL;
    journal_t *from = NULL;
    journal_reader_t *reader = NULL;
    restoring = (restoring_t){.backup = &world->backup};
    fail_t fail = head_decode(world->backup.head, world->backup.head_size, &restoring.head);
    process->epoch_least = renamed ? restoring.head.epoch + ++process->restores : 0;
    fail = fail ? fail : journal_open_memory(process->disk, &from);
    fail = fail ? fail : journal_reader_open(from, &reader);
    fail = fail ? fail : process_new_disk(&disk);
    fail = fail ? fail : journal_open_memory(disk, &restoring.into);
    while (!fail && restoring.term < restoring.head.term) // the next one is above all before
        fail = journal_lead(restoring.into, &restoring.term);
    assert(!fail);
    (void)journal_read(reader, 1, SIZE_MAX, copy_record, &restoring);
    assert(restoring.last == world->backup.last);
    journal_memory_settle(disk);
    journal_reader_destroy(&reader);
    journal_destroy(&from);
    journal_destroy(&restoring.into);
    journal_memory_destroy(&process->disk);
    process->disk = disk;
}

static void restore(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_restore];
    if (world->now >= world->calm_at)
        return;
    world_after(world, about(draw, world->profile.restore_every_us / 2), restore, process, 0);
    bool renamed = draw_chance(draw, 500000);
    instant_t lasts = draw_span(draw, MINUTE_US, 4 * HOUR_US);
    if (world->calm)
        return;
    if (world->backup.last && process->up && !process->boots && !process->busy) {
        faults_kill(world, process, REACH_RESTORED, false);
        put_back(world, process, renamed);
        if (!renamed) // and the network goes with it
            world->cut_until[LEDGER][AUTOPAY] = world->now + lasts;
        world->restored_at = world->now;
        fold_forget_ledger(world);
        customers_posted_again(world);
        fold_catch_up(world, process);
        customers_posted_lost(world);
        world->backup.last = 0;
    } else if (!process->busy) {
        back_up(world);
    }
}

// --- wires ---

static void cut(world_t *world, const step_t *step)
{
    (void)step;
    draw_t *draw = &world->draws[FAULT_cut];
    if (world->now >= world->calm_at)
        return;
    unsigned from = (unsigned)draw_below(draw, PLACES), to = (unsigned)draw_below(draw, PLACES);
    instant_t lasts = draw_span(draw, SECOND_US, 4 * HOUR_US);
    if (!world->calm)
        world->cut_until[from][to] = world->now + lasts;
    world_after(world, about(draw, world->profile.cut_every_us), cut, NULL, 0);
}

static void begin(world_t *world, fault_t fault, instant_t every_us, step_fn *run, void *arg)
{
    if (every_us)
        world_after(world, about(&world->draws[fault], every_us), run, arg, 0);
}

void faults_begin(world_t *world)
{
    const profile_t *profile = &world->profile;
    for (unsigned i = 0; i < PROCESSES; i++) {
        process_t *process = &world->processes[i];
        process->drift_ppm =
            draw_span(&world->draws[FAULT_drift], -profile->drift_ppm_max, profile->drift_ppm_max);
        begin(world, FAULT_crash, profile->crash_every_us, crash, process);
        begin(world, FAULT_disk, profile->disk_every_us, spoil_disk, process);
        begin(world, FAULT_clock, profile->clock_every_us, spoil_clock, process);
    }
    begin(world, FAULT_restore, profile->restore_every_us / 2, restore, &world->processes[LEDGER]);
    begin(world, FAULT_cut, profile->cut_every_us, cut, NULL);
}

void faults_end(world_t *world)
{
    world->calm = true;
    world_trace(world, "calm");
    for (unsigned i = 0; i < PROCESSES; i++) {
        process_t *process = &world->processes[i];
        process->offset_us = process->drift_ppm = 0;
        process->full_until = process->soft_until = process->slow_until = 0;
        process->crash = CRASH_NONE;
        journal_memory_fail(process->disk, 0, FAIL_NONE, false);
        if (!process->up)
            faults_start(world, process);
    }
    customers_confirm_clocks(world);
}
