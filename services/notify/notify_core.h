#pragma once
// notify_core - the ladder: says, account by account, when the money is low, lasts for a day or for
// hours, is used up, what is stopped, frozen and may be deleted then, and when money takes it back.
//
// It hears of balances from the ledger, of what runs from metering's charge lines, of payments
// under way from payment. Who has a contact is told by it, at least once. A step up takes something
// away or announces it, so it is judged only in a tick whose inputs are current; that a stop is
// over is said whatever is not heard yet. Settings: NULL for none. Threads: one. Source:
// docs/rules.md "Ladder", "Contacts".
#include "proto/core.h"

typedef struct {
    bool contacts;            // the process has the keys of a side store
    bool http;                // webhooks may be without TLS
    bool inside;              // and at addresses that are no public ones
    const char *mail_from;    // of e-mails, local@domain; NULL: none is sent
    const char *mail_choose;  // where customers choose what they are told; "" for nowhere
    const char *mail_confirm; // where they confirm an address; "" for nowhere
    instant_t mail_patience;  // so long the relay may take nothing before that is an alarm
} notify_settings_t;

// The places of what it follows.
enum { FOLLOWS_METERING, FOLLOWS_LEDGER, FOLLOWS_PAYMENT, FOLLOWS_AUTOPAY, FOLLOWS_COUNT };

extern const core_t notify_core;
