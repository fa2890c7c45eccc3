#include "tests/simulation/silences.h"
#include "tests/simulation/wires.h"
#include "tests/simulation/world.h"
#include <assert.h>

#define SPEAKS_EVERY_US (10 * MINUTE_US)
#define LONGEST_US (30 * HOUR_US) // what is told after it comes in time by far
#define PUSH_BYTES_MAX 1024

static const peer_t second = {.size = 1,
                              .bytes = {'g'},
                              .producers = {PRODUCER_FIRST + 1, PRODUCER_FIRST + 1},
                              .name = "second"};

// The same item each time, which says nothing of anything: it is a producer by it.
static void speak(world_t *world, const step_t *step)
{
    (void)step;
    uint8_t bytes[PUSH_BYTES_MAX];
    event_t item = {.type = EVENT_resource_scaled, .at = world->start};
    item.resource_scaled.resource = (uid_t16){{0x77, 1}};
    item.resource_scaled.replicas = 1;
    feed_batch_t batch = {.number = ++world->silences.number,
                          .producer = PRODUCER_FIRST + 1,
                          .epoch = 1,
                          .first = 1,
                          .count = 1,
                          .through = world->now,
                          .time = world->now};
    size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
    size_t added = event_encode(&item, bytes + size, sizeof bytes - size);
    assert(added);
    wires_ask(world, METERING, true, &second, ROLE_PLATFORM, bytes, size + added);
    world_after(world, SPEAKS_EVERY_US, speak, NULL, 0);
}

static void fall_silent(world_t *world, const step_t *step)
{
    (void)step;
    silences_t *self = &world->silences;
    instant_t every = world->profile.mute_every_us;
    if (world->calm)
        return;
    self->until = world->now + draw_span(&self->draw, HOUR_US, LONGEST_US);
    world_reach(world, REACH_SILENCE);
    world_after(world, LONGEST_US + draw_span(&self->draw, HOUR_US, 2 * every), fall_silent, NULL,
                0);
}

void silences_begin(world_t *world)
{
    silences_t *self = &world->silences;
    instant_t every = world->profile.mute_every_us;
    *self = (silences_t){.draw = draw_fork(world->scenario.seed, 16)};
    if (!every)
        return;
    speak(world, NULL);
    world_after(world, draw_span(&self->draw, HOUR_US, every), fall_silent, NULL, 0);
}

bool silences_hold(const world_t *world)
{
    return !world->calm && world->now < world->silences.until;
}
