#pragma once
// api_keys_file - the file of keys of kopeck-api, in the form of our configurations: a section
// `keys` with one of these for each:
//
//   keys
//       1a2b3c4d                  the key's id
//           name = "panel"
//           sha256 = …            of the whole key, 64 hex digits
//           scopes = "read pay"   some of read, pay, usage, events
//           rate = 50             requests a second
//           producers = 100-199   as whom it may send usage; none
//           until = "2027-01-01"  from then on it is good for nothing; no end
//
// Ownership: the caller's. Failures: false, and `error` says what is wrong. Threads: one.
#include "services/api/api_keys.h"

enum { API_RATE = 50 }; // of a key that names none

// *ret_keys is not touched on failure.
bool api_keys_load(const char *file, api_keys_t *ret_keys, char *error, size_t error_size);

typedef struct {
    const char *name, *scopes, *producers, *until; // the last two NULL for none
    uint64_t rate;
} api_keys_wish_t;

// Puts another file with one row more in its place, whole or not at all; makes it if there is none.
bool api_keys_add(const char *file, const api_keys_wish_t *wish, const char *id, const char *hash,
                  char *error, size_t error_size);
