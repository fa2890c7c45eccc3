#pragma once
// platform_told - what the platform tells of itself and when: at once, hours later, and at times
// several words about one instant in any order.
//
// Several words about an instant: a replica is restarted, so that its stop and its start, often
// under another tariff, have one instant, and at times a second start contradicts the first; or two
// ticks name one minute under two tariffs, or two deletions differ. The words are told in any
// order, each at once or after hours were billed. What must be billed in the end is what
// docs/rules.md "Equal instants" says: a start holds against a stop, the tariff defined first
// against another. Until all are told, whatever was told may be billed; resource_t's `wrong` says
// how much of that there may be. Threads: one.
#include "tests/simulation/world.h"

// What was over longer ago than minutes may be late is told of in either order, and is never billed
// in the end; between a start and its stop that are told in two messages it may be.
#define WITHHELD_LEAST_US (70 * MINUTE_US) // its hour is charged by then
#define LATE_STOP_MOST_US (20 * HOUR_US)

void platform_told_add(platform_model_t *self, const item_t *item);
// Told from `until` on; there must be room.
void platform_told_hold(platform_model_t *self, const item_t *item, instant_t until);
void platform_told_release(platform_model_t *self, instant_t now);
// A minute of that hour in which what is held may make something wrong be billed.
void platform_told_run_on(platform_model_t *self, size_t hour);

// Now and then a running resource of lifecycle events is restarted.
void platform_told_restart(world_t *world, uint16_t number, instant_t at);
// A deletion, now and then told twice, of two instants: the earlier one holds.
void platform_told_deletion(world_t *world, const item_t *item);
// Now and then a run of a resource's that was over days ago is told of.
void platform_told_too_late(world_t *world, uint16_t number, instant_t minute);
// A tick, now and then with another one that contradicts it.
void platform_told_tick(world_t *world, const item_t *item);
