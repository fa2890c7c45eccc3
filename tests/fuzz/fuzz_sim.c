// fuzz_sim - the payment system's stand-in reads what a shop sends it: forms, signed tokens,
// decimals, times, receipts, orders.
//
// The first byte chooses the reader.
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/order.h"
#include "tools/robokassa_sim/receipt.h"
#include "tools/robokassa_sim/token.h"
#include "tests/fuzz/fuzz.h"

static void check_decimal(const char *text)
{
    char printed[DECIMAL_TEXT_MAX];
    int64_t kopecks, again, number;
    if (decimal_parse(text, &kopecks)) {
        decimal_print(kopecks, 6, printed);
        require(decimal_parse(printed, &again) && again == kopecks);
    }
    if (decimal_parse_integer(text, &number))
        require(number >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static form_t form;
    if (size < 1)
        return 0;
    char *text = text_copy(data + 1, size - 1);
    int64_t at;
    switch (data[0]) {
    case 'f':
        if (form_decode(&form, text, size - 1))
            for (size_t i = 0; i < form.count; i++)
                require(form.fields[i].name && form.fields[i].value);
        (void)FORM_GET(&form, "InvId", "InvoiceID");
        form_clear(&form);
        break;
    case 't':
        (void)order_parse_time(text, &at);
        break;
    case 'j': {
        json_t *json = token_verify(text, "subs_shop:secret-of-8", DIGEST_SHA256, false);
        require(json == NULL); // the fuzzer does not know the key
        break;
    }
    case 'r':
        (void)receipt_sums(text, 19900);
        break;
    default:
        check_decimal(text);
        break;
    }
    free(text);
    return 0;
}
