#pragma once
// robokassa_fixture - the invented shop that all Robokassa vectors are made with, and small helpers
// the tests of the protocol share.
#include "services/robokassa/robokassa.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants those first
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define SHP(name, value)                                                                           \
    {                                                                                              \
        SPAN(name), SPAN(value)                                                                    \
    }

static inline robokassa_shop_t live_shop(digest_t digest)
{
    return (robokassa_shop_t){
        .login = SPAN("subs_shop"),
        .password1 = SPAN("Pw1_live_7Qz"),
        .password2 = SPAN("Pw2_live_9Kx"),
        .digest = digest,
        .payment_url = SPAN("https://auth.robokassa.ru/Merchant/Index.aspx"),
    };
}

static inline robokassa_shop_t test_shop(digest_t digest)
{
    robokassa_shop_t shop = live_shop(digest);
    shop.password1 = SPAN("Tpw1_test_4Rr");
    shop.password2 = SPAN("Tpw2_test_8Yy");
    shop.test = true;
    return shop;
}

// The form borrows from one static buffer: it is valid until the next call.
static inline form_t form_of(const char *encoded)
{
    static char buffer[FORM_SIZE_MAX];
    form_t form = {.fields_count = 0};
    assert_true(form_decode(encoded, strlen(encoded), buffer, sizeof buffer, &form));
    return form;
}

// The value of a field of an encoded form; "" when it is absent.
static inline const char *field_of(const char *encoded, const char *name)
{
    static char value[FORM_SIZE_MAX];
    form_t form = form_of(encoded);
    for (size_t i = 0; i < form.fields_count; i++) {
        if (span_is(form.fields[i].name, span_of(name))) {
            snprintf(value, sizeof value, "%.*s", (int)form.fields[i].value.size,
                     form.fields[i].value.bytes);
            return value;
        }
    }
    return "";
}
