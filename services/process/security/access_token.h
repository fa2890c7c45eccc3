#pragma once
// access_token - who speaks for a customer: the platform's signed word that he is signed in, which
// the public face must show with all that it asks or commands in his name.
//
// It is a JWS in its compact form (RFC 7515) with the claims {iss, aud "kopeck", sub, iat, exp,
// auth_time, jti, scope}. `sub` is the account's UUID, `scope` some of `read pay`, and it lives 900
// seconds at most. Algorithm and issuer stand in the configuration and never in what is judged; no
// HMAC, whose key would let every process that verifies make them too. By real time, also where the
// clock is driven.
//
// Example: a face without one may pass Robokassa's notices on, and nothing else. With the access
// token of account A it may read A's balance and top A up; asked for B's it is told that there is
// no B.
//
// Tokens that were good are remembered by their SHA-256 until they end, so a page of ten
// questions verifies one signature.
// Units: microseconds. Ownership: the caller's. Failures: FAIL_DENIED with a static text that says
// what was wrong and what was expected. Threads: one; each door has its own.
// Source: docs/rules.md "Who speaks for a customer"; RFC 7515, 7518, 7519.
#include "services/node/speaker.h"

enum { ACCESS_TOKEN_KEYS_MAX = 4, ACCESS_TOKEN_SIZE_MAX = 4096, ACCESS_TOKEN_LIFE_S = 900 };

typedef enum { ACCESS_ES256, ACCESS_RS256 } access_algorithm_t;

typedef struct {
    const char *issuer; // "" where nobody may speak for a customer
    access_algorithm_t algorithm;
    const char *keys[ACCESS_TOKEN_KEYS_MAX]; // files of public keys (PEM)
    size_t keys_count;
} access_settings_t;

typedef struct access_judge access_judge_t;

// NULL, and why in `error`, if a key cannot be read, is of another kind, or is too short.
access_judge_t *access_judge_new(const access_settings_t *settings, char *error, size_t error_size);
// Two of them, for two threads; both NULL where nobody may speak for a customer (no issuer).
bool access_judges_new(const access_settings_t *settings, access_judge_t *ret_judges[2],
                       char *error, size_t error_size);
void access_judge_destroy(access_judge_t **self_p);
fail_t access_judge(access_judge_t *self, text_t access_token, instant_t now,
                    customer_t *ret_customer, const char **ret_detail);
// Of one that was judged to be good: when it was issued, and its jti, as the first half of its
// SHA-256. False for what cannot be read.
bool access_token_once(text_t access_token, instant_t *ret_issued, uint8_t ret_number[16]);
// access_judge for those who know it as a speaker_judge_fn; `arg` is the judge.
speaker_judge_fn access_judge_as_speaker;
