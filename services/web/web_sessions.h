#pragma once
// web_sessions - who is signed in: the browser's random id, of which only the SHA-256 is kept, and
// the platform's access token by which we speak for him (docs/rules.md "Who speaks for a
// customer"). In memory alone: a restart signs everybody out, and the forms that are open then
// still hold (web_ticket.h).
//
// The cookie is good for 30 minutes without use and 12 hours at most; the token for 15 minutes at
// most, whatever the cookie says. When the table is full the one that was used longest ago goes.
// Units: microseconds of real time. Ownership: copies what it is given. Failures: false. Threads:
// one. Pure: time and randomness are given.
#include "proto/span.h"
#include "proto/types.h"

#define SESSION_IDLE_US (30 * MINUTE_US)
#define SESSION_LIFE_US (12 * HOUR_US)
enum { SESSIONS_MAX = 100000, SESSION_ID_SIZE = 16, SESSION_TEXT_SIZE = 2 * SESSION_ID_SIZE };

typedef struct web_session {
    struct web_session *next;           // in its bucket
    struct web_session *before, *after; // by last use
    uint8_t sha256[32];
    uid_t16 account;
    bool reads, pays;
    instant_t began, used;
    char *access_token;
} web_session_t;

typedef struct {
    size_t max, count;
    web_session_t *buckets[4096];
    web_session_t *newest, *oldest;
} web_sessions_t;

void web_sessions_init(web_sessions_t *self, size_t max);
void web_sessions_release(web_sessions_t *self);
// Makes one under that random id; its text, which becomes the cookie, is written out.
void web_sessions_begin(web_sessions_t *self, const uint8_t id[SESSION_ID_SIZE], instant_t now,
                        const uid_t16 *account, bool reads, bool pays, span_t access_token,
                        char ret_text[SESSION_TEXT_SIZE + 1]);
// By the cookie's text, and it counts as used. NULL if there is none that is still good.
web_session_t *web_sessions_find(web_sessions_t *self, span_t text, instant_t now);
void web_sessions_end(web_sessions_t *self, web_session_t *session);
