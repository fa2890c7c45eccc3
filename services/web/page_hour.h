#pragma once
// page_hour - one posting of the customer's account, opened. Of usage it shows the hour: the sixty
// minutes of each replica, the lines that charged them, and how each line came to its kopecks. Late
// minutes have both dates, that of the hour and that of the posting.
//
// The marked cells are as many as the lines charged less what was given back of them. Metering
// remembers an hour for a while; after that its lines alone are shown.
// Ownership, failures, threads: as web_visit.h. Source: docs/rules.md "The minutes of a line".
#include "services/web/web_visit.h"

web_step_fn page_hour_show;
