#include "services/web/web_sessions.h"
#include "proto/digest.h"
#include <assert.h>
#include <stdlib.h>

enum { BUCKETS = sizeof((web_sessions_t *)0)->buckets / sizeof(web_session_t *) };

void web_sessions_init(web_sessions_t *self, size_t max)
{
    memset(self, 0, sizeof *self);
    self->max = max;
}

static web_session_t **bucket_of(web_sessions_t *self, const uint8_t sha256[32])
{
    return &self->buckets[(sha256[0] | sha256[1] << 8) % BUCKETS];
}

// --- in the order of use ---

static void unlink_use(web_sessions_t *self, web_session_t *session)
{
    if (session->before)
        session->before->after = session->after;
    else
        self->oldest = session->after;
    if (session->after)
        session->after->before = session->before;
    else
        self->newest = session->before;
}

static void link_use(web_sessions_t *self, web_session_t *session)
{
    session->before = self->newest;
    session->after = NULL;
    if (self->newest)
        self->newest->after = session;
    else
        self->oldest = session;
    self->newest = session;
}

// --- the table ---

void web_sessions_end(web_sessions_t *self, web_session_t *session)
{
    web_session_t **at = bucket_of(self, session->sha256);
    while (*at != session)
        at = &(*at)->next;
    *at = session->next;
    unlink_use(self, session);
    self->count--;
    explicit_bzero(session->access_token, strlen(session->access_token));
    free(session->access_token);
    free(session);
}

void web_sessions_release(web_sessions_t *self)
{
    while (self->oldest)
        web_sessions_end(self, self->oldest);
}

static bool is_over(const web_session_t *session, instant_t now)
{
    return now - session->used > SESSION_IDLE_US || now - session->began > SESSION_LIFE_US;
}

void web_sessions_begin(web_sessions_t *self, const uint8_t id[SESSION_ID_SIZE], instant_t now,
                        const uid_t16 *account, bool reads, bool pays, span_t access_token,
                        char ret_text[SESSION_TEXT_SIZE + 1])
{
    while (self->oldest && (self->count >= self->max || is_over(self->oldest, now)))
        web_sessions_end(self, self->oldest);
    web_session_t *session = calloc(1, sizeof *session);
    assert(session);
    digest_hex_lower(id, SESSION_ID_SIZE, ret_text);
    digest_sha256(ret_text, SESSION_TEXT_SIZE, session->sha256);
    session->account = *account;
    session->reads = reads;
    session->pays = pays;
    session->began = session->used = now;
    session->access_token = malloc(access_token.size + 1);
    assert(session->access_token);
    memcpy(session->access_token, access_token.bytes, access_token.size);
    session->access_token[access_token.size] = '\0';
    web_session_t **bucket = bucket_of(self, session->sha256);
    session->next = *bucket;
    *bucket = session;
    link_use(self, session);
    self->count++;
}

web_session_t *web_sessions_find(web_sessions_t *self, span_t text, instant_t now)
{
    uint8_t sha256[32];
    if (text.size != SESSION_TEXT_SIZE)
        return NULL;
    digest_sha256(text.bytes, text.size, sha256);
    web_session_t *session = *bucket_of(self, sha256);
    while (session && !digest_equal(session->sha256, sha256, sizeof sha256))
        session = session->next;
    if (!session)
        return NULL;
    if (is_over(session, now)) {
        web_sessions_end(self, session);
        return NULL;
    }
    session->used = now;
    unlink_use(self, session);
    link_use(self, session);
    return session;
}
