#pragma once
// payment_settings - what whoever configures the shop may choose, and every time and limit that
// nobody may.
//
// Example: payment_settings_check refuses settings whose receipt name is too long for Robokassa,
// before the first customer meets them.
//
// Units      Kopecks unless a name says rub; microseconds unless a name says ms.
// Ownership  Texts are borrowed, the shop's passwords among them.
// Failures   FAIL_CONFIG with what is wrong.
// Threads    Any.
#include "proto/core.h"
#include "services/payment/promo_code.h"
#include "services/robokassa/robokassa.h"
#include "services/robokassa/robokassa_receipt.h"

// Every time and limit that this core goes by and that nobody configures.
#define PAYMENT_REQUEST_AGE_US (15 * MINUTE_US) // an older request of autopay is not sent
#define PAYMENT_ANSWER_US (3 * MINUTE_US) // no request is answered later: its time-out is shorter
#define PAYMENT_RETRY_FIRST_US (5 * SECOND_US) // after no connection; doubles with each attempt
#define PAYMENT_RETRY_MAX_US (80 * SECOND_US)
#define PAYMENT_OVERDUE_US (15 * MINUTE_US)
#define PAYMENT_ALARM_US DAY_US
#define PAYMENT_MISSING_US (30 * MINUTE_US) // "no such operation" for so long is a decline
#define PAYMENT_TOPUP_LIFE_US DAY_US
// What was over in a journal that was put back, and may not be over at Robokassa.
#define PAYMENT_DOUBTED_AGE_US (7 * DAY_US) // what was older when it was lost is believed
#define PAYMENT_DOUBT_US HOUR_US            // longer no state answer is behind the truth
#define PAYMENT_DOUBT_MAX_US DAY_US         // so long it is asked about where nothing comes of it
#define PAYMENT_DOUBT_PACE_US (SECOND_US / 10) // between the first questions about two of them
// Waits between two questions about an invoice; the last one repeats.
#define PAYMENT_CHARGE_WAITS_US                                                                    \
    {                                                                                              \
        30 * SECOND_US, 2 * MINUTE_US, 10 * MINUTE_US, HOUR_US                                     \
    }
#define PAYMENT_TOPUP_WAITS_US                                                                     \
    {                                                                                              \
        5 * MINUTE_US, 25 * MINUTE_US, HOUR_US                                                     \
    }

enum {
    PAYMENT_COUNT_MAX = 31,       // autopay payments a month that a customer can consent to
    PAYMENT_TOPUPS_OPEN_MAX = 64, // unpaid top-ups of one account
    PAYMENT_FOREIGN_MIN_RUB = 1000,
    PAYMENT_INVOICES_MAX = 999000000,
    PAYMENT_DOUBTED_MAX = 100000, // of the last invoices of a journal that was put back
    PAYMENT_TICK_MAX = 64         // invoices judged before `more` is asked for
};

// What a receipt says; dated policy of whoever configures the shop.
typedef struct {
    bool wanted;
    robokassa_sno_t sno;
    robokassa_method_t method;
    robokassa_object_t object;
    robokassa_tax_t tax;
    span_t name; // of its one position
} payment_receipt_t;

// Without password 3 nothing is refunded through Robokassa.
typedef struct {
    span_t password3;
    span_t url;       // .../RefundService/Refund/Create
    span_t state_url; // .../RefundService/Refund/GetState
    bool by_itself;   // money that its customer does not allow goes back without an operator
    bool items;       // the receipt of a refund has the position that the payment's had
} payment_refund_settings_t;

// Without the addresses no second receipt is made, and no receipt is followed.
typedef struct {
    span_t url;       // .../RoboFiscal/Receipt/Attach
    span_t state_url; // .../RoboFiscal/Receipt/Status
    span_t site;      // the shop's, as receipts name it; absent: none is named
    span_t name;      // of a second receipt's one position
    text_t contact;   // the shop's own, of receipts whose account has none; absent: they name none
} payment_fiscal_settings_t;

typedef struct {
    robokassa_shop_t shop;
    payment_refund_settings_t refunds;
    payment_fiscal_settings_t fiscal;
    uint64_t topup_max_rub;                       // of one top-up
    uint64_t requests_max;                        // requests to Robokassa at once
    unsigned timeout_ms;                          // of one such request
    span_t topup_description, charge_description; // what the payer reads
    span_t success_url,
        fail_url; // where the payer returns to; absent: as the shop is set
    payment_receipt_t receipt;
    promo_keys_t promo; // none: promo codes are refused
    bool contacts;      // those of accounts are kept in the side store
} payment_settings_t;

// Everything but the shop: 100 000 rubles, 16 requests, 10 s, the receipt of an advance.
payment_settings_t payment_settings_default(void);

// FAIL_CONFIG unless every link and every request that these settings can lead to can be written;
// *ret_detail then says what is wrong. payment_state_create asserts it.
fail_t payment_settings_check(const payment_settings_t *self, const char **ret_detail);
