#pragma once
// callback - what Robokassa tells the shop, as text: ResultURL, SuccessURL, FailURL, ResultUrl2 and
// the answer of OpStateExt. Pure: operation in, string out.
//
// Ownership: strings are the caller's. Source: docs/robokassa.md "Notices", "Redirects",
// "OpStateExt"; the order of fields as seen on the wire.
#include "tools/robokassa_sim/operation.h"
#include "tools/robokassa_sim/shop.h"

typedef struct {
    const char *payer_email;
    int64_t fee_ppm;
    bool legacy_namespace, user_fields;
} callback_style_t;

typedef enum { CALLBACK_TRUE, CALLBACK_WRONG_AMOUNT, CALLBACK_WRONG_SIGNATURE } callback_damage_t;

char *callback_result(const operation_t *operation, const shop_t *shop,
                      const callback_style_t *style, callback_damage_t damage);
char *callback_success(const operation_t *operation, const shop_t *shop);
char *callback_fail(const operation_t *operation);
// The JSON that ResultUrl2's JWS carries.
char *callback_state(const operation_t *operation, const shop_t *shop, int64_t now_us);
// `operation` may be NULL when `result` is not 0.
char *callback_xml(int result, const operation_t *operation, const callback_style_t *style,
                   int64_t now_us);
// Whether the shop's answer is "OK" and the number.
bool callback_accepted(const operation_t *operation, long status, const char *body);
