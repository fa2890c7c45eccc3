#pragma once
// api_keys - who may ask at /api/v1, and what for: the rows of the file of keys, by which a
// bearer's key is judged. Pure.
//
// A key is kpk_ID_SECRET: ID 8 hex digits, SECRET 64. The file holds SHA-256 of the whole key,
// never the key; 256 random bits need no slow hash. Two keys may be good at once while one is
// changed. Example: a key of the scope `read` asks for a balance and is refused a top-up with 403.
//
// Units: instants; requests a second. Ownership: plain. Failures: NULL. Threads: any, while nobody
// changes it. Source: docs/api.md "Keys".
#include "proto/producers.h"
#include "proto/span.h"
#include "proto/types.h"

enum { API_KEYS_MAX = 64, API_KEY_ID_SIZE = 9, API_KEY_NAME_MAX = 64, API_KEY_SIZE = 78 };
enum { API_KEY_RANDOM = 36, API_KEY_HASH_SIZE = 65 };

// API_SCOPE(name, NAME, meaning): bits in this order.
#define API_SCOPE_LIST(API_SCOPE)                                                                  \
    API_SCOPE(read, READ, "any account's balance, lines, payments, autopay and forecast")          \
    API_SCOPE(pay, PAY, "top-ups and what an account says of its autopay")                         \
    API_SCOPE(usage, USAGE, "usage, as the producers that the key names")                          \
    API_SCOPE(events, EVENTS, "what happens to all accounts")

typedef enum {
#define API_SCOPE(name, NAME, meaning) API_SCOPE_BIT_##NAME,
    API_SCOPE_LIST(API_SCOPE)
#undef API_SCOPE
        API_SCOPES
} api_scope_bit_t;

typedef enum {
    API_SCOPE_NONE = 0, // whoever reaches the listener
#define API_SCOPE(name, NAME, meaning) API_SCOPE_##NAME = 1 << API_SCOPE_BIT_##NAME,
    API_SCOPE_LIST(API_SCOPE)
#undef API_SCOPE
} api_scope_t;

const char *api_scope_name(api_scope_t scope); // of one bit; NULL for none
// Of words with spaces or commas between; false for a word that is none, or no word.
bool api_scopes_read(const char *text, unsigned *ret_scopes);

typedef struct {
    char id[API_KEY_ID_SIZE], name[API_KEY_NAME_MAX];
    uint8_t hash[32];
    unsigned scopes;
    uint64_t rate;         // requests a second
    instant_t until;       // from then on it is good for nothing; 0 for no end
    producers_t producers; // as whom it may send usage
} api_key_t;

typedef struct {
    api_key_t rows[API_KEYS_MAX];
    size_t count;
} api_keys_t;

bool api_key_id_is_good(const char *id);
bool api_key_hash_read(const char *hex, uint8_t ret_hash[32]);
// The key that an Authorization header bears; NULL for a header that is none, or a key that is not
// there or is over.
const api_key_t *api_keys_find(const api_keys_t *self, const char *authorization, instant_t now);
// A new key of so many random bytes, as text and as its hash.
void api_key_make(const uint8_t random[API_KEY_RANDOM], char ret_key[API_KEY_SIZE],
                  char ret_id[API_KEY_ID_SIZE], char ret_hash[API_KEY_HASH_SIZE]);
