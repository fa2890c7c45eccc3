#include "tests/simulation/turns.h"
#include "tests/simulation/bounds.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/impostor.h"
#include "tests/simulation/lights.h"
#include "tests/simulation/wires.h"

static void turn(world_t *world, const step_t *step);
static void commit(world_t *world, process_t *process, const node_batch_t *batch);
static void finish(world_t *world, process_t *process);

// The next turn of a process, unless an earlier one is wanted already.
#define SOON_US 1000
#define PATIENCE_US SECOND_US // what cannot be judged yet is not tried oftener

void turns_want(world_t *world, process_t *process, instant_t at, bool quiet)
{
    if (process_sleeps(process, at))
        at = process->woken_at;
    if (process->turn_at <= at && process->turn_at >= world->now)
        return;
    process->turn_at = at;
    schedule_add(&world->schedule, &(step_t){.at = at,
                                             .run = turn,
                                             .arg = process,
                                             .number = ++process->turn,
                                             .other = process->life,
                                             .quiet = quiet});
}

bool turns_are(const step_t *step)
{
    return step->run == turn;
}

void turns_wake(world_t *world, process_t *process)
{
    process->turn_at = INT64_MIN;
    turns_want(world, process, world->now, false);
}

// --- a batch, as services/process/shell.c runs it ---

enum { CLEARING_TURNS = 64, SNAPSHOT_TURNS = 4000, CROWD_TURNS = 16000 };

// Few turns find time for a commit that only clears, so that starts meet what is not cleared yet.
static void seal(world_t *world, process_t *process)
{
    bool sealed = false, idle = process->mails_count == 0 && process->turn % CLEARING_TURNS == 0;
    fail_t fail = journal_seal(process->journal, idle, &sealed);
    if (fail)
        world_violate(world, "I1", "%s: a segment cannot be sealed: %s",
                      process_title(process->index), fail_name(fail));
    if (sealed)
        world_reach(world, REACH_SEALED);
}

static void begin(world_t *world, process_t *process)
{
    node_clock_t clock = process_clock(process, world->now);
    node_set_full(process->node, process->soft_until > world->now);
    node_begin(process->node, &clock);
    process->drained_at = world->now;
}

// While a commit is under way the next batch is begun, upon what that one left. Its light is not
// looked at: it says what the disk does not hold yet.
static void begin_beside(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (process->life != step->number || !process->busy || process_sleeps(process, world->now))
        return;
    begin(world, process);
    process_drain(process);
    process->beside = true;
    world_reach(world, REACH_BESIDE);
}

static void end(world_t *world, process_t *process)
{
    node_batch_t batch;
    node_end(process->node, &batch);
    if (node_is_full(process->node))
        world_reach(world, REACH_BATCH_FULL);
    if (batch.append)
        commit(world, process, &batch);
    else
        finish(world, process);
}

static void finish(world_t *world, process_t *process)
{
    bool dies = process->crash == CRASH_AMONG_OUTPUTS;
    size_t given = 0, least = dies ? draw_below(&world->draws[FAULT_crash], 4) : 0;
    node_committed(process->node);
    impostor_watch(world, process);
    for (output_t output; node_output(process->node, &output);) {
        if (dies && given++ == least) {
            faults_kill(world, process, REACH_CRASH_AMONG_OUTPUTS, true);
            return;
        }
        wires_give(world, process, &output);
    }
    if (process->bows_out) {
        faults_kill(world, process, REACH_ENDED, true);
        return;
    }
    seal(world, process);
    if (process->beside) { // it goes on with what is there by now
        process->beside = false;
        process_drain(process);
        end(world, process);
        return;
    }
    if (draw_below(&process->chance, world->profile.crowd_us ? CROWD_TURNS : SNAPSHOT_TURNS) == 0)
        process_snapshot(process);
    node_clock_t clock = process_clock(process, world->now);
    instant_t wait = node_wait_us(process->node, &clock);
    wait = wait < SOON_US ? SOON_US : wait < PATIENCE_US ? PATIENCE_US : wait;
    turns_want(world, process, world->now + (process->mails_count ? 0 : wait), true);
}

static void settled(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (process->life != step->number)
        return;
    if (process->crash == CRASH_IN_COMMIT) {
        bool keep = draw_chance(&world->draws[FAULT_crash], 500000);
        faults_kill(world, process, keep ? REACH_CRASH_IN_COMMIT_KEPT : REACH_CRASH_IN_COMMIT_LOST,
                    keep);
        return;
    }
    journal_memory_settle(process->disk);
    process->busy = process->boots = false;
    instant_t begun = (instant_t)step->other;
    if (process->jumped_at && process->jumped_at <= begun)
        process->jump_seen = true;
    if (!process->stranger)
        fold_catch_up(world, process);
    if (process->crash == CRASH_BEFORE_OUTPUTS)
        faults_kill(world, process, REACH_CRASH_BEFORE_OUTPUTS, true);
    else
        finish(world, process);
}

// As the shell has it: several inputs, and no rows of the side store.
static bool goes_beside(process_t *process, const node_batch_t *batch)
{
    return process->fills_beside && !process->boots && !process->bows_out && !batch->rows_count &&
           draw_below(&process->beside_draw, 2) == 0;
}

static void commit(world_t *world, process_t *process, const node_batch_t *batch)
{
    world->active_at = world->now;
    if (process->crash == CRASH_BEFORE_COMMIT) {
        faults_kill(world, process, REACH_CRASH_BEFORE_COMMIT, false);
        return;
    }
    bounds_batch(world, process, batch);
    faults_before_append(world, process);
    fail_t fail = process_append(process, batch);
    if (fail) {
        faults_append_failed(world, process, fail);
        return;
    }
    process->busy = true;
    instant_t took = faults_append_takes(world, process);
    schedule_add(&world->schedule, &(step_t){.at = world->now + took,
                                             .run = settled,
                                             .arg = process,
                                             .number = process->life,
                                             .other = (uint64_t)world->now});
    if (goes_beside(process, batch))
        schedule_add(&world->schedule,
                     &(step_t){.at = world->now + draw_span(&process->beside_draw, 0, took - 1),
                               .run = begin_beside,
                               .arg = process,
                               .number = process->life});
}

static void turn(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (!process->up || process->busy || step->number != process->turn ||
        step->other != process->life)
        return;
    process->turn_at = INT64_MIN;
    if (process_sleeps(process, world->now)) {
        turns_want(world, process, process->woken_at, false);
        return;
    }
    begin(world, process);
    lights_look(world, process);
    process->bows_out = process->crash == CRASH_IN_ORDER;
    if (process->bows_out)
        node_bow_out(process->node);
    else
        process_drain(process);
    end(world, process);
}

bool turns_query(world_t *world, process_name_t name, const request_t *request,
                 answer_t *ret_answer)
{
    process_t *process = &world->processes[name];
    peer_t peer = {.size = 1, .bytes = {'q'}};
    uint8_t bytes[FRAME_SMALL_MAX / 64];
    static uint8_t kept[FRAME_SMALL_MAX];
    node_batch_t batch;
    if (!process->up || process->busy || process_sleeps(process, world->now))
        return false;
    node_clock_t clock = process_clock(process, world->now);
    node_begin(process->node, &clock);
    node_message(process->node, DOOR_COMMAND, &peer, ROLE_OPERATOR, bytes,
                 request_encode(request, bytes, sizeof bytes));
    node_end(process->node, &batch);
    if (batch.append) {
        commit(world, process, &batch);
        return false;
    }
    node_committed(process->node);
    bool answered = false;
    for (output_t output; node_output(process->node, &output);) {
        if (output.kind == OUTPUT_ANSWER && output.peer.bytes[0] == 'q') {
            memcpy(kept, output.head.data, output.head.size);
            answered =
                answer_decode(kept, output.head.size, request->type, ret_answer) == FAIL_NONE;
        } else {
            wires_give(world, process, &output);
        }
    }
    return answered;
}
