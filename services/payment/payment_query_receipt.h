#pragma once
// payment_query_receipt - what payment answers about receipts.
//
// Threads    One.
#include "services/payment/payment_state.h"

fail_t payment_query_receipt(const payment_state_t *self, const request_t *request, query_t *out);
