#pragma once
// edge - what a stranger's form becomes: a request to payment, or nothing. Pure: bytes in, bytes
// out.
//
// web holds no secret of the payment system: a notice's raw fields go to payment as they came, and
// only what payment has committed is answered with OK{InvId}. A bad signature and an unknown
// invoice look the same from outside.
// Ownership: results borrow from the caller's buffer. Failures: FAIL_INVALID if the form is not
// well-formed or too long, or the buffer too small. Threads: any.
// Source: docs/robokassa.md "Notices", "Redirects".
#include "proto/request.h"
#include "proto/span.h"

enum {
    EDGE_BODY_MAX = 16 * 1024,          // of a received body or query
    EDGE_PACKED_MAX = 4 * EDGE_BODY_MAX // of its decoded fields, packed
};

// One of the functions below: fills in the request for a form, its fields packed into `buffer`
// (EDGE_PACKED_MAX suffices). `id` is that of the command, if it is one.
typedef fail_t edge_read_fn(span_t form, const uid_t16 *id, uint8_t *buffer, size_t cap,
                            request_t *ret_request);

edge_read_fn edge_read_notice;  // ResultURL: what Robokassa tells us
edge_read_fn edge_read_success; // SuccessURL: the browser came back from a payment
edge_read_fn edge_read_failure; // FailURL: the browser came back without one
edge_read_fn edge_read_health;  // takes no form
