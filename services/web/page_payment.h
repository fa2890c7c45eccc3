#pragma once
// page_payment - what became of one payment, for the customer whose it is; for everybody else there
// is no such page. It says that money was credited when a posting in his balance says so, and that
// he should not pay again only when that is true.
//
// Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

web_step_fn page_payment_show;
