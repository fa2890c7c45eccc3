#include "tests/simulation/faults.h"
#include "tests/simulation/faults_clock.h"
#include "tests/simulation/impostor.h"
#include "tests/simulation/turns.h"
#include "tests/simulation/volumes.h"
#include "services/node/head.h"
#include "tests/common/repack.h"
#include <assert.h>

static void start_again(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (world->unmounted == process) // it ends, and nobody starts it again by himself
        world_reach(world, REACH_FOUND_NONE);
    else if (!process->up)
        faults_start(world, process);
}

static void reach_segments(world_t *world, const process_t *process)
{
    journal_room_t room;
    fail_t fail = journal_room(process->journal, &room);
    assert(!fail);
    if (room.sealed_events)
        world_reach(world, REACH_START_SEALED);
    if (room.leftover)
        world_reach(world, REACH_START_LEFTOVER);
    if (process->loaded)
        world_reach(world, REACH_START_SNAPSHOT);
    if (process->passed)
        world_reach(world, REACH_SNAPSHOT_PASSED);
}

void faults_start(world_t *world, process_t *process)
{
    const char *why;
    if (!process_start(process, world->now, &why)) {
        world_violate(world, "I1", "%s does not start: %s", process_title(process->index), why);
        return;
    }
    node_clock_t clock = process_clock(process, world->now);
    if (node_refuses_clock(process->node, &clock)) { // whoever supervises it tries again
        world_reach(world, REACH_ABSURD_CLOCK);
        process_kill(process, false);
        world_after(world, draw_span(&world->draws[FAULT_absurd], MINUTE_US, 10 * MINUTE_US),
                    start_again, process, 0);
        return;
    }
    process->crept_us = 0;
    if (process->drift_ppm)
        world_reach(world, REACH_DRIFT);
    reach_segments(world, process);
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

instant_t faults_about(draw_t *draw, instant_t mean)
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
    world_after(world, faults_about(draw, world->profile.crash_every_us), crash, process, 0);
    crash_t where = (crash_t)draw_below(draw, CRASH_POINTS);
    bool keep = draw_chance(draw, 500000);
    if (!process->up || process_sleeps(process, world->now) || world->calm)
        return;
    process->crash = where;
    if (where == CRASH_NONE)
        faults_kill(world, process, REACH_CRASH_IDLE, keep);
}

static void crash_now(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (process->up && !process_sleeps(process, world->now) && !world->calm)
        faults_kill(world, process, REACH_CRASH_IDLE, false);
}

void faults_hour_closed(world_t *world)
{
    if (world->profile.crowd_us && world->profile.crash_every_us)
        world_after(world, draw_span(&world->draws[FAULT_crash], 0, 3 * SECOND_US), crash_now,
                    &world->processes[AUTOPAY], 0);
}

static void spoil_disk(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_disk];
    if (world->now >= world->calm_at)
        return;
    world_after(world, faults_about(draw, world->profile.disk_every_us), spoil_disk, process, 0);
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
    if (world->profile.crowd_us && node_is_full(process->node))
        return draw_span(&world->draw_disk, SECOND_US / 5, 3 * SECOND_US); // much takes long
    if (process->slow_until <= world->now)
        return draw_span(&world->draw_disk, 1000, 10000);
    instant_t took = draw_span(&world->draw_disk, 1000, 2 * MINUTE_US);
    if (took > SECOND_US)
        world_reach(world, REACH_SLOW_DISK);
    return took;
}

// --- the disk of the ledger or payment is lost, and what the last backup holds is put back ---

static fail_t keep_row(const journal_row_t *row, void *arg)
{
    backup_row_t *kept = fold_add(arg, sizeof *kept);
    assert(row->bytes.size <= sizeof kept->bytes);
    kept->owner = row->owner;
    kept->kind = row->kind;
    kept->size = row->bytes.size;
    memcpy(kept->bytes, row->bytes.data, kept->size);
    return FAIL_NONE;
}

static void back_up(const process_t *process, backup_t *backup)
{
    static const uid_t16 first;
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    fail_t fail = journal_open_memory(process->disk, &journal);
    fail = fail ? fail
                : journal_head(journal, backup->head, sizeof backup->head, &backup->head_size,
                               &backup->last);
    fail = fail ? fail : journal_reader_open(journal, &reader);
    backup->rows.count = 0;
    fail = fail ? fail : journal_rows(reader, &first, SIZE_MAX, keep_row, &backup->rows);
    assert(!fail);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}

typedef struct {
    journal_t *into;
    const backup_t *backup;
    uint64_t term, last;
    head_t head;
} restoring_t;

// The events of a record up to the backup's last: a record of a segment that was sealed since may
// reach beyond it.
static fail_t copy_record(const journal_record_t *record, void *arg)
{
    static uint8_t head[JOURNAL_HEAD_MAX];
    restoring_t *self = arg;
    record_walk_t walk;
    if (self->last == self->backup->last || !record_walk_from(record, self->last + 1, &walk))
        return FAIL_MISSING;
    fail_t fail = repack_append(self->into, self->term, &walk, self->backup->last, head,
                                head_encode(&self->head, head, sizeof head));
    self->last = journal_last(self->into);
    return fail;
}

static void put_rows(const restoring_t *self)
{
    const backup_row_t *kept = self->backup->rows.rows;
    static uint8_t head[JOURNAL_HEAD_MAX];
    size_t size = head_encode(&self->head, head, sizeof head);
    for (size_t i = 0; i < self->backup->rows.count; i++) {
        journal_row_t row = {kept[i].owner, kept[i].kind, {kept[i].bytes, kept[i].size}};
        fail_t fail =
            journal_append_rows(self->into, self->last, self->term, NULL, 0, head, size, &row, 1);
        assert(!fail);
    }
}

// With `renamed` as a restore has to do it: the history has another name from then on. Without, the
// hashes of its events alone tell it from the one that was lost.
static void put_back(const backup_t *backup, process_t *process, instant_t now, bool renamed)
{
    static restoring_t restoring;
    journal_memory_t *disk = NULL;
    journal_t *from = NULL;
    journal_reader_t *reader = NULL;
    restoring = (restoring_t){.backup = backup};
    fail_t fail = head_decode(backup->head, backup->head_size, &restoring.head);
    process->epoch_least = renamed ? restoring.head.epoch + ++process->restores : 0;
    if (process->index == PAYMENT) // as `kopeck restore` names it
        process->epoch_least = (uint64_t)(now / SECOND_US) + 1;
    fail = fail ? fail : journal_open_memory(process->disk, &from);
    fail = fail ? fail : journal_reader_open(from, &reader);
    fail = fail ? fail : process_new_disk(&disk);
    fail = fail ? fail : journal_open_memory(disk, &restoring.into);
    while (!fail && restoring.term < restoring.head.term) // the next one is above all before
        fail = journal_lead(restoring.into, &restoring.term);
    assert(!fail);
    (void)journal_read(reader, 1, SIZE_MAX, copy_record, &restoring);
    assert(restoring.last == backup->last);
    put_rows(&restoring);
    journal_memory_settle(disk);
    journal_reader_destroy(&reader);
    journal_destroy(&from);
    journal_destroy(&restoring.into);
    journal_memory_destroy(&process->disk);
    process->disk = disk;
    process->jump_seen = false; // that it was doubted went with the journal that knew it
}

// How far a process was in that stream when it was backed up; 0 if it had never heard of it.
static uint64_t heard_by(const backup_t *backup, stream_t stream)
{
    static head_t head;
    fail_t fail = head_decode(backup->head, backup->head_size, &head);
    assert(!fail);
    const cursor_t *cursor = head_cursor(&head, stream);
    return cursor ? cursor->sequence : 0;
}

static void restore(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_restore];
    if (world->now >= world->calm_at)
        return;
    world_after(world, faults_about(draw, world->profile.restore_every_us / 2), restore, process,
                0);
    bool renamed = draw_chance(draw, 500000);
    instant_t lasts = draw_span(draw, MINUTE_US, 4 * HOUR_US);
    if (world->calm)
        return;
    if (world->backup.last && process->up && !process->boots && !process->busy &&
        !process_sleeps(process, world->now)) {
        faults_kill(world, process, REACH_RESTORED, false);
        put_back(&world->backup, process, world->now, renamed);
        if (!renamed) // and the network goes with it
            world->cut_until[LEDGER][AUTOPAY] = world->now + lasts;
        world->restored_at = world->now;
        if (world->backup.last < world->restored_last)
            world->restored_last = world->backup.last;
        operators_restored(world, LEDGER);
        fold_forget_ledger(world);
        customers_posted_again(world);
        fold_catch_up(world, process);
        customers_posted_lost(world);
        if (!heard_by(&world->backup, STREAM_PAYMENT)) // it takes whichever there is
            world->fold.follows[LEDGER] = world->fold.payment.epoch;
        world->backup.last = 0;
    } else if (!process->busy) {
        back_up(process, &world->backup);
    }
}

// Nobody restores it again before the followers of the last time go by what was put back.
static bool may_put_back(const world_t *world)
{
    const process_t *payment = &world->processes[PAYMENT];
    const fold_t *fold = &world->fold;
    return world->payment_backup.last && !world->unmounted && payment->up && !payment->boots &&
           !payment->busy && fold->follows[LEDGER] == fold->payment.epoch &&
           fold->follows[AUTOPAY] == fold->payment.epoch;
}

static void put_back_payment(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_put_back];
    backup_t *backup = &world->payment_backup;
    if (world->now >= world->calm_at)
        return;
    world_after(world, faults_about(draw, world->profile.put_back_every_us / 2), put_back_payment,
                process, 0);
    if (world->calm || process->busy)
        return;
    if (!backup->last) {
        back_up(process, backup);
        if (backup->last == world->fold.seen[PAYMENT])
            fold_back_up_payment(&world->fold);
        else
            backup->last = 0; // not settled yet
    } else if (may_put_back(world)) {
        faults_kill(world, process, REACH_PUT_BACK, false);
        put_back(backup, process, world->now, true);
        world->put_back_at = world->now;
        operators_restored(world, PAYMENT);
        fold_put_back_payment(world, process->epoch_least, heard_by(backup, STREAM_LEDGER));
        fold_catch_up(world, process);
        backup->last = 0;
    }
}

// --- wires ---

// The outside comes last, behind the processes that are there.
static unsigned draw_place(const world_t *world, draw_t *draw)
{
    unsigned place = (unsigned)draw_below(draw, world->count + 1);
    return place == world->count ? OUTSIDE : place;
}

static void cut(world_t *world, const step_t *step)
{
    (void)step;
    draw_t *draw = &world->draws[FAULT_cut];
    if (world->now >= world->calm_at)
        return;
    unsigned from = draw_place(world, draw), to = draw_place(world, draw);
    instant_t lasts = draw_span(draw, SECOND_US, 4 * HOUR_US);
    if (!world->calm)
        world->cut_until[from][to] = world->now + lasts;
    world_after(world, faults_about(draw, world->profile.cut_every_us), cut, NULL, 0);
}

void faults_every(world_t *world, fault_t fault, instant_t every_us, step_fn *run, void *arg)
{
    if (every_us)
        world_after(world, faults_about(&world->draws[fault], every_us), run, arg, 0);
}

void faults_begin(world_t *world)
{
    const profile_t *profile = &world->profile;
    for (unsigned i = 0; i < world->count; i++) {
        process_t *process = &world->processes[i];
        process->drift_ppm =
            draw_span(&world->draws[FAULT_drift], -profile->drift_ppm_max, profile->drift_ppm_max);
        faults_every(world, FAULT_crash, profile->crash_every_us, crash, process);
        faults_every(world, FAULT_disk, profile->disk_every_us, spoil_disk, process);
        faults_clock_begin(world, process);
    }
    faults_every(world, FAULT_restore, profile->restore_every_us / 2, restore,
                 &world->processes[LEDGER]);
    faults_every(world, FAULT_put_back, profile->put_back_every_us / 2, put_back_payment,
                 &world->processes[PAYMENT]);
    faults_every(world, FAULT_cut, profile->cut_every_us, cut, NULL);
    volumes_begin(world);
    impostor_begin(world);
    // What autopay then sees to the end is what a start fetches, page by page.
    if (profile->crowd_us && profile->crash_every_us)
        world_after(world, world->calm_at - HOUR_US - world->now, crash_now,
                    &world->processes[AUTOPAY], 0);
}

void faults_end(world_t *world)
{
    world->calm = true;
    world->calm_since = world->now;
    impostor_end(world);
    world_trace(world, "calm");
    volumes_mount(world);
    for (unsigned i = 0; i < world->count; i++) {
        process_t *process = &world->processes[i];
        process->offset_us = process->crept_us = process->drift_ppm = 0;
        process->full_until = process->soft_until = process->slow_until = 0;
        process->crash = CRASH_NONE;
        journal_memory_fail(process->disk, 0, FAIL_NONE, false);
        if (!process->up)
            faults_start(world, process);
    }
    customers_confirm_clocks(world);
}
