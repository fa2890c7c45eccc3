#pragma once
// act_journals - what acts say, from the journals of documents, metering and the ledger: for an act
// that is to be issued, and again for one that was.
//
// Live through the replay doors, or offline from directories. Ownership: act_journals_close closes
// and is safe after a failed open. Failures: an exit status, after the reason was said on stderr.
// Threads: one. Source: docs/rules.md "Acts and advance invoices".
#include "services/documents/act_fold.h"
#include "services/documents/documents_state.h"
#include "tools/kopeck/verify_source.h"

typedef struct {
    session_t *session;
    const char *directories[OPTIONS_STREAMS]; // offline; "" where it is not named
    bool offline;
    verify_source_t *sources[OPTIONS_STREAMS];
    act_fold_t fold;
    documents_state_t *state; // documents', as of the last event that was taken
    uint64_t documents;       // its sequence
    uint64_t ledger, through; // how far the fold was to go
    int status;
} act_journals_t;

// An act.issued, in the memory of `bytes`.
typedef struct {
    uint8_t bytes[EVENT_BYTES_MAX];
    size_t size;
    uint64_t sequence; // 0 if there is none
    event_t event;
} act_record_t;

// Where journals are read from: --offline and --PROCESS DIR are taken of `args`. False if the
// command line is wrong, or after an error, with the exit status in `status`.
bool act_journals_take(act_journals_t *self, session_t *session, args_t *args);
bool act_journals_begin(act_journals_t *self);
void act_journals_close(act_journals_t *self);

// The next act behind an event of documents' journal; its sequence is 0 if there is none.
int act_journals_next(act_journals_t *self, uint64_t after, act_record_t *ret_act);
// Finds the act of that number. EX_NOINPUT if there is none.
int act_journals_find(act_journals_t *self, uint64_t number, act_record_t *ret_act);
// Folds all that there is, for acts of that quarter.
int act_journals_fold(act_journals_t *self, uint64_t quarter);
// Makes that act anew, from what the journals held when it was issued. *ret_same: byte for byte.
// Acts that were issued together, asked for in their order, are made of one reading.
int act_journals_again(act_journals_t *self, const act_record_t *act, bool *ret_same);
