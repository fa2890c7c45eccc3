#pragma once
// payment_qr - what stands in the QR code of an invoice for a transfer, by ГОСТ Р 56042-2014
// (docs/rules.md "QR of an invoice"). The text alone; drawing it is another's.
//
// Windows-1251 if every character fits, else UTF-8; the separator is the first of `| # ; :` that is
// in no value, and none stands at the end. Sums are kopecks, in digits alone.
// Failures: 0 where a field is missing, longer than it may be, or does not fit. Threads: any.
#include "proto/money.h"
#include "proto/span.h"

enum { PAYMENT_QR_SIZE_MAX = 1024, PAYMENT_QR_HEAD_MAX = 300, PAYMENT_QR_PURPOSE_MAX = 160 };

typedef struct {
    span_t name, account, bank, bic, correspondent; // `correspondent` absent: `0`
    span_t inn, kpp, purpose;                       // absent: left out
    kopecks_t sum;                                  // 0: left out
    bool utf8;                                      // even if Windows-1251 would do
} payment_qr_t;

// The bytes that the code holds; not terminated.
size_t payment_qr_write(const payment_qr_t *self, char ret_bytes[PAYMENT_QR_SIZE_MAX]);
