#pragma once
// certificates - the certificates of a directory by their public keys: whom the authenticator lets
// in, and as what.
//
// A file that cannot be read for a cause that may pass (zpl_may_pass) is `unread`: it is taken from
// the list before, by its name, so that nobody is locked out by a moment without descriptors. One
// that is no certificate, or has the key of another, is `wrong` and lets nobody in, nor does the
// other of that key: nobody could say whose role was meant. Both are counted, and the first is
// told.
//
// Ownership: the caller's. Failures: NULL, and errno, if the directory cannot be read. Threads:
// one. Source: proto/PROTOCOL.md §3.3; ZMTP 3.0 for the form of metadata.
#include "proto/request.h"
#include <czmq.h>

enum {
    CERTIFICATES_MAX = 4096,
    CERTIFICATES_METADATA_MAX = 200, // bytes of names and values in a certificate's file
    CERTIFICATES_KEY_SIZE = 41,      // in Z85, with its end
    CERTIFICATES_PROPERTIES_MAX = 128
};

typedef struct {
    char key[CERTIFICATES_KEY_SIZE];
    char *file;
    bool doubtful;                                   // two have this key
    uint8_t properties[CERTIFICATES_PROPERTIES_MAX]; // role and producers, as ZMTP metadata
    size_t properties_size;
} certificate_t;

typedef struct {
    zhash_t *by_key; // certificate_t
    size_t unread, wrong;
} certificates_t;

// `before` may be NULL. `error` tells of the first unread or wrong one.
certificates_t *certificates_load(const char *directory, const certificates_t *before, char *error,
                                  size_t error_size);
void certificates_destroy(certificates_t **self_p);
// NULL for one that is not to be let in.
const certificate_t *certificates_find(const certificates_t *self, const char *key);

// Another number after any change of what certificates_load would read; 0 if it cannot be told.
uint64_t certificates_mark(const char *directory);
