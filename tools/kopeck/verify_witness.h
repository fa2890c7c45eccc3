#pragma once
// verify_witness - holds what journals noted of each other (node.witnessed), and roots that
// somebody kept, against the journals that are there: the Merkle root of the first `last` events
// must be the one that was noted. So one journal alone cannot be written anew, cut short or
// exchanged.
//
// A restored journal goes on under another name (docs/operations.md, "Restore the ledger"): what
// was noted under the old name holds up to where the new one begins, and what lies behind is lost
// history, which whoever noted it must have been told to leave (node.reseeded). A note may be met
// before its sequence is read or after it; the latter waits for a second reading. Ownership: the
// streams are borrowed. Memory: grows with the notes that wait. Failures: in the report. Threads:
// one. Source: proto/PROTOCOL.md "Witnesses".
#include "tools/kopeck/verify_stream.h"

enum { VERIFY_NAMES_MAX = 64 };

typedef struct {
    stream_t by; // whose journal holds it; STREAM_NONE: it was kept by somebody
    uint64_t at; // its sequence there
    stream_t of;
    uint64_t epoch, last;
    hash_t root;
} verify_note_t;

typedef struct {
    verify_note_t *notes;
    size_t count, cap;
} verify_notes_t;

// Where a journal goes on under another name.
typedef struct {
    uint64_t sequence, epoch;
} verify_name_t;

typedef struct {
    verify_report_t *report;
    const verify_stream_t *streams; // by number, as they are being read
    bool here[STREAM_END];          // there is a journal to hold a note against
    uint64_t known[STREAM_END]; // as far as it was written before any journal was opened: what was
                                // noted there must be in the others
    verify_name_t names[STREAM_END][VERIFY_NAMES_MAX];
    size_t names_count[STREAM_END];
    uint64_t next[STREAM_END]; // the smallest `last` that waits to be read
    verify_notes_t waiting, passed;
    uint64_t left[STREAM_END][STREAM_END]; // by, of: the newest name that an operator accepted,
    verify_note_t lost[STREAM_END][STREAM_END]; // and the newest note of a history that is gone
    tree_t again;                               // of the second reading
} verify_witness_t;

void verify_witness_init(verify_witness_t *self, verify_report_t *report,
                         const verify_stream_t *streams);
void verify_witness_release(verify_witness_t *self);
// A root that somebody kept. False if its journal is not here.
bool verify_witness_keep(verify_witness_t *self, stream_t of, uint64_t epoch, uint64_t last,
                         const hash_t *root);
// The event of `stream` that was just fed to streams[stream]; NULL if it is not known here.
void verify_witness_feed(verify_witness_t *self, stream_t stream, const event_t *event);
// After all was read. Then, of each stream, what must be read again from its first event on: up to
// which sequence, 0 if nothing; and each event of it.
void verify_witness_finish(verify_witness_t *self);
uint64_t verify_witness_wants(const verify_witness_t *self, stream_t stream);
void verify_witness_again(verify_witness_t *self, stream_t stream, uint64_t sequence,
                          bytes_t bytes);

// "ledger:EPOCH:LAST:ROOT", as verify and status print it.
enum { VERIFY_ROOT_WORD_MAX = 160 };
void verify_root_print(stream_t of, uint64_t epoch, uint64_t last, const hash_t *root,
                       char out[VERIFY_ROOT_WORD_MAX]);
bool verify_root_read(const char *word, size_t size, verify_note_t *ret_note);
