#pragma once
// paper_shelf - the directory in which papers are kept as they were issued, NUMBER.pdf, and the
// files that papers are written into.
//
// What was issued is that very file: journals and libraries may change, and its hash in the journal
// says that it is the one. A file that is there is never written over. Example: an invoice is given
// out again years later, by another version of cairo; it comes from the shelf.
//
// Ownership: bytes are the caller's to free. Failures: an exit status, after having said why.
// Threads: one. Source: docs/rules.md "Papers".
#include "proto/types.h"

// A new file, flushed; EX_CANTCREAT if it is there.
int paper_shelf_write(const char *path, const uint8_t *bytes, size_t size);
// The kept paper, or NULL bytes where there is none; EX_DATAERR if its hash is another one.
int paper_shelf_take(const char *directory, const char *number, const hash_t *hash,
                     uint8_t **ret_bytes, size_t *ret_size);
// Keeps it. One that is there must be the same: it was kept before it could be noted.
int paper_shelf_keep(const char *directory, const char *number, const uint8_t *bytes, size_t size);
