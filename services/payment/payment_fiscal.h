#pragma once
// payment_fiscal - what the fiscal receipts (54-FZ) of a top-up say: the first one when it is paid,
// the second once when its lot is used up, and that of a refund (docs/rules.md "Receipts of a
// lot").
//
// Pure and apart from the money: no receipt moves a kopeck, and none is waited for. Whether one is
// registered is payment_registration. A bonus is a discount and no payment, so it is on no receipt.
//
// Example: 500 rubles of 2026 are an advance with 90.16 of VAT at 22/122. When the last of them is
// used, the second receipt says: a service of 500 rubles, paid in full by the advance, VAT 22.
//
// Units      Kopecks; days of Moscow.
// Ownership  Everything is borrowed.
// Failures   A verdict; the receipt is then untouched.
// Threads    Any.
#include "proto/codes.h"
#include "services/documents/vat.h"
#include "services/robokassa/robokassa_receipt.h"

// The taxes that a provider adds: the full rate of the day, those of the simplified system, none.
typedef enum {
    PAYMENT_FISCAL_FULL,
    PAYMENT_FISCAL_NONE,
    PAYMENT_FISCAL_5,
    PAYMENT_FISCAL_7,
} payment_fiscal_vat_t;

// Dated policy: in force from its day until the next one's. A list of them ascends.
typedef struct {
    day_t from;
    robokassa_sno_t sno; // tag 1055
    payment_fiscal_vat_t vat;
} payment_fiscal_regime_t;

typedef struct {
    const payment_fiscal_regime_t *regimes;
    size_t count;
} payment_fiscal_policy_t;

// A part of a charge, as the posting names it.
typedef struct {
    lot_kind_t kind;
    kopecks_t sum;
    day_t served; // the day of its service hour
} payment_fiscal_use_t;

// A lot of cash that a payment by card made.
typedef struct {
    kopecks_t sum, refunded;
    day_t came;
    const payment_fiscal_use_t *uses; // those that took from it
    size_t uses_count;
    bool closed; // its account was closed: nothing of it will be used any more
    bool offset; // its second receipt was made: there is never another
} payment_fiscal_lot_t;

// One position. The words are Robokassa's, the tags those of the law.
typedef struct {
    bool back;                 // tag 1054: 2, a return of income, instead of 1, income
    robokassa_sno_t sno;       // tag 1055
    robokassa_method_t method; // tag 1214: advance is 3, full_payment 4
    robokassa_object_t object; // tag 1212: payment is 10, service 4
    robokassa_tax_t tax;       // tag 1199: vat22 is 11, vat122 12
    kopecks_t sum;
    kopecks_t offset; // of it by prepayment, tag 1215; the rest is electronic, tag 1081
    kopecks_t vat;    // within the sum
} payment_fiscal_t;

typedef enum {
    PAYMENT_FISCAL_SAYS,
    PAYMENT_FISCAL_NOTHING, // none is due, or it was made before
    PAYMENT_FISCAL_SEVERAL, // services of two rates or regimes, which one receipt cannot say:
                            // people
    PAYMENT_FISCAL_REFUSED, // sums that cannot be, or a day without a regime or a rate
} payment_fiscal_verdict_t;

// With the payment.
payment_fiscal_verdict_t payment_fiscal_first(payment_fiscal_policy_t policy,
                                              const payment_fiscal_lot_t *lot,
                                              payment_fiscal_t *ret_receipt);
// Once, when nothing of the lot is left: used up, refunded, or closed. Robokassa takes two receipts
// of a payment, so a lot that lasts for months has one offset at its end. A lot of which nothing
// was used has none.
payment_fiscal_verdict_t payment_fiscal_second(payment_fiscal_policy_t policy,
                                               const payment_fiscal_lot_t *lot,
                                               payment_fiscal_t *ret_receipt);
// With a refund of `sum`, which is not yet in lot->refunded, at the rate at which the money came.
payment_fiscal_verdict_t payment_fiscal_refund(payment_fiscal_policy_t policy,
                                               const payment_fiscal_lot_t *lot, kopecks_t sum,
                                               payment_fiscal_t *ret_receipt);

// What of these uses was paid in money: all of a charge, or all that took from a lot. False if it
// leaves int64, or a part is not positive.
bool payment_fiscal_paid(const payment_fiscal_use_t *uses, size_t uses_count, kopecks_t *ret_sum);
