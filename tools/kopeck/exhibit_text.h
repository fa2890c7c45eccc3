#pragma once
// exhibit_text - what the evidence of a payment says, in sentences for people.
//
// Example: "2026-02-01T09:00:00.000000Z autopay decided: balance 78.35 below 100.00, payment 1 of
// 3 of the month". No sentence holds a quotation mark or a control sign, so each is a JSON string
// as it is.
//
// Failures: none. Threads: one.
#include "tools/kopeck/exhibit.h"

// JSON strings, parted by commas.
void exhibit_text(const exhibit_t *self, FILE *out);
