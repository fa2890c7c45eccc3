#pragma once
// verify_source - one journal to be verified, event by event: live through its process's replay
// door, or offline from its directory.
//
// Offline the directory is read by a child process, for a damaged LMDB file can end whoever reads
// it by a signal; that is then corruption and no crash of ours. Both ends state `last` and `root`
// first; what is read ends there, so a journal that grows meanwhile is verified as it was.
// Ownership: the session is borrowed. An event lives until the next call. Failures: `status` is
// then an exit status, and the reason was said on stderr. Threads: one.
#include "tools/kopeck/stream_reader.h"

typedef struct verify_source verify_source_t;

// NULL after an error, its exit status in *ret_status.
verify_source_t *verify_source_live(session_t *session, stream_t stream, int *ret_status);
verify_source_t *verify_source_offline(stream_t stream, const char *directory, int *ret_status);
void verify_source_destroy(verify_source_t **self_p);

uint64_t verify_source_last(const verify_source_t *self);
const hash_t *verify_source_root(const verify_source_t *self);
int verify_source_status(const verify_source_t *self); // EX_OK while all is well

// False at the end, and after an error.
bool verify_source_next(verify_source_t *self, uint64_t *ret_sequence, bytes_t *ret_event);
