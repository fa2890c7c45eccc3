#pragma once
// notify_mail - the bytes of an e-mail as SMTP takes them, and what the relay's reply says of it.
//
// The same notice is the same bytes however often it is sent: Date is when it was queued, and
// Message-ID is its name at the sender's domain, so that mailboxes know a repetition. Example:
// evt_0.6.1748768520.42 from billing@mail.example has <evt_0.6.1748768520.42@mail.example>.
//
// Subject and words are UTF-8; on the way both are base64, so that no line of them is a header, a
// lone dot or longer than SMTP's lines. Addresses are plain ASCII (notify_contact.h).
//
// Pure. Failures: 0, it does not fit, or a part is none. Threads: any.
// Source: docs/rules.md "E-mails"; RFC 5322, 2045, 2047, 3463, 2369, 3834.
#include "proto/span.h"
#include "proto/types.h"
#include "services/base/hole.h"

enum { MAIL_SIZE_MAX = 12 * 1024, MAIL_SUBJECT_MAX = 512, MAIL_WORDS_MAX = 4096 };

typedef struct {
    span_t from, to;       // local@domain
    span_t subject, words; // UTF-8
    span_t name;           // of the notice
    span_t choose;         // https:// or mailto:, for List-Unsubscribe; empty for none
    language_t language;
    instant_t at;
} mail_t;

size_t mail_write(const mail_t *self, char out[MAIL_SIZE_MAX]);

typedef enum {
    MAIL_TAKEN,
    MAIL_REFUSED, // the address: it is none, or takes nothing
    MAIL_LATER,   // the address: not now
    MAIL_UNSENT   // the relay: nothing is said of the address
} mail_answer_t;

// `status` is the reply's, 0 for none; `line` is its last line, "550 5.1.1 no such user". What a
// relay refuses for a policy of its own (5.7.x) says nothing of the address.
mail_answer_t mail_answer_read(unsigned status, bool at_recipient, span_t line);
