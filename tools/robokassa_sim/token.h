#pragma once
// token - signed JSON: the shop's JWTs that come in (HMAC), Robokassa's JWS that go out (RS256).
//
// Ownership: returned strings and JSON are the caller's. Source: docs.robokassa.ru
// invoice-api, refund-api, notifications-and-redirects.
#include "tools/robokassa_sim/digest.h"
#include <jansson.h>

typedef struct token_key token_key_t;

// Reads the key of `path`, or makes one and writes it there; NULL: makes one that nobody keeps.
token_key_t *token_key_create(const char *path, bool expired);
void token_key_destroy(token_key_t **self_p);

char *token_sign(const token_key_t *self, const char *payload);
const char *token_certificate(const token_key_t *self); // PEM

// The payload of a JWT, bare or in JSON quotes, signed with `key`; NULL when it is not that.
// Without an `alg` the shop's hash is used; `sha2_only` is the refund API's rule.
json_t *token_verify(const char *body, const char *key, digest_t hash, bool sha2_only);
