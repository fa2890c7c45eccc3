#pragma once
// node_state - what a node remembers: the struct behind node_t, for the files of the node alone.
//
// Below it are the values that it is made of: node_clock, follower, head, command_ids,
// feed_senders, feed_spent, allowances, proposals, policies, and the store's records and tree. It
// has no functions. Ownership: node_start.c makes and frees it.
#include "services/node/alarms.h"
#include "services/node/allowances.h"
#include "services/node/command_ids.h"
#include "services/node/feed_senders.h"
#include "services/node/feed_spent.h"
#include "services/node/follower.h"
#include "services/node/head.h"
#include "services/node/parcel.h"
#include "services/node/policies.h"
#include "services/node/proposals.h"

enum {
    NODE_RECORDS_WORTH = 4,  // an idle disk need not wait for more
    NODE_RECORDS_FULL = 96,  // no further message
    NODE_RECORDS_STOP = 384, // no further item of a message; leaves room for the largest decisions
    NODE_ARENA_FULL = 8 * 1024 * 1024,
    NODE_ROWS_FULL = NODE_ROWS_MAX - 2 * DECISION_ROWS_MAX, // no further message
    NODE_CURSORS_APART = 8192, // events taken in without a trace before the cursors are stored
    NODE_POLL_US = 1500 * 1000,
    NODE_HEARTBEAT_US = 1000 * 1000,
    NODE_TICK_AGAIN_US = 50 * 1000,
    NODE_BEHIND_US = 10 * 1000 * 1000, // a stream that is not current for longer is an alarm
    NODE_SLEPT_US = 60 * 1000 * 1000,  // a sleep is an alarm for so long at least
    NODE_WORD_US = 60 * 1000 * 1000,   // peers are asked what time it is until one bears us out,
    NODE_WORD_DOUBTED_US = 3 * 1000 * 1000, // and oftener while that keeps us from judging
    NODE_COUNTERS_MAX = 4096,
    NODE_PROPOSALS_PAGE = 40,  // rows of at most 1.3 KiB in an answer
    NODE_WAITING_BYTES = 1024, // of a query that waits for an event
    NODE_UNHASHED_MAX = 64,
    NODE_TOGETHER = 64 // events fetched for, then decided or applied: they fit the nearest cache
};

// From here on a leap would make the ids of all true commands too old for good.
#define NODE_IDS_LEAP_US ((COMMAND_IDS_KEPT_DAYS - 1) * DAY_US)
#define NODE_TIME_MAX (INT64_C(7258118400) * SECOND_US) // year 2200; sums with it stay in range
#define NODE_WITNESS_US HOUR_US // between two notes of what a stream comes to
#define NODE_THROUGH_US DAY_US  // ahead of the clock; beyond it nobody can have sent all

// A recall that is out: a wish of the core's, or of a query that waits.
typedef struct {
    uint64_t id;
    recall_t wish;
    door_t door; // of the query, as are the next
    peer_t peer;
    bool owned; // then only that owner's records may be told of
    uid_t16 owner;
    uint32_t size; // 0 for a wish of the core's
    uint8_t bytes[NODE_WAITING_BYTES];
} node_recall_t;

// Since when a stream is not current, monotonic; 0 while it is.
typedef struct {
    instant_t since;
    bool was_current; // in this process
} node_behind_t;

struct node {
    node_config_t config;
    const core_t *core;
    void *state;
    head_t head; // as it will be when the open batch is committed
    command_ids_t ids;
    feed_senders_t senders;
    allowances_t allowances;
    proposals_t proposals;
    policies_t policies;
    feed_spent_t spent;
    uint64_t bytes_emitted; // of events, since the beginning
    follower_t followers[NODE_FOLLOWS_MAX];
    node_behind_t behind[NODE_FOLLOWS_MAX]; // of each follower
    size_t followers_count;
    clock_trust_t clock;
    uint64_t committed, replayed;
    uint64_t loaded;   // events up to there are hashed again and not applied
    uint64_t snapshot; // that it was loaded from, 0 for none
    tree_t tail_check, next_tail;
    hash_t leaf; // of the last event, for a node that is to go on (node_go_on)
    bool started, booted, ready, open, // ready: the boot event is committed
        full, reserve, current, tick_idle;
    bool ends;         // with the open batch, in order
    bool ended;        // the last event of the journal is node.ended
    const char *wrong; // what the replay found, for people
    uint64_t activity, questions, entropy_count;
    instant_t heartbeat_at;

    // What batches leave: the open one, the one that has ended and is not committed, and the one
    // whose outputs are given out; NULL for none.
    parcel_t parcels[2], *parcel, *ended_parcel, *committed_parcel;

    // The open batch
    uint64_t expected;
    record_builder_t builder;
    bool building;
    bytes_t unhashed[NODE_UNHASHED_MAX]; // the last events of the batch, in the buffers; node_hash
    size_t unhashed_count;
    uint64_t cursors_moved, cursors_stored;
    bool cursors_due; // a pushed feed's cursor moved: it is acknowledged, so it must be stored
    uint64_t first_emitted; // sequence of the last decision's first event, 0 if it had none

    // Requests out to the HTTP side
    uint64_t outside[DUE_REQUESTS_MAX];
    size_t outside_count;

    // Recalls from the own journal
    node_recall_t recalls[RECALL_DESK_MAX];
    size_t recalls_count, wishes_count; // wishes_count of them are the core's
    uint64_t recalls_sent;

    // Memory lent to the core
    event_t *events;
    event_t *items; // DECISION_BATCH_MAX decoded items of a feed
    uint8_t *scratch, *answer_scratch, *due_scratch;
    due_t *due;
    char shell_counters[NODE_COUNTERS_MAX];
    alarms_t alarms, shell_alarms;
    uint64_t refused, conflicts, repeated; // counters
};
