// test_payment_qr - the text of an invoice's QR code: fields in order, kopecks, a separator that is
// in no value, the narrower set where it does.
#include "services/documents/payment_qr.h"
#include "services/documents/statement_text.h"
#include "documents_fixture.h"

static const payment_qr_t usual = {
    .name = SPAN("ООО \"Копейка Облако\""),
    .account = SPAN("40702810700000000101"),
    .bank = SPAN("БАНК ОБРАЗЕЦ ПЕРВЫЙ, г. Москва"),
    .bic = SPAN("044599001"),
    .correspondent = SPAN("30101810900000000001"),
    .inn = SPAN("9999123456"),
    .kpp = SPAN("999901001"),
    .purpose = SPAN("Оплата по счету 26000000013 от 31.08.2026. В т.ч. НДС 22% 25245.90"),
    .sum = 14000000,
};

#define TEXT                                                                                       \
    "|Name=ООО \"Копейка Облако\"|PersonalAcc=40702810700000000101"                \
    "|BankName=БАНК ОБРАЗЕЦ ПЕРВЫЙ, г. Москва|BIC=044599001"               \
    "|CorrespAcc=30101810900000000001|PayeeINN=9999123456|KPP=999901001"                           \
    "|Sum=14000000|Purpose=Оплата по счету 26000000013 от 31.08.2026. "             \
    "В т.ч. НДС 22% 25245.90"

static void the_example_is_written_in_both_sets(void **state)
{
    (void)state;
    char bytes[PAYMENT_QR_SIZE_MAX], text[3 * PAYMENT_QR_SIZE_MAX];
    payment_qr_t wide = usual;
    wide.utf8 = true;
    size_t size = payment_qr_write(&wide, bytes), text_size;
    assert_int_equal(size, 335);
    assert_true(span_is((span_t){bytes, size}, SPAN("ST00012" TEXT)));
    size = payment_qr_write(&usual, bytes);
    assert_int_equal(size, 274);
    assert_true(
        statement_text_decode((span_t){bytes, size}, STATEMENT_WINDOWS_1251, text, &text_size));
    assert_true(span_is((span_t){text, text_size}, SPAN("ST00011" TEXT)));
}

static void what_windows_1251_has_not_makes_it_utf8(void **state)
{
    (void)state;
    char bytes[PAYMENT_QR_SIZE_MAX];
    payment_qr_t qr = usual;
    static const char *const names[] = {"ООО Ω", "ООО \xf0\x9f\x98\x80", "ООО Ā"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        qr.name = span_of(names[i]);
        assert_true(payment_qr_write(&qr, bytes) > 0);
        assert_memory_equal(bytes, "ST00012|", 8);
    }
    qr.name = SPAN("ООО €");
    assert_true(payment_qr_write(&qr, bytes) > 0);
    assert_memory_equal(bytes, "ST00011|", 8);
}

static void the_separator_is_in_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        char separator;
    } cases[] = {{"a", '|'}, {"a|b", '#'}, {"|#", ';'}, {"|#;", ':'}, {"|#;:", '^'}};
    char bytes[PAYMENT_QR_SIZE_MAX];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        payment_qr_t qr = usual;
        qr.name = span_of(cases[i].name);
        size_t size = payment_qr_write(&qr, bytes), separators = 0;
        for (size_t j = 0; j < size; j++)
            separators += bytes[j] == cases[i].separator;
        assert_int_equal(bytes[7], cases[i].separator);
        assert_int_equal(separators, 9);
        assert_int_not_equal(bytes[size - 1], cases[i].separator);
    }
    payment_qr_t qr = usual;
    qr.name = SPAN("|#;:^~_");
    assert_int_equal(payment_qr_write(&qr, bytes), 0);
}

static void what_may_be_left_out_is(void **state)
{
    (void)state;
    char bytes[PAYMENT_QR_SIZE_MAX];
    payment_qr_t qr = {.name = SPAN("a"),
                       .account = usual.account,
                       .bank = SPAN("b"),
                       .bic = usual.bic,
                       .utf8 = true};
    size_t size = payment_qr_write(&qr, bytes);
    assert_true(span_is((span_t){bytes, size},
                        SPAN("ST00012|Name=a|PersonalAcc=40702810700000000101|BankName=b|"
                             "BIC=044599001|CorrespAcc=0")));
}

static void a_field_that_is_none_is_refused(void **state)
{
    (void)state;
    static char long_text[] = "Яяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя"
                              "яяяяяяяяяяяяяяяяяяяяяяяяяя"
                              "яяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя"
                              "яяяяяяяяяяяяяяяяяяяяяяяяяяя";
    char bytes[PAYMENT_QR_SIZE_MAX];
    payment_qr_t bad[8] = {usual, usual, usual, usual, usual, usual, usual, usual};
    bad[0].name = (span_t){NULL, 0};
    bad[1].account = SPAN("407028107000000001");
    bad[2].bank = span_of(long_text);
    bad[3].bic = SPAN("04459900");
    bad[4].purpose = span_of(long_text);
    bad[5].sum = -1;
    bad[6].name = SPAN("a\nb");
    bad[7].name = SPAN("\xcf\xeb");
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_int_equal(payment_qr_write(&bad[i], bytes), 0);
    // 160 characters of a name and 45 of a bank are more than 300 bytes in UTF-8 alone
    payment_qr_t broad = usual;
    broad.name = (span_t){long_text, 2 * 155};
    assert_true(payment_qr_write(&broad, bytes) > 0);
    broad.utf8 = true;
    assert_int_equal(payment_qr_write(&broad, bytes), 0);
    broad.utf8 = false;
    broad.name = (span_t){long_text, 2 * 160};
    broad.bank = (span_t){long_text, 2 * 45};
    assert_int_equal(payment_qr_write(&broad, bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_is_written_in_both_sets),
        cmocka_unit_test(what_windows_1251_has_not_makes_it_utf8),
        cmocka_unit_test(the_separator_is_in_no_value),
        cmocka_unit_test(what_may_be_left_out_is),
        cmocka_unit_test(a_field_that_is_none_is_refused),
    };
    return cmocka_run_group_tests_name("payment_qr", tests, NULL, NULL);
}
