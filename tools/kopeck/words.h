#pragma once
// words - what the numbers of proto/codes.def mean, for people at a terminal.
//
// Texts are static. NULL for a number that is not in its family, and for CODES_NONE.
#include "proto/codes.h"

const char *words_reason_code(autopay_reason_t reason); // "NO_PENDING"
const char *words_reason(autopay_reason_t reason);      // "a payment is in flight"
// The word in a cell: a verdict's name, as `explain` says it, else the English text.
const char *words_of(codes_family_t family, uint64_t number);
