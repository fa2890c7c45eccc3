#pragma once
// page - what a payer's browser is shown. Pure: everything put in is escaped.
//
// Ownership: strings are the caller's.
#include "tools/robokassa_sim/operation.h"

// HTTP 200 like Robokassa's; the code is in the script object RoboxContext.
char *page_error(int code);
char *page_choice(const operation_t *operation);
char *page_done(const operation_t *operation, const char *what);
// A form with the fields of `query` that posts itself to `url`.
char *page_forward(const char *url, const char *query);
