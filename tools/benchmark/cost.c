#include "tools/benchmark/cost.h"
#include "proto/stream.h"
#include "services/ledger/ledger_core.h"
#include "services/node/node.h"
#include "tools/benchmark/bench_rig.h"
#include "tools/benchmark/draws.h"
#include "tools/benchmark/item.h"
#include <assert.h>
#include <time.h>

#define BEGIN_AT (INT64_C(1767225600) * SECOND_US) // 2026-01-01T00:00:00Z

typedef struct {
    node_t *node;
    node_clock_t clock;
    draws_t draws;
    item_t item;
    uint64_t next; // item
    uint8_t *message;
} cost_t;

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void begin(cost_t *self)
{
    self->clock.now += 1000;
    self->clock.wall += 1000;
    self->clock.monotonic += 1000;
    node_begin(self->node, &self->clock);
}

// What the shell does, but for the disk and the wires.
static void end(cost_t *self)
{
    node_batch_t batch;
    node_end(self->node, &batch);
    node_committed(self->node);
    for (output_t output; node_output(self->node, &output);) {
        feed_answer_t answer;
        if (output.kind == OUTPUT_ANSWER &&
            (feed_answer_decode(output.head.data, output.head.size, &answer) || answer.fail))
            bench_die("cost: the node refuses a batch");
    }
}

static size_t make_message(cost_t *self, uint32_t count, uint32_t from, bool funding)
{
    feed_batch_t batch = {
        .number = 1, .producer = PRODUCER_FIRST, .epoch = 1, .first = self->next, .count = count};
    int64_t amount = 0;
    size_t used = feed_batch_encode_head(&batch, self->message, FRAME_LARGE_MAX);
    for (uint32_t i = 0; i < count; i++)
        used += item_put(&self->item, funding ? from + i : draws_next(&self->draws), &amount,
                         self->message + used);
    assert(used <= FRAME_LARGE_MAX);
    self->next += count;
    return used;
}

// Apart, so that a profiler can be told to look at nothing else.
__attribute__((noinline)) static void take(cost_t *self, size_t size)
{
    peer_t peer = {.size = 1, .producers = {PRODUCER_FIRST, PRODUCER_FIRST}, .name = "bench"};
    begin(self);
    node_message(self->node, DOOR_FEED, &peer, ROLE_IMPORTER, self->message, size);
    end(self);
}

static void open_accounts(cost_t *self, uint32_t accounts)
{
    item_make(&self->item, true);
    for (uint32_t from = 0; from < accounts; from += FEED_ITEMS_MAX) {
        uint32_t left = accounts - from;
        take(self, make_message(self, left < FEED_ITEMS_MAX ? left : FEED_ITEMS_MAX, from, true));
    }
    item_make(&self->item, false);
}

int cost_print(uint32_t batches, uint32_t batch, uint32_t accounts)
{
    node_config_t config = {.core = &ledger_core,
                            .version = "bench",
                            .epoch = 1,
                            .segment_events = JOURNAL_SEGMENT_EVENTS,
                            .importers = true};
    if (!batches || !batch || batch > FEED_ITEMS_MAX || !accounts)
        return 64;
    cost_t self = {.node = node_new(&config), .clock = {.monotonic = HOUR_US}, .next = 1};
    self.clock.now = self.clock.wall = BEGIN_AT;
    self.message = malloc(FRAME_LARGE_MAX);
    assert(self.message);
    draws_init(&self.draws, accounts, false);
    if (node_restore(self.node, NULL, 0, 0, 1) || node_started(self.node))
        bench_die("cost: the node does not start");
    begin(&self);
    end(&self);
    open_accounts(&self, accounts);
    uint64_t least = UINT64_MAX, all = 0;
    for (uint32_t i = 0; i < batches; i++) {
        size_t size = make_message(&self, batch, 0, false);
        uint64_t began = cpu_ns();
        take(&self, size);
        uint64_t took = cpu_ns() - began;
        least = took < least ? took : least;
        all += took;
    }
    printf("%.1f %.1f\n", (double)least / batch, (double)all / batch / batches);
    draws_release(&self.draws);
    free(self.message);
    node_destroy(&self.node);
    return 0;
}
