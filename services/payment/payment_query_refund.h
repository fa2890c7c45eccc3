#pragma once
// payment_query_refund - what is answered about refunds: the page of them, and a command's number.
//
// Failures: FAIL_MISSING, FAIL_INVALID. Threads: one. Source: proto/PROTOCOL.md §16.2.
#include "services/payment/payment_state.h"

// FAIL_INVALID for requests that are none of these.
fail_t payment_query_refund(const payment_state_t *self, const request_t *request,
                            const event_t *first, query_t *out);
