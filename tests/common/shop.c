#include "tests/common/shop.h"
#include "proto/digest.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { BASE_MAX = 256 };

payment_settings_t shop_settings(void)
{
    payment_settings_t settings = payment_settings_default();
    settings.shop = (robokassa_shop_t){.login = SPAN("subs_shop"),
                                       .password1 = SPAN(SHOP_PASSWORD1),
                                       .password2 = SPAN(SHOP_PASSWORD2),
                                       .digest = DIGEST_SHA256,
                                       .payment_url = SPAN(SHOP_PAYMENT_URL),
                                       .recurring_url = SPAN(SHOP_CHARGE_URL),
                                       .state_url = SPAN(SHOP_STATE_URL)};
    settings.promo = (promo_keys_t){.keys = {{.version = 1}}, .count = 1};
    settings.refunds = (payment_refund_settings_t){.password3 = SPAN(SHOP_PASSWORD3),
                                                   .url = SPAN(SHOP_REFUND_URL),
                                                   .state_url = SPAN(SHOP_REFUND_STATE_URL),
                                                   .by_itself = true};
    return settings;
}

void shop_sum(kopecks_t amount, char ret_sum[SHOP_SUM_SIZE])
{
    snprintf(ret_sum, SHOP_SUM_SIZE, "%" PRId64 ".%02" PRId64 "0000", amount / 100, amount % 100);
}

bytes_t shop_notice(uint64_t invoice, const char *sum, const char *token, const char *password,
                    uint8_t out[SHOP_FIELDS_MAX])
{
    char number[24], base[BASE_MAX], hex[DIGEST_HEX_MAX + 1];
    uint8_t digest[DIGEST_SHA256_SIZE];
    snprintf(number, sizeof number, "%" PRIu64, invoice);
    int size = snprintf(base, sizeof base, "%s:%s:%s:Shp_token=%s", sum, number, password, token);
    assert(size > 0 && size < BASE_MAX);
    digest_sha256(base, (size_t)size, digest);
    digest_hex_upper(digest, sizeof digest, hex);
    const char *const fields[][2] = {{"OutSum", sum},
                                     {"InvId", number},
                                     {"SignatureValue", hex},
                                     {"EMail", "payer@example.com"},
                                     {"Shp_token", token}};
    enum { FIELDS = sizeof fields / sizeof fields[0] };
    pack_t pack;
    pack_start(&pack, out, SHOP_FIELDS_MAX);
    pack_array(&pack, FIELDS);
    for (size_t i = 0; i < FIELDS; i++) {
        pack_array(&pack, 2);
        pack_text(&pack, text_of(fields[i][0]));
        pack_text(&pack, text_of(fields[i][1]));
    }
    return (bytes_t){out, (uint32_t)pack_end(&pack)};
}
