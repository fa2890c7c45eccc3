// kopeck-payment - invoices, mandates, and the only process that talks to Robokassa.
//
// Besides the keys of config.h it reads:
//   robokassa/login               the shop
//   robokassa/algorithm           md5, ripemd160, sha1, sha256 (default), sha384, sha512
//   robokassa/password1           file that holds password 1, readable by its owner alone, or
//                                 credential:NAME; one line of ASCII, and one LF or CRLF
//                                 behind it is not counted (secret.h)
//   robokassa/password2           file that holds password 2
//   robokassa/password2_other     file of a second valid password 2 while it is changed; none
//   robokassa/password3           file that holds password 3, for refunds; none: nothing is
//                                 refunded through Robokassa
//   robokassa/refund_url          https://services.robokassa.ru/RefundService/Refund/Create
//   robokassa/refund_state_url    .../RefundService/Refund/GetState
//   robokassa/receipt_url         https://ws.roboxchange.com/RoboFiscal/Receipt/Attach; none:
//   second
//                                 receipts are for people, and no registration is asked about
//   robokassa/receipt_state_url   .../RoboFiscal/Receipt/Status; both or none
//   robokassa/site_url            the shop's site, as second receipts name it; none
//   robokassa/receipt_contact     the shop's own e-mail address or telephone number, for second
//                                 receipts of accounts that have none; none: they name none
//   robokassa/test                1 for test payments; then the passwords are the test ones
//   robokassa/payment_url         where payers go; https://auth.robokassa.ru/Merchant/Index.aspx
//   robokassa/recurring_url       .../Merchant/Recurring
//   robokassa/state_url           .../Merchant/WebService/Service.asmx/OpStateExt
//   robokassa/success_url         where the payer returns to; as the shop is set
//   robokassa/fail_url
//   robokassa/receipt             1 to send a fiscal receipt with each payment
//   robokassa/refund_items        1: the receipt of a refund has the position that the
//                                 payment's had (InvoiceItems); default 0
//   promo/keys                    file of the keys of promo codes, one line: VERSION:KEY of 64
//                                 hexadecimal digits, parted by blanks, the newest last. An older
//                                 one stays while codes that it wrote may be used; a start without
//                                 it is refused. None: there are no promo codes
//   payment/refund_by_itself      0: what comes above a limit of autopay, or after its revocation,
//                                 is not asked back without an operator; default 1
//   payment/topup_max_rub         of one top-up, default 100000
//   payment/requests_max          requests to Robokassa at once, default 16
//   payment/timeout_ms            of one of them, default 10000
// Contacts of receipts are kept where side/keys is configured (config.h).
#include "services/process/security/secret.h"
#include "services/process/shell.h"
#include "services/payment/payment_core.h"
#include "services/payment/promo_keys.h"

#define ROBOKASSA_BASE "https://auth.robokassa.ru/Merchant/"
#define REFUND_BASE "https://services.robokassa.ru/RefundService/Refund/"

enum { ERROR_MAX = 256 };

// The password stays where secret_read put it; the core borrows it.
static span_t password(config_t *config, const char *key, const char *fallback)
{
    char error[ERROR_MAX];
    const char *file = config_secret(config, key, fallback);
    if (!file || !*file)
        return (span_t){0};
    secret_t *secret = secret_read(file, error, sizeof error);
    if (!secret) {
        config_refuse(config, key, file, error);
        return (span_t){0};
    }
    return (span_t){secret_reveal(secret), secret_size(secret)};
}

static void read_promo_keys(config_t *config, promo_keys_t *keys)
{
    char error[ERROR_MAX];
    const char *wrong, *file = config_secret(config, "promo/keys", "");
    if (!file || !*file)
        return;
    secret_t *secret = secret_read(file, error, sizeof error);
    if (!secret)
        config_refuse(config, "promo/keys", file, error);
    else if (!promo_keys_read((span_t){secret_reveal(secret), secret_size(secret)}, keys, &wrong))
        config_refuse(config, "promo/keys", file, wrong);
    secret_destroy(&secret);
}

static span_t text(config_t *config, const char *key, const char *fallback)
{
    const char *value = config_text(config, key, fallback);
    return span_of(value ? value : "");
}

static void read_settings(config_t *config, payment_settings_t *settings)
{
    *settings = payment_settings_default();
    robokassa_shop_t *shop = &settings->shop;
    shop->login = text(config, "robokassa/login", NULL);
    shop->password1 = password(config, "robokassa/password1", NULL);
    shop->password2 = password(config, "robokassa/password2", NULL);
    shop->password2_other = password(config, "robokassa/password2_other", "");
    settings->refunds = (payment_refund_settings_t){
        password(config, "robokassa/password3", ""),
        text(config, "robokassa/refund_url", REFUND_BASE "Create"),
        text(config, "robokassa/refund_state_url", REFUND_BASE "GetState"),
        config_flag(config, "payment/refund_by_itself", settings->refunds.by_itself),
        config_flag(config, "robokassa/refund_items", settings->refunds.items)};
    settings->fiscal.url = text(config, "robokassa/receipt_url", "");
    settings->fiscal.state_url = text(config, "robokassa/receipt_state_url", "");
    settings->fiscal.site = text(config, "robokassa/site_url", "");
    settings->fiscal.contact = text_of(config_text(config, "robokassa/receipt_contact", ""));
    settings->contacts = config_has(config, "side/keys");
    shop->test = config_flag(config, "robokassa/test", false);
    const char *algorithm = config_text(config, "robokassa/algorithm", "sha256");
    if (algorithm && !digest_by_name(algorithm, &shop->digest))
        config_refuse(config, "robokassa/algorithm", algorithm,
                      "md5, ripemd160, sha1, sha256, sha384 or sha512");
    shop->payment_url = text(config, "robokassa/payment_url", ROBOKASSA_BASE "Index.aspx");
    shop->recurring_url = text(config, "robokassa/recurring_url", ROBOKASSA_BASE "Recurring");
    shop->state_url =
        text(config, "robokassa/state_url", ROBOKASSA_BASE "WebService/Service.asmx/OpStateExt");
    settings->success_url = text(config, "robokassa/success_url", "");
    settings->fail_url = text(config, "robokassa/fail_url", "");
    settings->receipt.wanted = config_flag(config, "robokassa/receipt", settings->receipt.wanted);
    read_promo_keys(config, &settings->promo);
    settings->topup_max_rub =
        config_number(config, "payment/topup_max_rub", settings->topup_max_rub, 1, 10000000);
    settings->requests_max =
        config_number(config, "payment/requests_max", settings->requests_max, 1, DUE_REQUESTS_MAX);
    settings->timeout_ms =
        (unsigned)config_number(config, "payment/timeout_ms", settings->timeout_ms, 100, 120000);
    const char *detail = NULL;
    if (!config_error(config) && payment_settings_check(settings, &detail))
        config_refuse(config, "robokassa", "these values", detail);
}

int main(int argc, char **argv)
{
    config_t *config = shell_begin(argc, argv, "payment: invoices, mandates, Robokassa");
    payment_settings_t settings;
    read_settings(config, &settings);
    return shell_run(config, &payment_core, &settings, NULL);
}
