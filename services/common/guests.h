#pragma once
// guests - the certificates of a directory by their public keys: whom the gate lets in, and as
// what.
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
    GUESTS_MAX = 4096,
    GUESTS_METADATA_MAX = 200, // bytes of names and values in a certificate's file
    GUESTS_KEY_SIZE = 41,      // in Z85, with its end
    GUESTS_PROPERTIES_MAX = 128
};

typedef struct {
    char key[GUESTS_KEY_SIZE];
    char *file;
    bool doubtful;                             // two have this key
    uint8_t properties[GUESTS_PROPERTIES_MAX]; // role and producers, as ZMTP metadata
    size_t properties_size;
} guest_t;

typedef struct {
    zhash_t *by_key; // guest_t
    size_t unread, wrong;
} guests_t;

// `before` may be NULL. `error` tells of the first unread or wrong one.
guests_t *guests_load(const char *directory, const guests_t *before, char *error,
                      size_t error_size);
void guests_destroy(guests_t **self_p);
const guest_t *guests_find(const guests_t *self, const char *key); // NULL: not to be let in

// Another number after any change of what guests_load would read; 0 if it cannot be told.
uint64_t guests_mark(const char *directory);
