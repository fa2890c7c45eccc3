#pragma once
// station - one process without its shell, for the fuzzer: the node and core that ship on a model
// disk, and for every stream that it follows a journal of the fuzzer's making, whose replay door is
// the reader that ships.
//
// It checks as it goes: nothing but what decodes leaves, a commit is never refused, and
// station_check makes the state again from the journal and compares it with the one that lives.
// Ownership: all of it is the station's. Failures: a property that does not hold aborts.
#include "services/node/node.h"
#include "services/process/reader.h"
#include "store/memory/journal_memory.h"

enum { STATION_ANSWER_MAX = 1 << 20, STATION_STREAMS = STREAM_END, STATION_OUTSIDE_MAX = 8 };

// A stream that others write.
typedef struct {
    journal_memory_t *disk;
    journal_t *journal;
    journal_reader_t *reader;
    reader_t *door;
    uint64_t term, last;
    uint8_t question[512]; // the node's, not answered yet
    size_t question_size;
    bool of_table;
} station_stream_t;

// An invoice as the journal tells of it.
typedef struct {
    uint64_t number;
    kopecks_t amount;
    uid_t16 token;
} station_invoice_t;

typedef struct {
    const core_t *core;
    node_clock_t clock;
    bool open; // a batch
    journal_memory_t *disk;
    journal_t *journal;
    journal_reader_t *reader;
    reader_t *door;
    node_t *node;
    uint64_t term, acknowledged; // of the pushed feed
    station_stream_t streams[STATION_STREAMS];
    uint64_t outside[STATION_OUTSIDE_MAX]; // keys, not answered yet
    size_t outside_count;
    recall_desk_t recalls;
    station_invoice_t invoice; // the last one that was made
} station_t;

void station_start(station_t *self, const core_t *core, const void *settings, instant_t now);
void station_release(station_t *self);
void station_crash(station_t *self); // as SIGKILL: the open batch is gone; then it starts again

void station_begin(station_t *self); // unless a batch is open
void station_commit(station_t *self);
void station_pass(station_t *self, int64_t us); // closes the batch

// An event of a stream that is followed, published whole, as a head only, or not at all.
typedef enum { STATION_WHOLE, STATION_HEAD, STATION_SILENT, STATION_PUBLISH_WAYS } station_way_t;
void station_publish(station_t *self, stream_t stream, const event_t *event, station_way_t way);
void station_answer(station_t *self, stream_t stream); // its replay door, if it was asked
// What the replay door says to a stranger's bytes decodes.
void station_read(station_t *self, role_t role, const void *data, size_t size);

void station_check(station_t *self);
