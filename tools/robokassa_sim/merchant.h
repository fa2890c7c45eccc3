#pragma once
// merchant - the doors under /Merchant/: starting a payment, the payer's choice, recurring
// children, holds and the state of an operation.
//
// Source: docs/robokassa.md "Payment", "Charge", "OpStateExt"; docs.robokassa.ru holding. The order
// of the checks is order.h's, then what the operations before allow.
#include "tools/robokassa_sim/request.h"

// Answers a request whose path is one of its own; false otherwise.
bool merchant_answer(sim_t *sim, const request_t *request, reply_t *reply);

// The payer's choice: "pay", "decline", "abandon" (walks away), "expire". False when the operation
// waits for none or the word is unknown.
bool merchant_choose(sim_t *sim, operation_t *operation, const char *action);

// Whether a child may be charged against what is known of its parent and its number.
refusal_t merchant_check_child(const book_t *book, const order_t *order);
