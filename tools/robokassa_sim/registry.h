#pragma once
// registry - the shop's registry of a day of Moscow as CSV: what came, what went back, and what was
// kept of each, as docs/robokassa.md "Registry" says that it is read.
//
// UTF-8 with a byte-order mark, semicolons, decimal commas; the last row is TOTAL. Test payments
// are in no registry. Failures: none. Threads: one.
#include "tools/robokassa_sim/sim.h"

// `day` is 2026-08-31, NULL for all days. The text is the caller's.
char *registry_text(const sim_t *sim, const char *day);
