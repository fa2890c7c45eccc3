#pragma once
// robokassa_notice - what Robokassa tells us on its own: the notice of a payment (ResultURL), which
// alone may credit, and the two browser redirects, which prove nothing.
//
// The signature is computed from the received text of every field, over all received Shp_ fields,
// and only then are the fields read. To whoever sent it, any refusal must look like any other: the
// reasons are for the log and for the decision, never for the answer.
//
// Units      Kopecks.
// Ownership  A notice holds plain values; its fields stay in the caller's form.
// Failures   A verdict other than 0; *ret_notice is untouched.
// Threads    Any.
// Source     docs.robokassa.ru notifications-and-redirects. Only OutSum, InvId and the Shp_ fields
//            are authentic; fee, e-mail, method and IsTest are not signed.
#include "services/robokassa/robokassa.h"

// Zero is authentic. An order that the checks follow: from ROBOKASSA_SUM_INVALID on, the signature
// was right.
typedef enum {
    ROBOKASSA_AUTHENTIC,
    ROBOKASSA_FIELD_MISSING,     // OutSum, InvId or SignatureValue is missing
    ROBOKASSA_FIELD_REPEATED,    // a field that is signed is there twice
    ROBOKASSA_TEST_REFUSED,      // a test notice, and the shop is live
    ROBOKASSA_SIGNATURE_INVALID, // the signature is no hex of the digest's length
    ROBOKASSA_SIGNATURE_WRONG,   // the signature does not match
    ROBOKASSA_SUM_INVALID,       // OutSum is no amount of whole kopecks
    ROBOKASSA_INVOICE_INVALID    // InvId is no invoice number
} robokassa_verdict_t;

typedef struct {
    int64_t invoice;
    kopecks_t sum;
    bool has_fee; // the fee is for the books only: it is not signed
    kopecks_t fee;
} robokassa_notice_t;

// Checks a notice at ResultURL: signed by password 2, or by the other password 2.
robokassa_verdict_t robokassa_notice_verify(const robokassa_shop_t *shop, const form_t *form,
                                            robokassa_notice_t *ret_notice);

// Checks a redirect to SuccessURL: signed by password 1. It came through the payer's browser and
// can be replayed: show a page, credit nothing.
robokassa_verdict_t robokassa_notice_verify_success(const robokassa_shop_t *shop,
                                                    const form_t *form,
                                                    robokassa_notice_t *ret_notice);

// Reads a redirect to FailURL, which nothing signs: it never cancels. False when it is malformed.
bool robokassa_notice_read_fail(const form_t *form, robokassa_notice_t *ret_notice);

// The value of a field by its exact name, as Shp_ names want it; false when it is absent.
bool robokassa_notice_field(const form_t *form, span_t name, span_t *ret_value);
