#include "tests/simulation/impostor.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <stdlib.h>

enum { BEATS = 40, EPOCH = 1000 }; // heartbeats of one; above every epoch of the true ones

// Whether all who follow that stream hold an event of it, durably, by which they tell it from
// another under the same name. Who holds none accepts whoever comes under the name that he knows.
static bool is_known(const world_t *world, process_name_t name)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    for (unsigned i = 0; i < world->count; i++) {
        const core_t *core = world->processes[i].core;
        for (size_t f = 0; f < core->follows_count; f++) {
            if (process_of(core->follows[f].stream) != name)
                continue;
            const cursor_t *cursor = process_head(&world->processes[i], bytes, &head)
                                         ? head_cursor(&head, core->follows[f].stream)
                                         : NULL;
            if (!cursor || !cursor->sequence)
                return false;
        }
    }
    return true;
}

// Nothing of it lasts, so it waits for no disk.
static void take_turn(world_t *world, process_t *self)
{
    node_batch_t batch;
    node_clock_t clock = process_clock(self, world->now);
    node_begin(self->node, &clock);
    process_drain(self);
    node_end(self->node, &batch);
    if (batch.append) {
        fail_t fail = journal_append(self->journal, batch.expected, batch.term, batch.records,
                                     batch.records_count, batch.head, batch.head_size);
        assert(!fail);
        journal_memory_settle(self->disk);
    }
    node_committed(self->node);
    for (output_t output; node_output(self->node, &output);)
        if (output.kind == OUTPUT_ANSWER || output.kind == OUTPUT_PUBLISH)
            wires_give(world, self, &output);
}

static void leave(world_t *world)
{
    if (!world->impostor)
        return;
    world_trace(world, "%s: its second goes", process_title(world->impostor->index));
    process_release(world->impostor);
    free(world->impostor);
    world->impostor = NULL;
}

static void beat(world_t *world, const step_t *step)
{
    process_t *self = world->impostor;
    if (!self || self->life != step->other)
        return;
    if (!step->number) {
        leave(world);
        return;
    }
    take_turn(world, self);
    schedule_add(
        &world->schedule,
        &(step_t){.at = world->now + draw_span(&world->draws[FAULT_copied], SECOND_US, MINUTE_US),
                  .run = beat,
                  .number = step->number - 1,
                  .other = self->life});
}

static void come(world_t *world, const step_t *step)
{
    static const process_name_t places[] = {METERING, PAYMENT, AUTOPAY};
    draw_t *draw = &world->draws[FAULT_copied];
    const char *why;
    (void)step;
    if (world->now >= world->calm_at)
        return;
    process_name_t name = places[draw_below(draw, sizeof places / sizeof places[0])];
    uint64_t seed = draw_next(draw);
    instant_t again = 1 + (instant_t)draw_below(draw, 2 * (uint64_t)world->profile.copied_every_us);
    world_after(world, again, come, NULL, 0);
    // Whoever speaks first is believed: one that came before the true one has ever been heard would
    // be it, and people would have to say otherwise.
    if (world->calm || world->impostor || !is_known(world, name))
        return;
    process_t *self = calloc(1, sizeof *self);
    assert(self);
    process_init(self, name, world->profile.transfers, world_shop(world), seed);
    // Every second one has the name of the true one too, as a copy of its configuration may say.
    bool alike = world->impostors % 2;
    const process_t *true_one = &world->processes[name];
    self->epoch = alike && true_one->up ? node_epoch(true_one->node) : EPOCH + world->impostors;
    world->impostors++;
    bool started = process_start(self, world->now, &why);
    assert(started);
    self->life = world->impostors; // tells this one's steps from those of the one before
    world->impostor = self;
    world_trace(world, "%s: a second process comes to its doors", process_title(name));
    beat(world, &(step_t){.number = BEATS, .other = self->life});
}

process_t *impostor_takes(world_t *world, process_t *process)
{
    process_t *self = world->impostor;
    if (!self || self->index != process->index || !draw_chance(&world->draws[FAULT_copied], 500000))
        return process;
    world_reach(world, REACH_COPIED);
    return self;
}

void impostor_wake(world_t *world, process_t *process)
{
    take_turn(world, process);
}

void impostor_watch(world_t *world, process_t *process)
{
    if (!world->impostors)
        return;
    bool stopped = alarms_find(node_alarms(process->node), ALARM_HISTORY);
    if (stopped && world->impostor && !process->parted) {
        world_reach(world, REACH_PARTED);
        process->parted = true;
    } else if (!stopped && process->parted) {
        world_reach(world, REACH_PARTED_BACK);
        process->parted = false;
    }
}

void impostor_begin(world_t *world)
{
    if (world->profile.copied_every_us)
        world_after(world,
                    1 + (instant_t)draw_below(&world->draws[FAULT_copied],
                                              2 * (uint64_t)world->profile.copied_every_us),
                    come, NULL, 0);
}

void impostor_end(world_t *world)
{
    leave(world);
}
