#pragma once
// node_rig - a node around a small counter, on a model disk: what the node's tests stand on.
//
// The counter writes the ledger's journal, follows metering's (each usage.charged adds its amount)
// and takes a feed of posting.requested. It counts in `posted` events: an amount above zero is
// added, zero is accepted and changes nothing, below zero is FAIL_INVALID. RIG_HEAVY is added in as
// many events of 1. When the sum is over 1000 it wants to judge (account.low), which it does only
// while current.
//
// From the first event that it has counted on it has the wish of the rig, if there is one, until an
// event (account.exhausted) says what came of it. The query `payment` of number N is answered with
// the amount of the `posted` event N, which it does not keep. `posted` N brings the number that its
// amount is.
#include "proto/stream.h"
#include "services/node/head.h"
#include "services/node/node.h"
#include "store/memory/journal_memory.h"
#include "store/record.h"
#include "tests/common/revive.h"

enum {
    RIG_HEAVY = DECISION_EVENTS_MAX,
    RIG_BY_HAND = 5, // a kind: a posting of it moves its amount by a person's word
    RIG_EARLY = 77,  // an item of it is FAIL_LATER while the sum is below 10
    RIG_OUTPUTS_MAX = 512,
    RIG_READS = 1000, // of the own journal in a batch, at first
    RIG_FRAME_MAX = 128 * 1024,
    RIG_MESSAGE_MAX = 64 * 1024
};
#define RIG_TIME INT64_C(1767225600000000) // 2026-01-01T00:00:00Z

typedef struct {
    output_kind_t kind;
    stream_t stream;
    size_t size;
    uint8_t bytes[RIG_FRAME_MAX];
} rig_output_t;

typedef struct {
    const core_t *core; // NULL: the counter
    journal_memory_t *disk;
    journal_t *journal;
    journal_reader_t *reader;
    node_t *node;
    node_clock_t clock;
    bool driven;
    uint64_t epoch_least;
    instant_t through;    // what pushed batches say
    instant_t time;       // and their sender's clock
    instant_t peers_time; // what the replay doors of others say
    recall_t wish;        // by 0: none
    recall_desk_t recalls;
    unsigned reads;             // events of the own journal read in a batch
    bool unreadable;            // it cannot be read
    const char *name;           // of who asks; NULL: nobody knows it
    bool by_hand;               // what is pushed is RIG_BY_HAND
    bool importers;             // are let in
    role_t pusher;              // 0: an operator
    bool witnesses;             // the test answers for what a stream comes to
    bool outbox;                // PRODUCER_FIRST is followed, not pushed
    revive_snapshot_t snapshot; // of the last start; the next one begins with it
    bool from_snapshot;         // the last start was from one
    bool committed;             // by the last rig_end: whether there was something to append
    size_t outputs_count;
    rig_output_t outputs[RIG_OUTPUTS_MAX];
} rig_t;

rig_t *rig_new(bool driven);
void rig_destroy(rig_t *self);
fail_t rig_start(rig_t *self); // a process on the disk; what node_started and its replay say
const node_config_t *rig_config(const rig_t *self); // valid until the next call
void rig_crash(rig_t *self);                        // ends it, without a commit

void rig_begin(rig_t *self); // a batch, a millisecond after the last one
void rig_end(rig_t *self);   // closes, appends, commits and collects the outputs

void rig_ask(rig_t *self, const request_t *request, role_t role);
answer_t rig_answer(const rig_t *self, size_t index, request_type_t type); // of the index-th answer
size_t rig_count(const rig_t *self, output_kind_t kind);

uid_t16 rig_id(int64_t made_us, unsigned n); // a UUIDv7
request_t rig_post(unsigned n, int64_t amount);
int64_t rig_sum(rig_t *self); // asked in a batch of its own
// What came of its wish, asked in a batch of its own: the event's sequence, or minus its fail; 0 if
// nothing yet.
int64_t rig_recalled(rig_t *self);

// One batch of posting.requested with these amounts.
void rig_push(rig_t *self, uint64_t epoch, uint64_t first, const int64_t *amounts, uint32_t count,
              bool atomic);
feed_answer_t rig_pushed(const rig_t *self, size_t index);

// A record of usage.charged events in `buffer` (RECORD_TARGET bytes), each adding `amount`.
journal_record_t rig_record(uint8_t *buffer, uint64_t first, uint32_t count, int64_t amount);
void rig_publish(rig_t *self, uint64_t epoch, const journal_record_t *record, bool whole);
void rig_beat(rig_t *self, uint64_t epoch, uint64_t last);
// Answers the stream's question among the outputs with this record, or none; false if none was
// asked.
bool rig_replay(rig_t *self, stream_t stream, uint64_t epoch, const journal_record_t *record,
                uint64_t last);

rig_t *rig_started(bool driven); // a process that has booted
void rig_restart(rig_t *self);
answer_t rig_asked(rig_t *self, const request_t *request, role_t role); // in a batch of its own
answer_t rig_posted(rig_t *self, unsigned n, int64_t amount);
feed_answer_t rig_push_alone(rig_t *self, uint64_t epoch, uint64_t first, const int64_t *amounts,
                             uint32_t count, bool atomic);
// Metering's replay door holds what we hold, and nothing more.
void rig_vouch(rig_t *self, uint64_t epoch, uint64_t last);

// Answers the question for a page of the ledger's table, with the only one, of no rows: what the
// ledger has taken of payment, and by which history it goes; `says`: whether it says the latter.
void rig_table(rig_t *self, uint64_t cursor, uint64_t epoch, bool says);

// The head as the journal holds it, until the next call.
head_t *rig_durable_head(rig_t *self);
