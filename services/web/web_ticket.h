#pragma once
// web_ticket - the one hidden field of a form: that it is a form of ours for this customer, which
// command it is, and what he saw when he sent it.
//
//   v1.COMMAND.SEEN.MAC     in hex; MAC is HMAC-SHA-256 cut to 128 bits over version, route,
//                           account, command and seen
//
// So a form that is sent twice is one command, and one that another site made is none. It is bound
// to the account, not to the session: it outlives a sign-in and a restart. `seen` is a digest of
// what is agreed to, or of the state that was shown; the caller compares it.
// Units: microseconds of real time. Ownership: plain. Failures: false. Threads: any.
#include "proto/span.h"
#include "proto/types.h"

#define TICKET_LIFE_US (12 * HOUR_US)
enum {
    TICKET_KEY_MAX = 64,
    TICKET_KEYS_MAX = 2,
    TICKET_SEEN_SIZE = 16,
    TICKET_SIZE = 3 + 32 + 33 + 33
};

typedef struct {
    uint8_t bytes[TICKET_KEYS_MAX][TICKET_KEY_MAX]; // the first makes, both are taken
    size_t sizes[TICKET_KEYS_MAX], count;
} web_form_key_t;

typedef struct {
    uid_t16 command; // a UUIDv7: its time is when the form was made
    uint8_t seen[TICKET_SEEN_SIZE];
} web_ticket_t;

void web_ticket_write(const web_form_key_t *key, const char *route, const uid_t16 *account,
                      const web_ticket_t *ticket, char ret_text[TICKET_SIZE + 1]);
bool web_ticket_read(const web_form_key_t *key, const char *route, const uid_t16 *account,
                     span_t text, instant_t now, web_ticket_t *ret_ticket);
// What was seen, as it stands in a ticket.
void web_ticket_seen(span_t what, uint8_t ret_seen[TICKET_SEEN_SIZE]);
