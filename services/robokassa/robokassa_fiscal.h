#pragma once
// robokassa_fiscal - the service of second receipts: the question how far a receipt is, and what
// its two answers say. The receipt itself is robokassa_receipt_second, the signature of both
// robokassa_jwt_fiscal.
//
// Example: {"Code":"2","Description":"Done","FiscalDocumentNumber":"17"} is registered, document
// 17.
//
// Ownership  Borrowed. Failures: a size of 0, or false and nothing written. Threads: any.
// Source     docs/robokassa.md "Second receipt".
#include "proto/span.h"
#include <stdint.h>

// The question about the receipt of that number.
size_t robokassa_fiscal_question(span_t login, uint64_t number, char *buffer, size_t buffer_size);

// Numbers that were not told, or are none, are 0.
typedef struct {
    int64_t code;                   // ResultCode of what was sent, Code of a question
    uint64_t drive, document, sign; // tags 1041, 1040 and 1077
} robokassa_fiscal_t;

// The answer to either.
bool robokassa_fiscal_read(span_t body, robokassa_fiscal_t *ret_answer);
