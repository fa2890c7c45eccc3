#pragma once
// page_autopay - the two buttons of the autopay card: turn off, and resume after a suspension. Each
// is one press, and pressing again says the same.
//
// Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

web_step_fn page_autopay_off;
web_step_fn page_autopay_resume;
