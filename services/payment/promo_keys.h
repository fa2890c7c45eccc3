#pragma once
// promo_keys - the keys of promo codes' HMACs, as whoever runs the process hands them over: one
// line of VERSION:KEY, parted by single blanks. Versions are 1 to 255 and ascend, a key is 64
// hexadecimal digits, and the last one is the one that new codes are written with.
//
// Example: "1:000102…1f 2:202122…3f" are two keys, of which the second one is in use.
//
// Failures   False, and *ret_wrong says what was expected; it holds nothing of what was read.
// Threads    Any. Source: docs/rules.md "Promo codes".
#include "services/payment/promo_code.h"

bool promo_keys_read(span_t text, promo_keys_t *ret_keys, const char **ret_wrong);
