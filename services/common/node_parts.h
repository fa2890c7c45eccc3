#pragma once
// node_parts - the inside of a node, shared by its files: node.c (batches), node_clock.c (whether
// its clock is right), node_doors.c (requests and pushed feeds), node_streams.c (streams we
// follow). Nobody else includes this.
#include "services/common/command_ids.h"
#include "services/common/follower.h"
#include "services/common/head.h"
#include "services/common/node.h"

enum {
    NODE_RECORDS_MAX = 512,
    NODE_RECORDS_FULL = 96,  // no further message
    NODE_RECORDS_STOP = 384, // no further item of a message; leaves room for the largest decisions
    NODE_ARENA_FULL = 8 * 1024 * 1024,
    NODE_CURSORS_APART = 8192, // events taken in without a trace before the cursors are stored
    NODE_POLL_US = 1500 * 1000,
    NODE_HEARTBEAT_US = 1000 * 1000,
    NODE_TICK_AGAIN_US = 50 * 1000,
    NODE_COUNTERS_MAX = 4096,
    NODE_TOGETHER = 64 // events fetched for, then decided or applied: they fit the nearest cache
};

// From here on a leap would make the ids of all true commands too old for good.
#define NODE_IDS_LEAP_US ((COMMAND_IDS_KEPT_DAYS - 1) * DAY_US)
#define NODE_TIME_MAX (INT64_C(7258118400) * SECOND_US) // year 2200; sums with it stay in range
#define NODE_THROUGH_US DAY_US // ahead of the clock; beyond it nobody can have sent all

typedef struct {
    uint32_t at, size; // in the arena, which moves while it grows
} slice_t;

typedef struct {
    output_kind_t kind;
    door_t door;
    peer_t peer;
    stream_t stream;
    slice_t head, body;
    bytes_t record; // of a publication; lies in the batch's buffers
    uint64_t key;
    unsigned timeout_ms;
} stored_output_t;

struct node {
    node_config_t config;
    const core_t *core;
    void *state;
    head_t head; // as it will be when the open batch is committed
    command_ids_t ids;
    follower_t followers[NODE_FOLLOWS_MAX];
    size_t followers_count;
    uint64_t committed, replayed;
    tree_t tail_check, next_tail;
    bool started, booted, open, full, current, tick_idle;
    bool clock_doubted, clock_behind; // as the journal has it: doubted, and set back, since the
                                      // last confirmation
    int64_t clock_ahead_us;           // and by how much it leapt ahead
    bool clock_known;                 // `clock` was read; before, the last stamp is all we know
    node_clock_t clock;
    event_node_clock_doubted_t doubt; // not in the journal yet; `expected` 0 if there is none
    bool doubt_stored;                // but it is in the open batch
    uint64_t activity, questions, entropy_count;
    instant_t heartbeat_at;

    // The open batch
    uint64_t expected;
    record_builder_t builder;
    bool building;
    uint8_t *buffers[NODE_RECORDS_MAX];
    journal_record_t records[NODE_RECORDS_MAX];
    size_t records_count;
    uint64_t cursors_moved, cursors_stored;
    bool cursors_due; // a pushed feed's cursor moved: it is acknowledged, so it must be stored
    uint64_t first_emitted; // sequence of the last decision's first event, 0 if it had none
    uint8_t *head_bytes;

    // What leaves after the commit
    uint8_t *arena;
    size_t arena_used, arena_cap;
    stored_output_t *outputs;
    size_t outputs_count, outputs_cap, outputs_given;

    // Requests out to the HTTP side
    uint64_t outside[DUE_REQUESTS_MAX];
    size_t outside_count;

    // Memory lent to the core
    event_t *events;
    event_t *items; // DECISION_BATCH_MAX decoded items of a feed
    uint8_t *scratch, *answer_scratch, *due_scratch;
    due_t *due;
    char shell_counters[NODE_COUNTERS_MAX];
    uint64_t refused, conflicts, repeated; // counters
};

// node.c
void node_input(node_t *self, input_kind_t kind, input_t *ret_input);
fail_t node_decide(node_t *self, const input_t *input, decision_t *decision);
void node_emit_decision(node_t *self, const decision_t *decision);
// An event of the node's own.
void node_emit(node_t *self, event_type_t type, const cause_t *cause, const void *body,
               size_t body_size);
void node_close_record(node_t *self); // so that its events can be read by recall
void node_due(node_t *self);          // fills self->due from the state
uint32_t node_arena_reserve(node_t *self, size_t size);
slice_t node_arena_add(node_t *self, const void *data, size_t size);
stored_output_t *node_output_add(node_t *self, output_kind_t kind);

// node_clock.c: a clock is doubted from the batch that sees it jump on, and that is stored as soon
// as there is room, before anything is decided: who is started again goes on doubting. Only an
// operator ends it.
void node_clock_judge(node_t *self, const node_clock_t *clock);
void node_clock_stamp(node_t *self); // by what was judged
void node_clock_store(node_t *self);
void node_clock_confirm(node_t *self, const cause_t *cause);
void node_clock_note(node_t *self, const event_t *event); // live and in replay
bool node_clock_is_doubted(const node_t *self);
// Feeds wait: it was set back or leapt by a day, or a driven clock was not set since a start. It
// may be later than this process knows, and usage of now would be refused as from the future, for
// good.
bool node_clock_is_late(const node_t *self);
// The part of a reading that is not believed, and the time that the rest makes.
int64_t node_clock_ahead_us(const node_t *self);
instant_t node_clock_now(const node_t *self, const node_clock_t *clock);

// node_streams.c
// Facts change the journal, so they wait while the disk is full; views do not. A feed also waits
// while the clock is late.
bool node_may_take(const node_t *self, const follower_t *follower);
follower_t *node_follower(node_t *self, stream_t stream); // NULL if we do not follow it
void node_take_through(node_t *self, stream_t producer, instant_t through, uint64_t sequence);
// Decides on items that follow each other in a producer's feed, together where the core wants them
// together, and writes their results. `events` are decoded items, `first` the first one's sequence.
// Returns how many were taken: at least one, fewer than `count` if one commit holds no more.
uint32_t node_take_items(node_t *self, stream_t producer, uint64_t first, const event_t *events,
                         uint32_t count, uint8_t *results, const char **ret_detail);
// Can the core take this item together with others?
bool node_batches(const node_t *self, event_type_t type);
