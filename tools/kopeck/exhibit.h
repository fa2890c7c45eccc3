#pragma once
// exhibit - what the journals hold of one payment, for whoever must judge a dispute of it: the
// consent and autopay's decision, what was sent and what Robokassa said, the hours of usage that it
// paid for with their minutes, what went back of it, and the roots that all of it is under.
//
// It is read from the journals alone, live or from their directories, so a copy gives the same. A
// journal that is not there is left out, and that is said; without payment's there is nothing.
//
// Each event is there as it stands in its journal, with its leaf: SHA-256(0x00 || bytes), one of
// those under the root. `kopeck verify --since PROCESS:EPOCH:LAST:ROOT` shows that a journal still
// is what the file says.
//
// Ownership  Everything is the value's own. Failures: an exit status, said on stderr.
// Threads    One. Source: docs/rules.md "Disputes".
#include "services/base/table.h"
#include "tools/kopeck/session.h"
#include "tools/kopeck/verify_source.h"

typedef struct {
    stream_t stream;
    uint64_t sequence;
    hash_t leaf;
    uint8_t *bytes;
    size_t size;
    kopecks_t taken; // by a posting of usage, of this payment
} exhibit_event_t;

typedef struct {
    bool read;
    uint64_t epoch, last;
    hash_t root;
} exhibit_journal_t;

typedef struct {
    uint64_t invoice, parent, request, credit; // credit: payment's sequence of its money
    uint64_t lot;                              // the ledger's posting that credited it, 0 if none
    uid_t16 account, mandate;
    kopecks_t amount, came, used;
    kopecks_t repaid; // of what was owed when it came; no posting of usage names it
    uint64_t minutes;
    exhibit_event_t *events; // by journal, in their order
    size_t count, cap;
    exhibit_journal_t journals[OPTIONS_STREAMS];
    table_t lines;   // metering's sequences of the lines that it paid for
    table_t refunds; // of it
} exhibit_t;

// Opens a journal at its first event; NULL where it is left out, and after an error, whose exit
// status is in *ret_status.
typedef verify_source_t *exhibit_open_fn(void *arg, stream_t stream, int *ret_status);

int exhibit_collect(exhibit_t *self, uint64_t invoice, exhibit_open_fn *open, void *arg);
// One JSON value; its member `text` is for people, a line each.
void exhibit_write(const exhibit_t *self, FILE *out);
void exhibit_release(exhibit_t *self);
