#pragma once
// lot_payment - which payment by card a lot of cash is, as the ledger's journal says.
//
// Ownership: the session is borrowed. Failures: said on stderr; an exit status. Threads: one.
#include "tools/kopeck/session.h"

// *ret_invoice is 0 if it came in another way.
int lot_payment_ask(session_t *session, uint64_t lot, uint64_t *ret_invoice);
