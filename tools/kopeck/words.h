#pragma once
// words - what the numbers of closed lists mean, for people: states of payments and mandates,
// reasons of autopay, kinds of payments.
// Texts are static. NULL for a number that is not on its list, or a field that has no list.
#include "proto/request.h"
#include "proto/autopay.h"

const char *words_reason_code(autopay_reason_t reason); // "NO_PENDING"
const char *words_reason(autopay_reason_t reason);      // "a payment is in flight"
const char *words_of(request_type_t type, const char *answer_field, uint64_t number);
