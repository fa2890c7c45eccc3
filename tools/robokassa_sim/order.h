#pragma once
// order - a request of the shop's that asks for money, read and checked; it knows the shop and the
// request, not what happened before.
//
// Ownership: strings point into the form, but `shp`, which order_clear frees. Failures: Robokassa's
// error codes, 0 = well. Source: docs/robokassa.md "Signatures", "Errors"; the order of the checks
// is a guess (docs/robokassa.md "Stand-in").
#include "tools/robokassa_sim/shop.h"

// Robokassa's error codes that this stand-in answers.
typedef enum {
    REFUSAL_NONE = 0,
    REFUSAL_NO_TEST_SETTINGS = 23,
    REFUSAL_NOT_ACTIVE = 25,
    REFUSAL_NO_SHOP = 26,
    REFUSAL_SIGNATURE = 29,
    REFUSAL_INVOICE = 30,
    REFUSAL_AMOUNT = 31,
    REFUSAL_EXPIRED = 33,
    REFUSAL_RECURRING_FORBIDDEN = 34,
    REFUSAL_RECURRING_PARAMETERS = 35,
    REFUSAL_ALREADY_PAID = 40,
    REFUSAL_NOT_STARTED = 41,
    REFUSAL_INVOICE_EXPIRED = 51,
    REFUSAL_INVOICE_PAID = 52,
    REFUSAL_INVOICE_UNKNOWN = 53,
    REFUSAL_HOLD_FORBIDDEN = 64,
    REFUSAL_HOLD_PARAMETERS = 65,
} refusal_t;

typedef enum { ORDER_START, ORDER_CHILD, ORDER_CONFIRM, ORDER_CANCEL } order_kind_t;

typedef struct {
    const char *login, *out_sum, *invoice_text, *signature; // never NULL
    const char *currency, *user_ip, *receipt, *result_url2; // NULL when absent or empty
    const char *success_url2, *success_method, *fail_url2, *fail_method, *token;
    const char *description, *email, *culture, *label, *expiration, *previous_text, *test_text;
    const char *recurring_text;
    bool recurring, step_by_step, test;
    int64_t amount_kopecks;
    int64_t invoice;    // 0: Robokassa assigns the number
    int64_t previous;   // of a child; 0 when it is not a number
    int64_t expires_us; // 0: never
    char *shp;
} order_t;

// Reads and checks all that needs no memory: shop, amount, number, signature, flags, parameters.
refusal_t order_read(order_t *self, order_kind_t kind, const shop_t *shop, const form_t *form);
void order_clear(order_t *self);

// The signature base; when `lenient`, Receipt and URLs as decoded once more.
char *order_base(const order_t *self, order_kind_t kind, const shop_t *shop, bool lenient);

// "2010-02-11T16:07:11.6973153+03:00" and its shorter forms; without an offset Moscow is meant.
bool order_parse_time(const char *text, int64_t *ret_us);
