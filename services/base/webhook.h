#pragma once
// webhook - the signatures of notices that programs take by HTTP, as Standard Webhooks has them:
// made, checked, and when a notice is sent again (docs/rules.md "Signed notices").
//
// A notice goes out with three headers, webhook-id, webhook-timestamp and webhook-signature. The
// signed text is `id.timestamp.body`; since an id has letters, digits and `_ - .` alone and a body
// begins with `{`, no other three parts make the same text.
//
// Units      Seconds since 1970 in headers; waits in microseconds.
// Ownership  Everything is borrowed for the call. Whoever holds a key wipes it.
// Failures   A size of 0, or false: the notice is none, or does not fit. A key that is none is
//            refused when it is read, so that nothing is ever signed by half a secret.
// Threads    Any.
#include "proto/digest.h"
#include "proto/span.h"
#include "proto/types.h"

enum {
    WEBHOOK_KEY_MIN = 24, // bytes
    WEBHOOK_KEY_MAX = 64,
    WEBHOOK_KEYS_MAX = 2, // the old and the new while a secret is changed
    WEBHOOK_ID_MAX = 64,
    WEBHOOK_BODY_MAX = 20000,
    WEBHOOK_SIGNATURES_MAX = 8,       // of one header that are looked at
    WEBHOOK_SIGNATURES_SIZE = 2 * 48, // a header of ours with its NUL: `v1,` and 44 signs each
    WEBHOOK_TIMESTAMP_SIZE = 24,      // its text with its NUL
    WEBHOOK_TOLERANCE_S = 300,        // so far a timestamp may be from the receiver's clock
    WEBHOOK_TRIES_MAX = 10,
};

typedef struct {
    uint8_t bytes[WEBHOOK_KEY_MAX];
    size_t size;
} webhook_key_t;

// Reads a secret, `whsec_` and the base64 of 24 to 64 bytes: the key is these bytes, not the text.
bool webhook_key_read(span_t secret, webhook_key_t *ret_key);

typedef struct {
    span_t id;       // the same however often it is sent: the receiver's mark of what it had
    int64_t seconds; // of this try
    span_t body;     // the raw bytes
} webhook_t;

// webhook-signature: one signature by each key, parted by a blank. Returns its size.
size_t webhook_sign(const webhook_t *self, const webhook_key_t *keys, size_t keys_count,
                    char ret_signatures[WEBHOOK_SIGNATURES_SIZE]);

// Whether a received header has a signature by one of the keys over what was received, and the
// timestamp is at most WEBHOOK_TOLERANCE_S from `now_seconds`, before or after. Signatures of other
// versions are passed over.
bool webhook_verify(const webhook_t *self, span_t signatures, const webhook_key_t *keys,
                    size_t keys_count, int64_t now_seconds);

// webhook-timestamp, and back: digits alone, without a nought before them.
span_t webhook_timestamp_print(int64_t seconds, char ret_text[WEBHOOK_TIMESTAMP_SIZE]);
bool webhook_timestamp_read(span_t text, int64_t *ret_seconds);

// What the receiver's answer asks for; an HTTP status of 0 is none at all.
typedef enum {
    WEBHOOK_TAKEN,   // 2xx
    WEBHOOK_AGAIN,   // send it again later
    WEBHOOK_SLOWER,  // again, and fewer at once: 429, 502, 504
    WEBHOOK_DISABLE, // 410: send nothing more there
} webhook_answer_t;

webhook_answer_t webhook_answer_read(int http_status);

// When the try after `tries` is due, counted from the first one. False once all were made.
bool webhook_next_try(instant_t first, uint32_t tries, instant_t *ret_at);
