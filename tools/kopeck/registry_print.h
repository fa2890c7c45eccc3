#pragma once
// registry_print - what a reconciliation with Robokassa's registry found, for people or as one JSON
// object: the days, the sums of both sides, clearing, and each difference.
//
// Failures: none; a broken `out` is seen by its closer. Threads: one.
#include "tools/kopeck/registry_books.h"
#include <stdio.h>

// What became of a difference that was to be resolved.
typedef enum {
    REGISTRY_OPEN,
    REGISTRY_CREDITED,
    REGISTRY_PENDING, // another must agree
    REGISTRY_REFUSED
} registry_outcome_t;

void registry_print(const registry_report_t *report, const registry_terms_t *terms,
                    const registry_outcome_t *outcomes, bool json, FILE *out);
