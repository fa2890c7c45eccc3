#pragma once
// fiscal - the service of second receipts: one is attached to a paid operation, at most one beside
// the first, and both are registered some time later.
//
// What the pages do not say is a guess: the same receipt sent again is taken again, another one of
// the same operation, or of the same number, is refused (3). A first receipt is known by its
// operation's number. `client`, where it is there, is an e-mail address or a telephone number in
// digits (guess). Faults on=receipt: `refuse` answers its code, `stuck` registers it never.
//
// Source: docs.robokassa.ru second-receipt; docs/robokassa.md "Second receipt", "Stand-in".
#include "tools/robokassa_sim/request.h"

bool fiscal_answer(sim_t *sim, const request_t *request, reply_t *reply);
