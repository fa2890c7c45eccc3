#pragma once
// certificates - the certificates of a directory by their public keys: whom the authenticator lets
// in, and as what.
//
// Files named NAME.cert are read and no others, for editors, copies and archives leave theirs
// beside them. A file that cannot be read for a cause that may pass (zpl_may_pass) is `unread`: it
// is taken from the list before, by its name, so that nobody is locked out by a moment without
// descriptors. Whatever else is no certificate, has another name, or has the key of another is
// `wrong` and lets nobody in, nor does the other of that key: nobody could say whose role was
// meant. None of them concerns anybody else. All are counted, and the first CERTIFICATES_ODD_MAX
// are told of, each with its name and why. Names that begin with two dots are a volume's own
// (Kubernetes) and no oddity.
//
// A certificate's name is what its metadata says, else its file's without `.cert`: it is stored
// with what its owner commands. What is no letter, digit, `.`, `_`, `@` or `-` of ASCII becomes
// `_`, and 48 bytes are the end.
//
// Ownership: the caller's. Failures: NULL, and errno, if the directory cannot be read, EPERM if its
// group or others may change it, since they would say who comes in. Threads: one.
// Source: proto/PROTOCOL.md §3.3.
#include "services/process/security/roster.h"
#include <czmq.h>

enum {
    CERTIFICATES_MAX = 4096,
    CERTIFICATES_METADATA_MAX = 200, // bytes of names and values in a certificate's file
    CERTIFICATES_ODD_MAX = 8,
    CERTIFICATES_ODD_TEXT = 160
};

typedef struct {
    roster_row_t row;
    char *file;
    bool doubtful; // two have this key
} certificate_t;

typedef struct {
    zhash_t *by_key; // certificate_t
    size_t unread, wrong;
    char odd[CERTIFICATES_ODD_MAX][CERTIFICATES_ODD_TEXT]; // "file: why", of the first of both
} certificates_t;

// `before` may be NULL. `error` tells of the first unread or wrong one, with its directory.
certificates_t *certificates_load(const char *directory, const certificates_t *before, char *error,
                                  size_t error_size);
void certificates_destroy(certificates_t **self_p);
// NULL for one that is not to be let in.
const certificate_t *certificates_find(const certificates_t *self, const char *key);
// All that may come in.
void certificates_write(const certificates_t *self, roster_board_t *board);

// Another number after any change of what certificates_load would read; 0 if it cannot be told.
uint64_t certificates_mark(const char *directory);
