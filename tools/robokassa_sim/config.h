#pragma once
// config - the stand-in's configuration: a file of "key = value" lines, passwords in files of
// their own.
//
// Failures: config_load prints "FILE:LINE: what is wrong" and returns NULL. Source of the keys'
// meaning: config_help, which --help prints.
#include "tools/robokassa_sim/fault.h"
#include "tools/robokassa_sim/shop.h"

#define CONFIG_GAPS_MAX 16

typedef struct {
    shop_t shop;
    char *listen, *public_url, *journal, *jws_key_file, *payer_email;
    bool driven, payer_pays, credit_at_once, redirect, legacy_namespace, user_fields, jws_expired;
    bool admin_anywhere, jws_quoted, jws_base64, receipt_client;
    int64_t start_us, decision_delay_ms, delivery_timeout_ms, refund_delay_ms, receipt_delay_ms;
    int64_t seed, fee_ppm, operations_max;
    size_t gap_count;
    int64_t gaps_us[CONFIG_GAPS_MAX];
    fault_t faults;
} config_t;

config_t *config_load(const char *path);
void config_destroy(config_t **self_p);
const char *config_help(void);
