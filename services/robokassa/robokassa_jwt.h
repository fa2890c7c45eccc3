#pragma once
// robokassa_jwt - the signed tokens of Robokassa's newer services: refunds, invoices made by the
// server, and second receipts. Given the JSON, they wrap and sign it. Invoices and second receipts
// wait for their caller.
//
// Ownership  Borrowed; the token goes to the caller's buffer. A key that is put together here is
//            wiped before the call returns.
// Failures   A size of 0: the algorithm is none the service takes, a maximum is passed, or the
//            buffer is too small.
// Threads    Any.
// Source     docs.robokassa.ru refund-api, invoice-api, second-receipt.
#include "proto/digest.h"
#include "proto/span.h"

enum {
    ROBOKASSA_JWT_KEY_MAX = 256,
    ROBOKASSA_JWT_PAYLOAD_MAX = 65536,
};

// Refund/Create: HS256, HS384 or HS512 by password 3.
size_t robokassa_jwt_refund(digest_t digest, span_t password3, span_t payload, char *buffer,
                            size_t buffer_size);

// CreateInvoice and its kin: HMAC of any of the shop's algorithms by "login:password1".
size_t robokassa_jwt_invoice(digest_t digest, span_t login, span_t password1, span_t payload,
                             char *buffer, size_t buffer_size);

// RoboFiscal/Receipt: not a JWT but its cousin, base64url(json).base64url(hex of the digest of
// base64url(json) followed by password 1).
size_t robokassa_jwt_fiscal(digest_t digest, span_t password1, span_t json, char *buffer,
                            size_t buffer_size);
