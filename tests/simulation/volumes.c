#include "tests/simulation/volumes.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/turns.h"
#include "tests/simulation/wires.h"

#define FIRST_US DAY_US // before it somebody may not have met him whom he is to follow
#define MIXED_UP 700000 // of the volumes that are not mounted
enum { ANOTHER_NAME = 1000 };

static void begin_anew(world_t *world, const process_t *process, uint64_t epoch)
{
    process_t *stranger = &world->stranger;
    uint64_t life = stranger->life;
    const char *why;
    process_init(stranger, process->index, world->profile.transfers, world_shop(world),
                 draw_next(&world->draws[FAULT_unmounted]));
    stranger->stranger = true;
    stranger->life = life + 1; // steps of an earlier one are past
    stranger->turn_at = INT64_MIN;
    stranger->batch_records = world->profile.batch_records;
    stranger->epoch = epoch;
    stranger->term_least = process->term;
    if (!process_start(stranger, world->now, &why)) {
        world_violate(world, "I1", "a new journal does not start: %s", why);
        return;
    }
    world_reach(world, REACH_STRANGER);
    turns_wake(world, stranger);
}

static void mount(world_t *world, const step_t *step)
{
    (void)step;
    volumes_mount(world);
}

static void unmount(world_t *world, const step_t *step)
{
    (void)step;
    draw_t *draw = &world->draws[FAULT_unmounted];
    if (world->now >= world->calm_at)
        return;
    world_after(world, draw_span(draw, 1, 2 * world->profile.unmounted_every_us), unmount, NULL, 0);
    process_t *process = &world->processes[draw_below(draw, world->count)];
    bool mistaken = draw_chance(draw, MIXED_UP), renamed = draw_chance(draw, 500000);
    instant_t lasts = draw_span(draw, MINUTE_US, 6 * HOUR_US);
    if (world->calm || world->unmounted || !process->up || process->boots || process->busy)
        return;
    uint64_t epoch = node_epoch(process->node) + (renamed ? ANOTHER_NAME : 0);
    faults_kill(world, process, REACH_UNMOUNTED, false);
    world->unmounted = process;
    if (mistaken)
        begin_anew(world, process, epoch);
    world_after(world, lasts, mount, NULL, 0);
}

void volumes_begin(world_t *world)
{
    if (world->profile.unmounted_every_us)
        world_after(world, FIRST_US, unmount, NULL, 0);
}

void volumes_mount(world_t *world)
{
    process_t *process = world->unmounted, *stranger = &world->stranger;
    if (!process)
        return;
    world->unmounted = NULL;
    if (stranger->up) {
        process->term_least = stranger->term; // terms are instants: the true one's next is later
        process_release(stranger);
    }
    faults_start(world, process);
    for (unsigned i = 0; i < world->count && !world->violated; i++)
        if (world->processes[i].up && node_trouble(world->processes[i].node))
            faults_kill(world, &world->processes[i], REACH_STOPPED_AT_STRANGER, false);
}
