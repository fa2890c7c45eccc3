#pragma once
// node - a core and everything between it and the wires, pure: bytes in, bytes out, one batch at a
// time. It keeps cursors, gaps and replay, feeds, command ids, records, the Merkle tree, and which
// answer waits for which commit. The simulator replaces the shell around it and nothing else.
//
// Its files, upwards: node_state.h (what it remembers), node_light (whether it can do its job),
// node_batch (decide, emit, outputs),
// node_witness, node_streams, node_queries, node_replies, then node_commands, node_feeds and
// node_recalls, then node_doors (what came through a door), node_start (how it begins),
// node_snapshot (from where) and node (a batch's turn). Beside them are values that know no node:
// node_clock, follower, head, parcel, command_ids, feed_senders, allowances, proposals, recall.
//
// A batch:
//     node_begin(node, clock)
//     node_message / node_publication / node_answer / node_result / node_recalled ...
//                               while !node_is_full(node)
//     node_end(node)            -> what must be appended, if anything
//     (the shell appends and commits; any failure ends the process)
//     node_committed(node)      the batch is durable; only now do its outputs exist
//     node_output(node, ...)    until it says false: answers, publications, questions
// Nothing leaves before its commit by construction: outputs are made of the batch and handed out by
// node_committed, also the answers to duplicates and to queries.
//
// The next batch may begin while the shell commits one: it decides upon what that one left, and
// ends after node_committed of that one, so its own outputs come after both commits.
//
// Ownership: the node copies what it keeps; what a batch is appended by is borrowed until its
// node_committed, outputs until the next node_begin after it.
// Failures: a peer's mistake is answered; FAIL_CORRUPT from the replay calls means the journal does
// not hold what its head says. Threads: one.
#include "proto/core.h"
#include "proto/producers.h"
#include "services/node/alarms.h"
#include "services/node/node_clock.h"
#include "services/node/recall.h"
#include "services/node/speaker.h"
#include "store/journal.h"
#include "store/tree.h"

typedef struct node node_t;

enum { PEER_NAME_MAX = 48, NODE_ROWS_MAX = 256 };

// Who asked, as the shell knows him: a ROUTER's routing id, whose feed his certificate may push,
// and the certificate's name; empty if nobody knows it.
typedef struct {
    uint8_t size, bytes[15];
    producers_t producers;
    char name[PEER_NAME_MAX + 1];
    char owner[PEER_NAME_MAX + 1]; // of what he pushes; empty: his producers are their own
} peer_t;

typedef enum { DOOR_COMMAND, DOOR_FEED } door_t;

// A producer whose outbox is followed as a feed, by configuration.
enum { NODE_FEEDS_MAX = 16, NODE_FOLLOWS_MAX = CORE_FOLLOWS_MAX + NODE_FEEDS_MAX };

typedef struct {
    const core_t *core;
    const void *core_settings;
    const char *version;
    uint64_t epoch;                 // given to a journal that has none yet
    uint64_t epoch_least;           // a journal with a smaller one was restored, and gets this
    uint64_t segment_events;        // journal_segment_events
    size_t batch_records;           // that fill a batch; 0 for as many as are useful
    bool driven;                    // the clock only moves by clock.set
    stream_t feeds[NODE_FEEDS_MAX]; // producers followed by pub/sub and replay
    const char *feeds_owners[NODE_FEEDS_MAX]; // for whom each acts; NULL or empty: for itself
    size_t feeds_count;
    bool importers; // the role importer is let in
    // A stream that was silent for so long is asked; 0 means 1.5 s.
    int64_t poll_us;
    hash_t program;      // by which snapshots are told apart; fresh for every program
    uint8_t entropy[32]; // seed of what the core gets as entropy; fresh at every start
    // Judges a customer's access token by real time; NULL: nobody may speak for a customer.
    speaker_judge_fn *judge;
    void *judge_arg;
    // Reads one committed event of the own journal, for the answer to a repeated command.
    recall_find_fn *find;
    void *find_arg;
    bool beside; // its writer runs: what came behind the head that was restored is not replayed
} node_config_t;

node_t *node_new(const node_config_t *config);
void node_destroy(node_t **self_p);

// --- start: the head, then every record, then node_started ---

// `head` is empty for a journal that was never appended to. `term` is what journal_lead gave.
fail_t node_restore(node_t *self, const void *head, size_t size, uint64_t last, uint64_t term);
// Decodes and applies. Records must come in order from the first sequence on; one may begin with
// events that were replayed already (a segment is packed anew).
fail_t node_replay(node_t *self, const journal_record_t *record);
// Checks that the replay ended where the head says and that the tail's hashes come to its root.
fail_t node_started(node_t *self);
// True, and what it is, where the replayed journal needs something that the core's settings lack.
bool node_lacks(const node_t *self, char *ret_what, size_t cap);
// What is wrong with a journal that was FAIL_CORRUPT, beyond that; NULL if nothing more is known.
const char *node_wrong(const node_t *self);
// For a node made again in the same process because what the one before wanted to append found no
// room: it goes on with that one's clock, which may have jumped already. Before its first batch.
void node_resume(node_t *self, const node_t *before);

// Why no batch may begin: NULL if one may. A journal that holds nothing yet takes no absurd clock
// (node_clock.h). To be asked before the first batch.
const char *node_refuses_clock(const node_t *self, const node_clock_t *clock);

// --- a batch ---

void node_begin(node_t *self, const node_clock_t *clock);
void node_message(node_t *self, door_t door, const peer_t *peer, role_t role, const void *data,
                  size_t size);
// A publication of a stream we follow (the whole frame), as it came from its PUB socket.
void node_publication(node_t *self, stream_t stream, const void *data, size_t size);
// An answer to a question that left as OUTPUT_ASK_REPLAY or OUTPUT_ASK_COMMAND.
void node_answer(node_t *self, stream_t stream, const void *data, size_t size);
void node_result(node_t *self, const result_t *result);
// What became of an OUTPUT_RECALL.
void node_recalled(node_t *self, const recall_end_t *end);
bool node_is_full(const node_t *self); // take no more input into this batch
// So much is in it that a disk with nothing to do had better begin.
bool node_is_worth(const node_t *self);

typedef struct {
    bool append; // false: nothing to commit; go on to node_committed at once
    uint64_t expected, term;
    const journal_record_t *records;
    size_t records_count;
    const void *head;
    size_t head_size;
    const side_row_t *rows; // changes of the side store, plain: to be sealed and appended with the
    size_t rows_count;      // records; at most NODE_ROWS_MAX
} node_batch_t;

// The open batch is the process's last, and takes nothing in: its end is stored behind all else.
void node_bow_out(node_t *self);
// Lets time pass for the core (INPUT_TICK) and closes the batch.
void node_end(node_t *self, node_batch_t *ret_batch);
void node_committed(node_t *self);

typedef enum {
    OUTPUT_ANSWER,      // to door and peer
    OUTPUT_PUBLISH,     // on our PUB socket: head and body are one frame
    OUTPUT_ASK_REPLAY,  // to the replay door of `stream`
    OUTPUT_ASK_COMMAND, // to the command door of `stream`
    OUTPUT_OUTSIDE,     // an HTTP request; its result comes back by node_result
    OUTPUT_RECALL       // a search in the own journal; its end comes back by node_recalled
} output_kind_t;

typedef struct {
    output_kind_t kind;
    door_t door;
    peer_t peer;
    stream_t stream;
    bytes_t head, body; // one frame: head first, then body (which may be empty)
    outside_t outside;
    recall_search_t recall;
} output_t;

bool node_output(node_t *self, output_t *ret_output);

// --- between batches ---

// How long the shell may wait for input before it begins the next batch, by the monotonic clock.
int64_t node_wait_us(const node_t *self, const node_clock_t *clock);
// The disk is nearly full: facts are refused with FAIL_FULL, reads go on.
void node_set_full(node_t *self, bool full);
// There is still a reserve on it, for what must not wait: notices of payments and revocations.
void node_set_reserve(node_t *self, bool left);
// The shell's own counters, printed after the node's and the core's. `text` is copied.
void node_set_counters(node_t *self, const char *text);
// What keeps the process from its whole job: as far as the node knows, and as the shell does, which
// is copied and told with it by the status.
const alarms_t *node_alarms(const node_t *self);
void node_set_alarms(node_t *self, const alarms_t *alarms);
// By how much the time is ahead of the monotonic clock, for what the replay door says of it; false
// while nobody bears our clock out.
bool node_vouches(const node_t *self, int64_t *ret_ahead_us);
uint64_t node_epoch(const node_t *self);
uint64_t node_term(const node_t *self);
uint64_t node_last(const node_t *self); // last committed sequence
bool node_is_ready(const node_t *self); // replay is done
// A stream we follow holds another history than our cursor: text for the log, NULL if none.
const char *node_trouble(const node_t *self);
// How the outside is; NULL where nothing is asked there.
const outside_health_t *node_outside_health(const node_t *self);
