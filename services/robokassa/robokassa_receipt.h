#pragma once
// robokassa_receipt - the fiscal receipt (54-FZ) that travels with a payment, as Robokassa's JSON.
//
// Which values a payment carries is dated policy of the payment service; robokassa_receipt_advance
// is what it ships with: money onto a balance is an advance, its subject a payment, without VAT.
//
// Units      Kopecks; printed in rubles with two decimals.
// Ownership  Borrowed; the text goes to the caller's buffer.
// Failures   A size of 0: a rule is broken (see robokassa_receipt_json) or the buffer is too small.
// Threads    Any.
// Source     docs.robokassa.ru fiscalization.
#include "proto/money.h"
#include "proto/span.h"
#include <stdint.h>

enum {
    ROBOKASSA_ITEMS_MAX = 100,
    ROBOKASSA_ITEM_NAME_MAX = 128, // characters
    ROBOKASSA_RECEIPT_MAX = 65536, // a buffer of this size takes any receipt of short names
};
#define ROBOKASSA_ITEM_SUM_MAX INT64_C(9999999999) // kopecks: eight digits of rubles

// Each list is ENTRY(enumerator, "what Robokassa calls it").
#define ROBOKASSA_SNO_LIST(ENTRY)                                                                  \
    ENTRY(ROBOKASSA_SNO_ABSENT, "") /* the shop has one regime */                                  \
    ENTRY(ROBOKASSA_SNO_OSN, "osn")                                                                \
    ENTRY(ROBOKASSA_SNO_USN_INCOME, "usn_income")                                                  \
    ENTRY(ROBOKASSA_SNO_USN_INCOME_OUTCOME, "usn_income_outcome")                                  \
    ENTRY(ROBOKASSA_SNO_ESN, "esn")                                                                \
    ENTRY(ROBOKASSA_SNO_PATENT, "patent")

#define ROBOKASSA_TAX_LIST(ENTRY)                                                                  \
    ENTRY(ROBOKASSA_TAX_NONE, "none")                                                              \
    ENTRY(ROBOKASSA_TAX_VAT0, "vat0")                                                              \
    ENTRY(ROBOKASSA_TAX_VAT5, "vat5")                                                              \
    ENTRY(ROBOKASSA_TAX_VAT7, "vat7")                                                              \
    ENTRY(ROBOKASSA_TAX_VAT10, "vat10")                                                            \
    ENTRY(ROBOKASSA_TAX_VAT20, "vat20")                                                            \
    ENTRY(ROBOKASSA_TAX_VAT105, "vat105")                                                          \
    ENTRY(ROBOKASSA_TAX_VAT107, "vat107")                                                          \
    ENTRY(ROBOKASSA_TAX_VAT110, "vat110")                                                          \
    ENTRY(ROBOKASSA_TAX_VAT120, "vat120")                                                          \
    ENTRY(ROBOKASSA_TAX_VAT22, "vat22")                                                            \
    ENTRY(ROBOKASSA_TAX_VAT122, "vat122")

#define ROBOKASSA_METHOD_LIST(ENTRY)                                                               \
    ENTRY(ROBOKASSA_METHOD_ADVANCE, "advance")                                                     \
    ENTRY(ROBOKASSA_METHOD_FULL_PREPAYMENT, "full_prepayment")                                     \
    ENTRY(ROBOKASSA_METHOD_PREPAYMENT, "prepayment")                                               \
    ENTRY(ROBOKASSA_METHOD_FULL_PAYMENT, "full_payment")                                           \
    ENTRY(ROBOKASSA_METHOD_PARTIAL_PAYMENT, "partial_payment")                                     \
    ENTRY(ROBOKASSA_METHOD_CREDIT, "credit")                                                       \
    ENTRY(ROBOKASSA_METHOD_CREDIT_PAYMENT, "credit_payment")

#define ROBOKASSA_OBJECT_LIST(ENTRY)                                                               \
    ENTRY(ROBOKASSA_OBJECT_PAYMENT, "payment")                                                     \
    ENTRY(ROBOKASSA_OBJECT_SERVICE, "service")                                                     \
    ENTRY(ROBOKASSA_OBJECT_COMMODITY, "commodity")                                                 \
    ENTRY(ROBOKASSA_OBJECT_EXCISE, "excise")                                                       \
    ENTRY(ROBOKASSA_OBJECT_JOB, "job")                                                             \
    ENTRY(ROBOKASSA_OBJECT_GAMBLING_BET, "gambling_bet")                                           \
    ENTRY(ROBOKASSA_OBJECT_GAMBLING_PRIZE, "gambling_prize")                                       \
    ENTRY(ROBOKASSA_OBJECT_LOTTERY, "lottery")                                                     \
    ENTRY(ROBOKASSA_OBJECT_LOTTERY_PRIZE, "lottery_prize")                                         \
    ENTRY(ROBOKASSA_OBJECT_INTELLECTUAL_ACTIVITY, "intellectual_activity")                         \
    ENTRY(ROBOKASSA_OBJECT_AGENT_COMMISSION, "agent_commission")                                   \
    ENTRY(ROBOKASSA_OBJECT_COMPOSITE, "composite")                                                 \
    ENTRY(ROBOKASSA_OBJECT_RESORT_FEE, "resort_fee")                                               \
    ENTRY(ROBOKASSA_OBJECT_ANOTHER, "another")                                                     \
    ENTRY(ROBOKASSA_OBJECT_PROPERTY_RIGHT, "property_right")                                       \
    ENTRY(ROBOKASSA_OBJECT_NON_OPERATING_GAIN, "non-operating_gain")                               \
    ENTRY(ROBOKASSA_OBJECT_INSURANCE_PREMIUM, "insurance_premium")                                 \
    ENTRY(ROBOKASSA_OBJECT_SALES_TAX, "sales_tax")                                                 \
    ENTRY(ROBOKASSA_OBJECT_TOVAR_MARK, "tovar_mark")

#define ENTRY(enumerator, name) enumerator,
typedef enum { ROBOKASSA_SNO_LIST(ENTRY) ROBOKASSA_SNO_COUNT } robokassa_sno_t;
typedef enum { ROBOKASSA_TAX_LIST(ENTRY) ROBOKASSA_TAX_COUNT } robokassa_tax_t;
typedef enum { ROBOKASSA_METHOD_LIST(ENTRY) ROBOKASSA_METHOD_COUNT } robokassa_method_t;
typedef enum { ROBOKASSA_OBJECT_LIST(ENTRY) ROBOKASSA_OBJECT_COUNT } robokassa_object_t;
#undef ENTRY

typedef struct {
    span_t name;
    int64_t quantity; // whole pieces
    kopecks_t sum;    // of the whole position
    robokassa_method_t method;
    robokassa_object_t object;
    robokassa_tax_t tax;
} robokassa_item_t;

typedef struct {
    robokassa_sno_t sno;
    const robokassa_item_t *items;
    size_t items_count;
} robokassa_receipt_t;

// The one position of a top-up.
robokassa_item_t robokassa_receipt_advance(span_t name, kopecks_t sum);

// Writes the JSON of a receipt for a payment of `sum`. Refused: no position or more than
// ROBOKASSA_ITEMS_MAX; a name that is empty, too long, not UTF-8 or with control characters; a
// quantity or a sum that is not positive or too large; positions that do not add up to `sum`.
size_t robokassa_receipt_json(const robokassa_receipt_t *receipt, kopecks_t sum, char *buffer,
                              size_t buffer_size);

// A position of a refund's receipt, an array of that one, as the refund service has it:
// `InvoiceItems` with the price of one piece. Refused as above; its sum must be whole pieces'
// worth.
void robokassa_receipt_refunded(const robokassa_item_t *item, writer_t *writer);
bool robokassa_receipt_is_refunded(const robokassa_item_t *item);

// What of a second receipt stands beside its positions.
typedef struct {
    span_t login, site;  // the shop's; absent: none is said
    uint64_t number;     // of the receipt
    uint64_t invoice;    // of the payment
    kopecks_t vat;       // within the sum; it is all at one rate
    span_t email, phone; // of whom it goes to; absent: neither is said
} robokassa_second_t;

// Writes the JSON of the second receipt of a payment: a sale that was paid by an advance. Refused
// as above, and without a login; every position is of one rate.
size_t robokassa_receipt_second(const robokassa_second_t *second,
                                const robokassa_receipt_t *receipt, kopecks_t sum, char *buffer,
                                size_t buffer_size);

// Escapes the JSON once: the value that is signed and that the Receipt field carries (the form
// escapes it again on its way).
size_t robokassa_receipt_escaped(span_t json, char *buffer, size_t buffer_size);

// Read a name of the lists, as a configuration has it; false when it is none. They wait for their
// caller, as robokassa_receipt_advance does: payment's receipts come from payment_settings.
bool robokassa_receipt_sno(const char *name, robokassa_sno_t *ret_sno);
bool robokassa_receipt_tax(const char *name, robokassa_tax_t *ret_tax);
bool robokassa_receipt_method(const char *name, robokassa_method_t *ret_method);
bool robokassa_receipt_object(const char *name, robokassa_object_t *ret_object);
