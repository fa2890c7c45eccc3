#pragma once
// digest - message digests, their hex and base64 and their keyed form: what records, trees and
// Robokassa's signatures are made of.
//
// SHA-256 for records has its own door (digest_sha256), because leaf hashes are the hot path. The
// named algorithms are those a Robokassa shop can be set to.
//
// Ownership  Every result goes to the caller's buffer; nothing is kept.
// Failures   None of the digests can fail; a libcrypto without an algorithm stops the process at
//            the first use, for then no signature could be trusted.
// Threads    Any.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIGEST_SHA256_SIZE = 32,
    DIGEST_SIZE_MAX = 64,
    DIGEST_HEX_MAX = 2 * DIGEST_SIZE_MAX, // without the closing NUL
    DIGEST_BASE64_MAX = 88,               // of DIGEST_SIZE_MAX bytes, likewise
};

// DIGEST(enumerator, name): the name is lower-case and what digest_by_name reads.
#define DIGEST_LIST(DIGEST)                                                                        \
    DIGEST(DIGEST_MD5, "md5")                                                                      \
    DIGEST(DIGEST_RIPEMD160, "ripemd160")                                                          \
    DIGEST(DIGEST_SHA1, "sha1")                                                                    \
    DIGEST(DIGEST_SHA256, "sha256")                                                                \
    DIGEST(DIGEST_SHA384, "sha384")                                                                \
    DIGEST(DIGEST_SHA512, "sha512")

typedef enum {
#define DIGEST(enumerator, name) enumerator,
    DIGEST_LIST(DIGEST)
#undef DIGEST
        DIGEST_COUNT
} digest_t;

// A borrowed piece of a message.
typedef struct {
    const void *data;
    size_t size;
} digest_part_t;

void digest_sha256(const void *data, size_t size, uint8_t ret_digest[DIGEST_SHA256_SIZE]);

// SHA-256 of prefix followed by data, as RFC 6962 wants its leaves and nodes.
void digest_sha256_2(const void *prefix, size_t prefix_size, const void *data, size_t size,
                     uint8_t ret_digest[DIGEST_SHA256_SIZE]);

// SHA-256 of each message behind that byte: of many leaves or nodes at once, in less time where the
// processor takes two together. No digest may lie where a message does.
void digest_sha256_each(uint8_t prefix, const digest_part_t *messages, size_t count,
                        uint8_t (*ret_digests)[DIGEST_SHA256_SIZE]);

// The digest of the parts one after another. So a message that holds a secret is never in one
// piece. Returns digest_size(digest).
size_t digest_parts(digest_t digest, const digest_part_t *parts, size_t parts_count,
                    uint8_t ret_digest[DIGEST_SIZE_MAX]);

// HMAC (RFC 2104) of one message. Returns digest_size(digest).
size_t digest_hmac(digest_t digest, const void *key, size_t key_size, const void *data, size_t size,
                   uint8_t ret_code[DIGEST_SIZE_MAX]);

size_t digest_size(digest_t digest);
const char *digest_name(digest_t digest);

// Reads a name in any case; false when no algorithm is called so.
bool digest_by_name(const char *name, digest_t *ret_digest);

// Write 2 * size characters and a NUL.
void digest_hex_lower(const uint8_t *bytes, size_t size, char *ret_hex);
void digest_hex_upper(const uint8_t *bytes, size_t size, char *ret_hex);

int digest_hex_value(char c); // of a digit of any case, -1 for what is none

// Reads hex of any case. False, and nothing written, unless hex_size is exactly 2 * size and every
// character is a hex digit.
bool digest_unhex(const char *hex, size_t hex_size, size_t size, uint8_t *ret_bytes);

// Base64 with padding (RFC 4648, 4) of at most DIGEST_SIZE_MAX bytes, and a NUL behind it. Returns
// the size of the text.
size_t digest_base64(const uint8_t *bytes, size_t size, char ret_text[DIGEST_BASE64_MAX + 1]);

// Reads what digest_base64 writes and nothing else: no blank, no line end, no missing padding, no
// second spelling of the same bytes. False, and nothing written, for any other text.
bool digest_unbase64(const char *text, size_t text_size, uint8_t ret_bytes[DIGEST_SIZE_MAX],
                     size_t *ret_size);

// Compares in a time that does not depend on the contents.
bool digest_equal(const void *a, const void *b, size_t size);
