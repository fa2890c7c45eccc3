#pragma once
// shop - the invented shop that payment's tests have at Robokassa: its settings, and notices as
// Robokassa signs them, without the code that checks the signature.
//
// Threads: any.
#include "services/payment/payment_core.h"

#define SHOP_PASSWORD1 "Pw1_live_7Qz"
#define SHOP_PASSWORD2 "Pw2_live_9Kx"
#define SHOP_PAYMENT_URL "https://robokassa.test/Index.aspx"
#define SHOP_CHARGE_URL "https://robokassa.test/Recurring"
#define SHOP_STATE_URL "https://robokassa.test/OpStateExt"
#define SHOP_PASSWORD3 "Pw3_refund_5Tt"
#define SHOP_REFUND_URL "https://robokassa.test/Refund/Create"
#define SHOP_REFUND_STATE_URL "https://robokassa.test/Refund/GetState"
#define SHOP_ATTACH_URL "https://robokassa.test/Receipt/Attach"
#define SHOP_STATUS_URL "https://robokassa.test/Receipt/Status"
enum { SHOP_SUM_SIZE = 32, SHOP_FIELDS_MAX = 1024 };

payment_settings_t shop_settings(void);

// 50000 is "500.000000", as Robokassa writes sums.
void shop_sum(kopecks_t amount, char ret_sum[SHOP_SUM_SIZE]);

// A notice's fields as web hands them on: SHOP_PASSWORD2 signs what comes from Robokassa,
// SHOP_PASSWORD1 what the payer's browser brings back. The result borrows from `out`.
bytes_t shop_notice(uint64_t invoice, const char *sum, const char *token, const char *password,
                    uint8_t out[SHOP_FIELDS_MAX]);
