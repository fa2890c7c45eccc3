#pragma once
// sign_in - where the made-up platform signs its customers in: a page on the loopback that lists
// them, and a fresh link of one use into the customer's page for whoever is chosen.
//
// It is the platform's console of a demonstration: nobody is asked who he is. It signs with the key
// that fleet_customers made.
// Ownership: copies what it is given. Failures: NULL, false. Threads: a thread of its own serves;
// sign_in_open says once what it serves.
#include "proto/types.h"
#include <openssl/evp.h>

typedef struct sign_in sign_in_t;

sign_in_t *sign_in_new(void); // listens at a free port of the loopback; says 503 until it is open
void sign_in_destroy(sign_in_t **self_p);
const char *sign_in_url(const sign_in_t *self); // http://127.0.0.1:PORT/

// `key` is the file of the private half, `web` where kopeck-web answers, http://HOST:PORT.
bool sign_in_open(sign_in_t *self, const char *key, const char *web, const uid_t16 *accounts,
                  size_t count);
// An access token of the account (PROTOCOL.md §6.2); its size, 0 if it does not fit.
size_t sign_in_token(EVP_PKEY *key, const uid_t16 *account, int64_t now_s, const char *number,
                     char *ret_token, size_t size);
