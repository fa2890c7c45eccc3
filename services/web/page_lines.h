#pragma once
// page_lines - the details: postings of one side and period, page by page, frozen at the head that
// the first page showed, with the balance before and after.
//
// Ownership, failures, threads: as web_visit.h.
#include "services/web/web_visit.h"

web_step_fn page_lines_show;
