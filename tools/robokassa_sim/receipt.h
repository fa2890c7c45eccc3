#pragma once
// receipt - the check that Robokassa makes of a Receipt: 1 to 100 positions whose sum is the
// amount.
#include <stdbool.h>
#include <stdint.h>

// `text` is JSON as it is or percent-encoded, however often (at most twice).
bool receipt_sums(const char *text, int64_t amount_kopecks);
