#pragma once
// registry_payout - which days' registries a bank transfer of Robokassa brought: the payments of a
// day, less what went back and what was kept. Transfers pay the days in their order, one or several
// at once; what does not come out so is named.
//
// Memory: 40 bytes a day. Failures: none. Threads: one.
// Source: docs/rules.md "Reconciliation with the registry".
#include "tools/kopeck/registry_books.h"

// Adds to the report what transfers brought otherwise, and what is left in clearing.
void registry_payout_compare(const registry_books_t *books, const registry_csv_t *file,
                             const registry_terms_t *terms, registry_report_t *report);
