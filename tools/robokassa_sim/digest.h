#pragma once
// digest - the six hashes a Robokassa shop may choose, their HMACs, and base64url.
//
// Units: hex is NUL-terminated. Ownership: returned heap strings are the caller's.
#include <stdbool.h>
#include <stddef.h>

#define DIGEST_BYTES_MAX 64
#define DIGEST_HEX_MAX (2 * DIGEST_BYTES_MAX + 1)

typedef enum {
    DIGEST_MD5,
    DIGEST_RIPEMD160,
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
} digest_t;

// "md5", "RIPEMD160", "SHA256", "HS256", ...; case does not matter.
bool digest_named(const char *name, digest_t *ret_digest);

void digest_hex(digest_t self, const char *text, bool upper, char ret_hex[DIGEST_HEX_MAX]);
size_t digest_hmac(digest_t self, const char *key, const void *data, size_t size,
                   unsigned char ret_mac[DIGEST_BYTES_MAX]);

// Equal but for the case of letters; takes as long whatever differs.
bool digest_equal(const char *a, const char *b);

char *digest_base64(const void *data, size_t size, bool url); // no padding when `url`
// Takes both alphabets, with or without padding; NULL when it is neither.
unsigned char *digest_unbase64(const char *text, size_t length, size_t *ret_size);
