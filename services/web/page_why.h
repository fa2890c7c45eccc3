#pragma once
// page_why - one decision of autopay, opened: what it decided about the customer's card, and every
// value that it looked at, as autopay's journal has them. The last one, or that of `decision`; each
// leads to the one before. `kopeck why-not` says the same.
//
// Ownership, failures, threads: as web_visit.h. Source: docs/rules.md "Reasons".
#include "services/web/web_visit.h"

web_step_fn page_why_show;
