#pragma once
// shop - what Robokassa knows about one merchant, and every string it signs or checks for it.
//
// Ownership: a shop owns its strings; bases returned are heap strings of the caller's and hold a
// password, so they are freed by shop_base_free, which wipes them. Source: docs/robokassa.md
// "Signatures".
#include "tools/robokassa_sim/digest.h"
#include "tools/robokassa_sim/form.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum { SHOP_ORDER_ORDINAL, SHOP_ORDER_NOCASE, SHOP_ORDER_PAIRS } shop_order_t;

typedef struct {
    char *login, *password1, *password2, *password3, *test_password1, *test_password2;
    char *result_url, *success_url, *fail_url;
    bool result_post, success_post, fail_post;
    bool active, recurring, hold, refund;
    digest_t hash;
    shop_order_t shp_order; // how Shp_ fields are sorted in a base
    bool lenient;           // Receipt and URLs may also be signed as decoded twice
} shop_t;

void shop_clear(shop_t *self);

// The Shp_ fields of a request, sorted, form-encoded: what is echoed on the wire and stored.
char *shop_shp(const shop_t *self, const form_t *form);

// "a:b:c[:Shp_x=1...]": the parts up to NULL, then the fields of `shp` as decoded once.
char *shop_base(const char *const *parts, const char *shp);
void shop_base_free(char *base);

// Whether `signature` is the shop's hash of the base; frees the base.
bool shop_signed(const shop_t *self, char *base, const char *signature);
// The hash of the base; frees the base.
void shop_sign(const shop_t *self, char *base, bool upper, char ret_hex[DIGEST_HEX_MAX]);

#define SHOP_BASE(shp, ...) shop_base((const char *const[]){__VA_ARGS__, NULL}, (shp))
