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
    bool contacts; // the process has the keys of a side store
    bool http;     // webhooks may be without TLS
    bool inside;   // and at addresses that are no public ones
} notify_settings_t;

extern const core_t notify_core;
