#pragma once
// statement_amount - sums as banks write them: `140000`, `9999.9`, `9714,77`, `1 000.50`. Exact or
// not at all.
//
// Blanks anywhere are dropped, a comma is a point; then digits, and maybe a point with one or two
// more. Never a sign, an exponent, or a third decimal: what a bank wrote is not rounded.
// Failures: false, and nothing written; also above POSTING_AMOUNT_MAX. Threads: any.
#include "proto/money.h"
#include "proto/span.h"

bool statement_amount_parse(span_t text, kopecks_t *ret_amount);
// Of an account, which may be overdrawn: a minus may stand before it.
bool statement_amount_parse_balance(span_t text, kopecks_t *ret_balance);
