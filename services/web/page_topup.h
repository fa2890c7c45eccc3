#pragma once
// page_topup - a top-up: whole rubles, with the box of autopay or without, the review of what is
// agreed to, and the way to Robokassa's page.
//
// With the box ticked nothing is made before the customer has seen the sentence with all numbers
// and agreed: the digest of the sentence as it was shown stands in the ticket of the second form,
// and the sentence is written anew from what comes back. The same form sent twice is one invoice.
// Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

web_step_fn page_topup_send;
// Whole rubles as people type them: blanks, a ruble sign or «руб.» behind; 0 for what is no sum.
uint64_t page_topup_rubles(span_t text);
