#pragma once
// statement_csv - statements of banks without 1C, as CSV of our own: UTF-8 or Windows-1251, `;`
// between fields, quotes as in RFC 4180, a header row of
//     date;number;amount;direction;own_account;payer_inn;payer_account;payer_name;purpose
// in any order, and a last row that must be there:
//     TOTAL;count;sum_in;sum_out
// A direction is `in` or `out`; sums have a point or a comma; dates are 31.08.2026 or 2026-08-31.
// Failures: false, and the statement says why. Threads: one a statement.
#include "services/documents/statement.h"

// Whether a text begins as such a file does.
bool statement_csv_is(span_t text);
// The text is the statement's own, decoded; fields are unquoted in place.
bool statement_csv_read(statement_t *self);
