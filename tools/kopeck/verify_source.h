#pragma once
// verify_source - one journal to be verified, event by event: live through its process's replay
// door, or offline from its directory.
//
// Offline the directory is read by a child process, for a damaged LMDB file can end whoever reads
// it by a signal; that is then corruption and no crash of ours. Both ends state `last` and `root`
// first; what is read ends there, so a journal that grows meanwhile is verified as it was.
// Ownership: the session is borrowed. An event lives until the next call. Failures: `status` is
// then an exit status, and the reason was said on stderr. Threads: one.
#include "services/node/head.h"
#include "tools/kopeck/stream_reader.h"

typedef struct verify_source verify_source_t;

// NULL after an error, its exit status in *ret_status.
// Its first event is that of the sequence `from`.
verify_source_t *verify_source_live(session_t *session, stream_t stream, uint64_t from,
                                    int *ret_status);
verify_source_t *verify_source_offline(stream_t stream, const char *directory, uint64_t from,
                                       int *ret_status);
void verify_source_destroy(verify_source_t **self_p);

// What a journal follows, by stream: of a live one the histories' names alone. `cursors` is zero
// where there is nothing. Offline before any source is opened, since journals may grow; and how far
// each is written then.
bool verify_source_glance(const char *directory, cursor_t ret_cursors[STREAM_END],
                          uint64_t *ret_last);
bool verify_source_glance_live(session_t *session, stream_t stream, uint64_t *ret_last);
const cursor_t *verify_source_followed(const verify_source_t *self); // live: STREAM_END of them
uint64_t verify_source_epoch(const verify_source_t *self);
uint64_t verify_source_last(const verify_source_t *self);
const hash_t *verify_source_root(const verify_source_t *self);
int verify_source_status(const verify_source_t *self); // EX_OK while all is well

// False at the end, and after an error.
bool verify_source_next(verify_source_t *self, uint64_t *ret_sequence, bytes_t *ret_event);
