#pragma once
// post_accounts - are the customers of these postings known to the ledger? A posting opens the
// account that it names, so a mistyped UUID would take the money; whoever posts by hand says --open
// where he means a new one.
// Failures: said on stderr; an exit status, EX_NOINPUT where one is not known. Threads: one.
#include "proto/event.h"
#include "tools/kopeck/session.h"

// Asked at that door of the ledger's: the command door or the feed door.
int post_accounts_check(session_t *session, client_door_t door,
                        const event_posting_requested_t *rows, size_t count);
