#pragma once
// act_period - which quarter's act a charge belongs to, and which advance invoices go with money
// (docs/rules.md "Acts and advance invoices").
//
// A quarter is Moscow's: year x 4 + 0..3, so consecutive quarters are consecutive numbers.
// Failures: none. Threads: any.
#include "proto/types.h"
#include "services/documents/day.h"

uint64_t act_period_of(instant_t hour_end); // an hour is served before its end
instant_t act_period_begin(uint64_t quarter);
// The quarter in whose act a charge stands: its own, or, where acts up to `issued` were issued, the
// first one after them. 0 means that none was.
uint64_t act_period_for(instant_t hour_end, uint64_t issued);

// Whether money that came on a day needs an advance invoice, and its last day. `used` is the day on
// which the last of it was used up, DAY_NONE if it is not.
bool act_period_advance(day_t came, day_t used, day_t *ret_last);

// Line 5б of a shipment invoice: `14 от 15.01.2026; 19 от 20.02.2026`, a dash for none. Returns the
// size, 0 if it does not fit.
typedef struct {
    span_t number;
    day_t day;
} act_advance_t;
size_t act_period_print_advances(const act_advance_t *advances, size_t count, char *ret_text,
                                 size_t size);
