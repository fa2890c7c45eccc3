#pragma once
// notify_letter - what a notice says to people: the subject and the words of an e-mail, in the
// language that the contact was set with. The texts are those of letters.def.
//
// Example: after ladder.moved to low, "The balance is low" and "Balance: 99.99 ...".
//
// Pure. Ownership: written into the caller's writers, which end no line but by CR LF. Failures:
// false for an event that no text tells; a full writer stays full.
// Source: docs/rules.md "Notices to contacts".
#include "proto/event.h"
#include "services/base/hole.h"

typedef struct {
    language_t language;
    text_t code;       // that confirms an address; empty in all others
    uid_t16 account;   // whose it is
    const event_t *of; // that is told; NULL with a code
    instant_t at;      // when the notice was queued
    span_t choose;     // where a customer chooses what he is told
    span_t confirm;    // where he confirms an address; the code is added to it
} letter_t;

bool letter_write(const letter_t *self, writer_t *subject, writer_t *words);
