#include "tests/simulation/faults_clock.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/turns.h"

// --- while they run ---

#define JUMP_SURE_US (2 * MINUTE_US) // is noticed, however the clock drifts
enum { LEAP = 360 }; // so much further goes one jump of eight: two hours are a month

// Small steps are noticed too once they have come to so much in one life: to the limit, to what the
// clock was off when the life began, and to what a clock may drift while it creeps.
#define CREPT_SURE_US (3 * MINUTE_US)
enum { CREEP_STEPS_MAX = 24 };

static bool is_beyond(int64_t off_us, int64_t limit_us)
{
    return off_us < -limit_us || off_us > limit_us;
}

static void set_clock(world_t *world, process_t *process, int64_t offset_us)
{
    int64_t by_us = offset_us - process->offset_us;
    bool known = is_beyond(process->crept_us, CREPT_SURE_US);
    if (!is_beyond(process->offset_us, JUMP_SURE_US)) { // it was right, and may be noticed anew
        process->jumped_at = 0;
        process->jump_seen = false;
    }
    process->offset_us = offset_us;
    process->crept_us += by_us;
    bool crept = is_beyond(process->crept_us, CREPT_SURE_US);
    if (crept || is_beyond(by_us, JUMP_SURE_US))
        process->jumped_at = world->now;
    if (crept && !known && !is_beyond(by_us, JUMP_SURE_US))
        world_reach(world, REACH_CREPT);
}

static void repair_clock(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    set_clock(world, process, 0);
}

// By what the clock is wrong at the first start of all is another fault (absurd): nothing tells a
// process of minutes then.
static bool has_begun(const world_t *world, const process_t *process)
{
    return world->fold.seen[process->index] > 0;
}

static void spoil_clock(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_clock];
    if (world->now >= world->calm_at)
        return;
    instant_t jump = draw_span(draw, -world->profile.jump_max_us, world->profile.jump_max_us);
    instant_t wrong_for = draw_span(draw, MINUTE_US, 3 * HOUR_US);
    world_after(world, faults_about(draw, world->profile.clock_every_us), spoil_clock, process, 0);
    if (wrong_for % 8 == 0)
        jump *= LEAP;
    if (process->confirming || world->calm || !has_begun(world, process))
        return;
    set_clock(world, process, jump);
    world_trace(world, "%s: clock jumps by %lld s", process_title(process->index),
                (long long)(jump / SECOND_US));
    world_reach(world, jump < 0 ? REACH_CLOCK_BACK : REACH_CLOCK_AHEAD);
    world_after(world, wrong_for, repair_clock, process, 0);
}

// One small step after the other, all the same way; then somebody sets it right.
static void creep(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    if (step->number == 0)
        process->creep_us = 0;
    bool let_be = world->now >= world->calm_at || world->calm || process->confirming;
    if (!let_be)
        set_clock(world, process, step->number ? process->offset_us + process->creep_us : 0);
    if (step->number)
        world_after(world, draw_span(&world->draws[FAULT_creep], MINUTE_US, 30 * MINUTE_US), creep,
                    process, step->number - 1);
}

static void begin_to_creep(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_creep];
    if (world->now >= world->calm_at)
        return;
    int64_t by_us = draw_span(draw, 20 * SECOND_US, 55 * SECOND_US);
    bool back = draw_chance(draw, 400000);
    unsigned steps = 4 + (unsigned)draw_below(draw, CREEP_STEPS_MAX - 3);
    world_after(world, faults_about(draw, world->profile.creep_every_us), begin_to_creep, process,
                0);
    if (world->calm || process->creep_us || !has_begun(world, process))
        return;
    process->creep_us = back ? -by_us : by_us;
    world_trace(world, "%s: clock creeps by %u steps of %lld s", process_title(process->index),
                steps, (long long)(process->creep_us / SECOND_US));
    world_after(world, 0, creep, process, steps);
}

// --- machines: a process of ours has one of its own ---

// It is started anew, and until somebody sets its clock that may be off by time zones.
static void boot_anew(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_local_time];
    if (world->now >= world->calm_at)
        return;
    bool keep = draw_chance(draw, 500000), right = draw_chance(draw, 300000);
    int64_t zones = draw_span(draw, 1, 11), back = draw_chance(draw, 300000);
    bool soon = draw_chance(draw, 500000);
    instant_t wrong_for = soon ? 10 * SECOND_US : draw_span(draw, MINUTE_US, 3 * HOUR_US);
    world_after(world, faults_about(draw, world->profile.local_time_every_us), boot_anew, process,
                0);
    if (!process->up || process->confirming || process_sleeps(process, world->now) || world->calm)
        return;
    process_boot(process, world->now);
    faults_kill(world, process, REACH_BOOTED, keep);
    if (right)
        return;
    set_clock(world, process, (back ? -zones : zones) * HOUR_US);
    world_reach(world, REACH_LOCAL_TIME);
    world_after(world, wrong_for + MINUTE_US, repair_clock, process, 0);
}

// Its kernel knows of it, or it was frozen from outside: then its clocks all stood, and the wall's
// is set right before anybody else gets the processor.
static void sleep_for_hours(world_t *world, const step_t *step)
{
    process_t *process = step->arg;
    draw_t *draw = &world->draws[FAULT_sleep];
    if (world->now >= world->calm_at)
        return;
    bool frozen = draw_chance(draw, 500000), shortly = draw_chance(draw, 500000);
    instant_t lasts = shortly ? draw_span(draw, MINUTE_US, 2 * HOUR_US)
                              : draw_span(draw, 2 * HOUR_US, 30 * HOUR_US);
    world_after(world, faults_about(draw, world->profile.sleep_every_us), sleep_for_hours, process,
                0);
    if (!process->up || process->busy || process_sleeps(process, world->now) || world->calm ||
        world->now + lasts + HOUR_US > world->calm_at)
        return;
    process_sleep(process, world->now, lasts, frozen);
    world_trace(world, "%s: sleeps for %lld s", process_title(process->index),
                (long long)(lasts / SECOND_US));
    world_reach(world, frozen ? REACH_FROZEN : REACH_SLEPT);
    turns_want(world, process, world->now + lasts, false);
}

// The first clock of a machine: nobody has set it yet.
static void spoil_first(world_t *world, process_t *process)
{
    draw_t *draw = &world->draws[FAULT_absurd];
    bool absurd = draw_chance(draw, world->profile.absurd);
    int64_t years = draw_chance(draw, 500000) ? draw_span(draw, 12, 100) : -draw_span(draw, 3, 56);
    instant_t wrong_for = draw_span(draw, 10 * SECOND_US, 2 * HOUR_US);
    if (!absurd)
        return;
    process->offset_us = years * 365 * DAY_US;
    world_after(world, wrong_for, repair_clock, process, 0);
}

void faults_clock_first(world_t *world)
{
    for (unsigned i = 0; i < world->count; i++)
        spoil_first(world, &world->processes[i]);
}

void faults_clock_begin(world_t *world, process_t *process)
{
    const profile_t *profile = &world->profile;
    faults_every(world, FAULT_clock, profile->clock_every_us, spoil_clock, process);
    faults_every(world, FAULT_creep, profile->creep_every_us, begin_to_creep, process);
    faults_every(world, FAULT_local_time, profile->local_time_every_us, boot_anew, process);
    faults_every(world, FAULT_sleep, profile->sleep_every_us, sleep_for_hours, process);
}
