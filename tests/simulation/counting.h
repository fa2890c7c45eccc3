#pragma once
// counting - files beyond a quota, and tokens, in a run that is about them: an operator defines
// rates, the platform samples disks in any order and tells of requests, some of them twice, some
// hours late, and now and then with other numbers, which is refused.
//
//   I24 of each hour the greatest sample is charged, and every request once; no more at any time,
//       no less at the end; a line has its rate's price
//
// Units: MiB-minutes, tokens. Threads: one.
#include "tests/simulation/draw.h"
#include "tests/simulation/fold_list.h"
#include "tests/simulation/platform_model.h"
#include "tests/simulation/process.h"

enum { COUNTING_KINDS = 3, COUNTING_RATES = 4 }; // files, input, output; two tariffs, one model

typedef struct {
    uint64_t *truth;   // of each hour since the start, COUNTING_KINDS each
    uint64_t *charged; // of metering's journal
} counting_row_t;

typedef struct {
    uint32_t input, output;
} counting_request_t;

typedef struct {
    draw_t draw;
    instant_t effective;  // of the rates; 0 if there are none
    unsigned defined;     // rates that metering's journal has
    fold_list_t requests; // counting_request_t
    counting_row_t rows[RESOURCES_MAX];
} counting_t;

void counting_init(world_t *world);
void counting_release(world_t *world);
void counting_begin(world_t *world);
// Whatever the resource's disk and requests come to in a minute in which it is there.
void counting_minute(world_t *world, uint16_t resource, instant_t minute);
// Writes that item's part of an event whose type, instant and ids of resource and account are set.
void counting_fill(const world_t *world, const item_t *item, uid_t16 resource, uid_t16 account,
                   event_t *event);
bool counting_is_item(event_type_t type);
void counting_defined(world_t *world, const event_rate_defined_t *rate);
void counting_charged(world_t *world, const event_usage_charged_t *line, int resource);
// Carry units of (a price) x (one of what a meter of that kind counts).
int64_t counting_unit(uint64_t kind);
void counting_check(world_t *world); // at the end
