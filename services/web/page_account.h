#pragma once
// page_account - the screen «Баланс» and the autopay page: what an account has, what it spends, and
// whether its card will be charged, each from the answer that decides it.
//
// All sums come from one `balance` or from rows at or before its head. A process that says nothing
// leaves its block saying so, and the rest stands; without the ledger there is no page.
// Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

web_step_fn page_account_balance;
web_step_fn page_account_autopay;
