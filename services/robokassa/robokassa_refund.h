#pragma once
// robokassa_refund - what the refund service is told, and what its two answers say. What follows
// for the money is payment_refund's.
//
// An answer is read strictly: one flat JSON object whose members stand once. An amount is given as
// the text that stands there, for a number of JSON read as binary is not the sum any more.
//
// Example: {"requestId":"…","amount":150.000000,"label":"finished"} gives these three texts.
//
// Units      Kopecks. Ownership: everything is borrowed; texts lie in the answer.
// Failures   A size of 0 or false, and nothing written. Threads: any.
// Source     docs.robokassa.ru refund-api; docs/robokassa.md "Refund service".
#include "proto/money.h"
#include "proto/span.h"
#include "services/robokassa/robokassa_receipt.h"

enum {
    ROBOKASSA_REFUND_KEY_MAX = 64, // of an OpKey, which is opaque
};

// The payload of Create, which robokassa_jwt_refund signs. A sum of 0 is the whole payment. The
// position that the receipt of the refund has; NULL for none (InvoiceItems is left out).
size_t robokassa_refund_payload(span_t op_key, kopecks_t sum, const robokassa_item_t *item,
                                char *buffer, size_t buffer_size);

typedef struct {
    bool success;
    span_t request, message; // absent where they are null or missing
} robokassa_refund_created_t;
bool robokassa_refund_read_created(span_t body, robokassa_refund_created_t *ret_created);

// False also for the answer about a request that Robokassa does not know.
typedef struct {
    span_t request, label, amount;
} robokassa_refund_state_t;
bool robokassa_refund_read_state(span_t body, robokassa_refund_state_t *ret_state);
