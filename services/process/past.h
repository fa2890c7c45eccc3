#pragma once
// past - opens a process's journal and makes a node of it: takes the term and revives what it
// holds (revival.h). What comes out is the process as it was at its last commit.
//
// Ownership: the caller closes. Failures: those of the journal and its content, and a text that
// says what and where; the node is then NULL and what was opened is still to be closed. Threads:
// one.
#include "proto/span.h"
#include "services/node/node.h"
#include "services/process/security/vault.h"
#include "services/process/settings.h"

typedef struct {
    journal_t *journal;
    journal_reader_t *reader; // the loop's own
    node_t *node;
    uint64_t term;
    const core_t *core;
    const void *core_settings;
    stream_t stream;
    bool identified; // `program` says which program this is; else there are no snapshots
    hash_t program;
    speaker_judge_fn *judge; // set before it is opened; NULL where nobody speaks for a customer
    void *judge_arg;
    vault_t *vault; // of the side store; likewise, and closed with the rest. NULL: it keeps none
} past_t;

// What the journal's place needs before the process confines itself. FAIL_MISSING if there is no
// journal and the settings do not ask for a new one: a volume may not be mounted. Other failures
// are left to past_open.
fail_t past_prepare(const settings_t *settings, journal_needs_t *ret_needs, char *error,
                    size_t error_size);
// First thing; what was set before stays.
void past_begin(past_t *self, const core_t *core, const void *core_settings);
// Opens the journal, takes the term and makes the node; of these it leaves out what is done: one
// that stood by (standby.h) has opened it, leads, and followed it.
fail_t past_open(past_t *self, const settings_t *settings, char *error, size_t error_size);
// Opens the journal without leading, and closes it, the node apart.
fail_t past_connect(past_t *self, const settings_t *settings, char *error, size_t error_size);
void past_part(past_t *self);
// Takes the node, which is made if there is none, to where the journal now is.
fail_t past_follow(past_t *self, const settings_t *settings, char *error, size_t error_size);
// Makes the node again from what is committed, forgetting a batch that could not be.
fail_t past_return(past_t *self, const settings_t *settings, char *error, size_t error_size);
// The directory that a start loads snapshots from and where they are made: NULL where there are
// none, by the settings or because the engine keeps the journal in no directory.
const char *past_snapshots(const settings_t *settings, char ret_directory[JOURNAL_PLACE_MAX]);
// What the node is made with; each has entropy of its own.
void past_configure(const past_t *self, const settings_t *settings, node_config_t *ret_config);
// What a process ends with that could not open it.
int past_status(fail_t fail);
void past_close(past_t *self);
// Reads the keys of the side store, if any are configured: before the sandbox. False, and why.
bool past_keys(past_t *self, const settings_t *settings, char *error, size_t error_size);
// Appends a batch, its changes of the side store sealed, and reads that again.
fail_t past_append(past_t *self, const node_batch_t *batch);
bool past_was_taken(const past_t *self, fail_t fail); // by another process, which goes on with it
void past_rows(past_t *self, recall_end_t *end);      // what it wants of the side store
// Of the journal and its disk, as lines of a status.
void past_counters(const past_t *self, writer_t *out);
// Copies one committed event; `self` is a past_t. As journal_find.
fail_t past_find(void *self, uint64_t sequence, void *out, size_t cap, size_t *ret_size);
