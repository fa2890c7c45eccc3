#pragma once
// admin - the stand-in's own door, prefix /sim/: JSON in, JSON out, for tests and drivers.
//
//   GET  /sim/captures    every payment whose money is kept: {"captures": [{"invoice", "parent",
//                         "amount_kopecks", "kind": "initial"|"recurring", "time_us", "state",
//                         "refunded_kopecks", "deliveries", "acknowledged", "test"}]}
//   GET  /sim/operations  {"operations": [...]} with every stored field; "state" is Robokassa's
//                         State code, 0 for a page that was only opened.
//                         ?invoice=N for one number.
//   GET  /sim/status      {"idle", "now_us", "next_wake_us": N|null, "generation", "pending",
//                         "in_flight", "operations", "operations_max", "faults": {...}}
//                         idle: no delivery under way, no answer held back, nothing due now.
//                         `generation` rises with every change, so the same idle answer twice
//                         means that nothing happened between.
//   GET  /sim/registry    the shop's registry as CSV (registry.h); ?day=2026-08-31 for one day
//   POST /sim/pay         {"invoice": N, "action": "pay"|"decline"|"abandon"|"expire"}: the payer's
//                         choice on the newest opened page of that number; or "revive" (support
//                         finds the money of a cancelled or suspended operation), "suspend",
//                         "return" (State 60).
//   POST /sim/faults      {"seed": N, "rules": [{"fault": NAME, "on": PLACE, "invoice": N,
//                         "parent": N, "probability_ppm": N, "count": N, "from_us": N,
//                         "until_us": N, "delay_ms": N, "times": N, "code": N}]} replaces all
//                         rules; all but "fault" may be left out. PLACE: any,
//                         initial, recurring, state, hold, invoice, refund, page. Names and
//                         meanings: fault.h.
//   POST /sim/clock       {"now_us": N}, driven clock only, never backwards. Answers as status does
//                         once the work that became due has been started.
//
// The book and the refunds survive a restart when a journal is configured; the rules of the
// configuration then apply afresh, and a driven clock starts at the last change it had seen.
//
// Errors: HTTP 400, 404 or 409 with {"error": "a sentence"}.
#include "tools/robokassa_sim/request.h"

// `held` is the number of answers that are held back. False when the path is not under /sim/.
bool admin_answer(sim_t *sim, const request_t *request, size_t held, reply_t *reply);
