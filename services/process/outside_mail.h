#pragma once
// outside_mail - an e-mail's way to its relay: what libcurl is told of it, and what became of it.
//
// The relay is one that the configuration names. We greet it by the domain that the e-mails are
// from; without TLS nothing leaves unless the configuration says so, and a certificate that does
// not verify ends the conversation. Each e-mail has a connection of its own. Example: the relay
// answers 550 to `RCPT TO:<gone@mail.example>`: that is RESULT_ANSWERED, 550, at_recipient; 454 to
// our password is RESULT_ANSWERED, 454, and says nothing of whom the e-mail goes to. The body of
// the result is how the reply's last line begins.
//
// Ownership: what is borrowed says so. Failures: outside_mail_begin returns false for what must not
// be sent. Threads: the loop's.
// Source: RFC 5321; libcurl.
#include "proto/core.h"
#include "proto/span.h"

typedef enum { RELAY_STARTTLS, RELAY_TLS, RELAY_PLAIN } relay_tls_t;

typedef struct {
    const char *host; // "" for none; all texts are borrowed
    unsigned port, timeout_ms;
    relay_tls_t tls;
    const char *user, *password; // "" where we do not sign in
    const char *from;            // local@domain
} outside_relay_t;

// Of one e-mail. Begins zeroed.
typedef struct {
    void *to;        // a list of libcurl's; NULL: it is no e-mail
    span_t left;     // of the message
    bool leaves;     // it was said that this is all
    bool asked_to;   // the relay was told whom it goes to, and of nothing since
    char reply[128]; // how its last reply begins
    size_t reply_size;
} outside_mail_t;

bool outside_mail_begin(outside_mail_t *self, void *easy, const outside_relay_t *relay, text_t to,
                        span_t message); // borrowed
void outside_mail_describe(const outside_mail_t *self, void *easy, bool taken,
                           result_t *ret_result);
void outside_mail_end(outside_mail_t *self);
