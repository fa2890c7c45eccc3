// Rows qr-…: `invoice of SUM` or `name contains "TEXT"`, build the QR text: `Sum=KOPECKS` in it, or
// `another separator is declared after ST00012 and used throughout`.
#include "services/documents/payment_qr.h"
#include "tests/vectors/money.h"
#include <stdio.h>

enum { FIELDS = 7 };

static payment_qr_t usual(span_t name, kopecks_t sum)
{
    return (payment_qr_t){.name = name,
                          .account = SPAN("40702810700000000101"),
                          .bank = SPAN("БАНК ОБРАЗЕЦ ПЕРВЫЙ, г. Москва"),
                          .bic = SPAN("044599001"),
                          .correspondent = SPAN("30101810900000000001"),
                          .purpose = SPAN("Оплата по счету 26000000013"),
                          .sum = sum,
                          .utf8 = true};
}

static money_verdict_t separator(span_t name, const money_row_t *row, money_said_t *said)
{
    static const char wanted[] = "another separator is declared after ST00012 and used throughout";
    char bytes[PAYMENT_QR_SIZE_MAX];
    payment_qr_t qr = usual(name, 100);
    size_t size = payment_qr_write(&qr, bytes), count = 0;
    for (size_t i = 0; i < size; i++)
        count += bytes[i] == bytes[7];
    bool good = size > 7 && memcmp(bytes, "ST00012", 7) == 0 && bytes[7] != '|' &&
                count == FIELDS && !memchr(name.bytes, bytes[7], name.size);
    return money_compare(said, good ? wanted : "the separator is |, or stands in a value",
                         span_of(row->then));
}

money_verdict_t money_qr(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    kopecks_t sum;
    span_t name;
    char bytes[PAYMENT_QR_SIZE_MAX + 1], got[64] = "no Sum";
    if (strcmp(row->when, "build the QR text") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (money_take(&given, "name contains") && money_take_quoted(&given, &name) &&
        money_ended(&given))
        return separator(name, row, said);
    given.at = row->given;
    if (!money_take(&given, "invoice of") || !money_take_sum(&given, &sum) || !money_ended(&given))
        return money_unknown(said, "given", given);
    payment_qr_t qr = usual(SPAN("ООО"), sum);
    bytes[payment_qr_write(&qr, bytes)] = '\0';
    const char *field = strstr(bytes, "|Sum=");
    if (field)
        snprintf(got, sizeof got, "%.*s", (int)strcspn(field + 1, "|"), field + 1);
    return money_compare(said, got, span_of(row->then));
}
