#pragma once
// web_site - what all requests of the page share: whom a token is judged by, who is signed in, the
// key of the forms, how often somebody may ask, and what the configuration says.
//
// Ownership: web_main's. Threads: the pages' listener alone, once it runs. Failures: none here.
#include "services/node/speaker.h"
#include "services/web/web_limits.h"
#include "services/web/web_sessions.h"
#include "services/web/web_ticket.h"

enum { SITE_SEEN_MAX = 4096, SITE_ENTER_US = 60 * 1000 * 1000 };

// Of a token that may be used once: when it was issued, and which it is.
typedef bool web_once_fn(text_t access_token, instant_t *ret_issued, uint8_t ret_number[16]);

typedef struct {
    uint8_t number[16];
    instant_t until;
} web_seen_t;

typedef struct {
    // The operators' desk: whose certificate speaks, and for any customer; NULL where customers do.
    const char *operator_name;
    instant_t enter_us; // how long a one-use link is good; 0: SITE_ENTER_US
    bool serves;        // the page at all: the platform's tokens can be judged
    bool demo;
    bool gateway;                                // each request brings its own token
    const char *origin;                          // https://balance.example; "" for any host
    const char *payment_origin;                  // where a top-up sends the browser
    const char *sign_in_url, *after_success_url; // "" for none
    uint64_t topup_max_rub;
    speaker_judge_fn *judge;
    void *judge_arg;
    web_once_fn *once;
    void (*random)(void *bytes, size_t size);
    uid_t16 (*new_id)(void);
    instant_t started;
    web_form_key_t form_key;
    web_sessions_t sessions;
    web_limits_t limits;
    web_seen_t seen[SITE_SEEN_MAX]; // one-use links, a ring
    size_t seen_next;
} web_site_t;
