#pragma once
// process - one simulated process: the node and core that ship, on a model disk, with the replay
// door's answers made by the reader that ships. The world moves its bytes as the shell would.
//
// It starts as services/process/past.c starts it: term, head, restore, replay. A batch is what
// services/process/shell.c makes of it: begin, what waits, end, append, commit, outputs; between
// the append and its settling it does nothing, as one that waits for its disk, or begins the next
// batch and takes in what is there. Threads: one.
#include "services/payment/payment_settings.h"
#include "services/node/head.h"
#include "services/node/node.h"
#include "services/process/reader.h"
#include "store/memory/journal_memory.h"
#include "tests/common/revive.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/schedule.h"

// Documents is there in runs about transfers alone; in the others the ledger does not follow it.
// Notify is there in runs about notices alone, which are about transfers too.
typedef enum { METERING, LEDGER, PAYMENT, AUTOPAY, DOCUMENTS, NOTIFY, PROCESSES } process_name_t;
enum { PROCESS_EPOCH = 1 };           // of a new journal
enum { OUTSIDE = PROCESSES, PLACES }; // where messages come from and go to

typedef enum { MAIL_COMMAND, MAIL_FEED, MAIL_PUBLICATION, MAIL_ANSWER, MAIL_RESULT } mail_kind_t;

// A message that waits for the next batch. For a result: key, what, status in peer, number, status.
typedef struct {
    mail_kind_t kind;
    peer_t peer;
    role_t role;
    stream_t stream;
    result_t result;
    uint8_t *bytes;
    size_t size;
} mail_t;

enum { PROCESS_SNAPSHOTS = 2 };
enum { MAILS_MAX = 4096 }; // more is thrown away, as a full socket would

// Where a crash that was ordered comes: at the next append.
typedef enum {
    CRASH_NONE,
    CRASH_BEFORE_COMMIT,
    CRASH_IN_COMMIT,
    CRASH_BEFORE_OUTPUTS,
    CRASH_AMONG_OUTPUTS,
    CRASH_IN_ORDER, // none: it ends as SIGTERM has it
    CRASH_POINTS
} crash_t;

typedef struct {
    process_name_t index;
    const core_t *core;
    const void *settings;
    role_t role;
    journal_memory_t *disk;
    uint64_t restores;     // older journals put back under another name
    uint64_t epoch_least;  // the one that the journal was given then
    uint64_t epoch;        // of a new journal
    uint64_t term_least;   // the next term is above it
    bool stranger;         // of a history that is nobody's (volumes.h)
    size_t batch_records;  // of the node's configuration
    draw_t draw, lateness; // of entropy; of recalls
    bool fills_beside;     // in each third world: begins batches while others are committed
    draw_t beside_draw;    // and when
    // Those beside its journal, the newest first: they stay when a backup is put back.
    revive_snapshot_t snapshots[PROCESS_SNAPSHOTS];
    draw_t chance; // of what happens to them

    // Of this life
    journal_t *journal;
    journal_reader_t *reader, *old;
    node_t *node;
    reader_t *door;
    bool up, busy; // busy: waits for its disk
    bool beside;   // and has begun the next batch
    bool boots;    // nothing of this life is committed yet
    uint64_t term;
    bool passed;        // a snapshot was passed over
    uint64_t loaded;    // of the snapshot that its start was from; 0 if it was from none
    uint64_t life;      // grows at every start and every death
    instant_t born;     // true time
    instant_t woken_at; // of its machine: true time at which its last sleep ends
    unsigned outside;   // requests of this life to the outside that have no result yet
    crash_t crash;      // ordered
    bool bows_out;      // its last batch is out
    uint64_t turn;      // the turn that is wanted; older ones are past
    instant_t turn_at;
    mail_t mails[MAILS_MAX];
    size_t mails_count;
    recall_desk_t recalls;

    // Of this life, for its light (lights.h), in true time
    instant_t drained_at;          // of the turn that hands messages over
    instant_t heard_at[PROCESSES]; // when something of that stream was handed over last
    instant_t troubled_at;         // the last turn at which a stream had stopped; 0 for none
    instant_t stale_at[PROCESSES]; // the first turn that found it long ago; 0 if it is not

    // Its machine, its clock and its disk
    uint8_t boot;
    instant_t booted_at;         // true time
    int64_t slept_us, frozen_us; // in this boot: with its kernel's knowledge and without
    int64_t offset_us, drift_ppm;
    int64_t crept_us;    // what its jumps come to in this life, or since it was confirmed
    int64_t creep_us;    // each step of one that creeps; 0 if it does not
    instant_t jumped_at; // true time of its last jump; 0 if it was confirmed since
    bool jump_seen;  // a life that it jumped in has committed since, and nobody has confirmed it
    bool parted;     // a stream is stopped by the history of somebody's second
    bool confirming; // an operator has looked at it and says so: it does not jump meanwhile
    instant_t full_until, slow_until, soft_until; // disk without room, slow disk, nearly full
} process_t;

process_name_t process_of(stream_t stream); // of one of ours
const char *process_title(process_name_t name);
fail_t process_new_disk(journal_memory_t **ret_disk); // empty
void process_init(process_t *self, process_name_t name, bool documents,
                  const payment_settings_t *shop, uint64_t seed);
void process_release(process_t *self);
// The head that its disk holds; `bytes` has room for JOURNAL_HEAD_MAX. False if there is none.
bool process_head(const process_t *self, uint8_t *bytes, head_t *ret_head);
// False if the journal does not start; *ret_why then says where.
bool process_start(process_t *self, instant_t now, const char **ret_why);
fail_t process_append(process_t *self, const node_batch_t *batch); // with its rows
// Makes a snapshot of what is committed, as services/process/snapshots.c does beside a running
// process; nothing of the world is changed by it.
void process_snapshot(process_t *self);
// Makes the node again from what is committed, forgetting a batch that could not be.
bool process_return(process_t *self, const char **ret_why);
// Ends it as SIGKILL would. What the disk had not settled is kept or lost.
void process_kill(process_t *self, bool keep_unsettled);
void process_mail(process_t *self, const mail_t *mail); // copies its bytes
// Its machine begins another boot, or sleeps; the process does nothing meanwhile.
void process_boot(process_t *self, instant_t now);
void process_sleep(process_t *self, instant_t now, instant_t lasts, bool frozen);
bool process_sleeps(const process_t *self, instant_t now);
// What its replay door says of the time; 0 if nobody bears it out.
instant_t process_tells(const process_t *self, instant_t now);
// Hands the waiting messages over, as many as one batch takes.
void process_drain(process_t *self);
node_clock_t process_clock(const process_t *self, instant_t now);
