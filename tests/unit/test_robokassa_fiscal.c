// Second receipts: what is sent, what is asked, and what the answers say.
#include "services/robokassa/robokassa_fiscal.h"
#include "services/robokassa/robokassa_receipt.h"
#include "tests/unit/robokassa_fixture.h"

static void a_second_receipt_is_a_sale_paid_by_the_advance(void **state)
{
    (void)state;
    char text[2048];
    robokassa_item_t item = {.name = SPAN("Услуги облачной платформы"),
                             .quantity = 1,
                             .sum = 50000,
                             .method = ROBOKASSA_METHOD_FULL_PAYMENT,
                             .object = ROBOKASSA_OBJECT_SERVICE,
                             .tax = ROBOKASSA_TAX_VAT22};
    robokassa_receipt_t receipt = {.sno = ROBOKASSA_SNO_OSN, .items = &item, .items_count = 1};
    robokassa_second_t second = {.login = SPAN("subs_shop"),
                                 .site = SPAN("https://example.com/"),
                                 .number = 1003,
                                 .invoice = 1001,
                                 .vat = 9016};
    size_t size = robokassa_receipt_second(&second, &receipt, 50000, text, sizeof text);
    static const char EXPECTED[] =
        "{\"merchantId\":\"subs_shop\",\"id\":\"1003\",\"originId\":\"1001\","
        "\"operation\":\"sell\",\"sno\":\"osn\",\"url\":\"https://example.com/\","
        "\"total\":500.00,\"items\":[{\"name\":\"Услуги облачной платформы\",\"quantity\":1,"
        "\"sum\":500.00,\"payment_method\":\"full_payment\",\"payment_object\":\"service\","
        "\"tax\":\"vat22\"}],\"payments\":[{\"type\":2,\"sum\":500.00}],"
        "\"vats\":[{\"type\":\"vat22\",\"sum\":90.16}]}";
    assert_int_equal(size, strlen(EXPECTED));
    assert_memory_equal(text, EXPECTED, size);

    assert_int_equal(robokassa_receipt_second(&second, &receipt, 49999, text, sizeof text), 0);
    assert_int_equal(robokassa_receipt_second(&second, &receipt, 50000, text, size - 1), 0);
    second.email = SPAN("anna@mail.example");
    size = robokassa_receipt_second(&second, &receipt, 50000, text, sizeof text);
    static const char CLIENT[] = "}],\"client\":{\"email\":\"anna@mail.example\"},\"payments\":";
    assert_non_null(memmem(text, size, CLIENT, strlen(CLIENT)));
    second.email = (span_t){0};
    second.phone = SPAN("79990000001");
    size = robokassa_receipt_second(&second, &receipt, 50000, text, sizeof text);
    static const char PHONE[] = ",\"client\":{\"phone\":\"79990000001\"},\"payments\":";
    assert_non_null(memmem(text, size, PHONE, strlen(PHONE)));
    second.login = (span_t){0};
    assert_int_equal(robokassa_receipt_second(&second, &receipt, 50000, text, sizeof text), 0);
}

static void a_question_names_shop_and_receipt(void **state)
{
    (void)state;
    char text[128];
    static const char EXPECTED[] = "{\"merchantId\":\"subs_shop\",\"id\":\"1003\"}";
    size_t size = robokassa_fiscal_question(SPAN("subs_shop"), 1003, text, sizeof text);
    assert_int_equal(size, strlen(EXPECTED));
    assert_memory_equal(text, EXPECTED, size);
    assert_int_equal(robokassa_fiscal_question(SPAN("a\"b"), 1003, text, sizeof text), 0);
    assert_int_equal(robokassa_fiscal_question(SPAN("subs_shop"), 1003, text, size - 1), 0);
}

static robokassa_fiscal_t read_answer(const char *body)
{
    robokassa_fiscal_t answer;
    assert_true(robokassa_fiscal_read(span_of(body), &answer));
    return answer;
}

static void an_answer_says_how_far_a_receipt_is(void **state)
{
    (void)state;
    assert_int_equal(read_answer("{\"ResultCode\":\"0\",\"ResultDescription\":\"ok\"}").code, 0);
    assert_int_equal(read_answer("{\"ResultCode\":3}").code, 3);
    assert_int_equal(
        read_answer("{\"Code\":\"1000\",\"Description\":\"Error\",\"Statuses\":null}").code, 1000);
    robokassa_fiscal_t done =
        read_answer("{\"Code\":\"2\",\"Description\":\"Done\",\"FnNumber\":\"9960440301234567\","
                    "\"FiscalDocumentNumber\":\"17\",\"FiscalDocumentAttribute\":\"0123456789\","
                    "\"FiscalDate\":\"2026-06-01T12:00:00\",\"FiscalType\":\"1\"}");
    assert_int_equal(done.code, 2);
    assert_int_equal(done.drive, 9960440301234567);
    assert_int_equal(done.document, 17);
    assert_int_equal(done.sign, 123456789);
    assert_int_equal(read_answer("{\"Code\":\"2\",\"FnNumber\":\"none\"}").drive, 0);
}

static void what_has_no_code_is_no_answer(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "{}",
                                         "ok",
                                         "{\"ResultCode\":\"x\"}",
                                         "{\"Code\":-1}",
                                         "{\"Code\":\"2\"} {}",
                                         "{\"Code\":\"2\",\"Code\":\"3\"}"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        robokassa_fiscal_t answer;
        assert_false(robokassa_fiscal_read(span_of(bodies[i]), &answer));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_receipt_is_a_sale_paid_by_the_advance),
        cmocka_unit_test(a_question_names_shop_and_receipt),
        cmocka_unit_test(an_answer_says_how_far_a_receipt_is),
        cmocka_unit_test(what_has_no_code_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
