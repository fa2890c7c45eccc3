// test_robokassa_receipt - a receipt adds up to its payment, and its text is JSON whatever the
// name.
#include "services/robokassa/robokassa_receipt.h"
#include "robokassa_fixture.h"

enum { RECEIPT_MAX = 65536 };

static const char *json_of(const robokassa_receipt_t *receipt, kopecks_t sum)
{
    static char json[RECEIPT_MAX];
    size_t size = robokassa_receipt_json(receipt, sum, json, sizeof json);
    return size > 0 ? json : NULL;
}

static void a_top_up_is_an_advance_without_vat(void **state)
{
    (void)state;
    robokassa_item_t item = robokassa_receipt_advance(SPAN("Пополнение баланса"), 100000);
    robokassa_receipt_t receipt = {ROBOKASSA_SNO_ABSENT, &item, 1};
    assert_string_equal(json_of(&receipt, 100000),
                        "{\"items\":[{\"name\":\"Пополнение баланса\",\"quantity\":1,"
                        "\"sum\":1000.00,\"payment_method\":\"advance\","
                        "\"payment_object\":\"payment\",\"tax\":\"none\"}]}");
}

static void positions_must_add_up(void **state)
{
    (void)state;
    robokassa_item_t items[] = {robokassa_receipt_advance(SPAN("a"), 1),
                                robokassa_receipt_advance(SPAN("b"), 9999)};
    items[1].quantity = 3;
    robokassa_receipt_t receipt = {ROBOKASSA_SNO_OSN, items, 2};
    assert_string_equal(json_of(&receipt, 10000),
                        "{\"sno\":\"osn\",\"items\":[{\"name\":\"a\",\"quantity\":1,\"sum\":0.01,"
                        "\"payment_method\":\"advance\",\"payment_object\":\"payment\",\"tax\":"
                        "\"none\"},{\"name\":\"b\",\"quantity\":3,\"sum\":99.99,\"payment_method\":"
                        "\"advance\",\"payment_object\":\"payment\",\"tax\":\"none\"}]}");
    assert_null(json_of(&receipt, 9999));
    assert_null(json_of(&receipt, 10001));
}

static void names_are_escaped(void **state)
{
    (void)state;
    robokassa_item_t item = robokassa_receipt_advance(SPAN("\"a\\b\",\"sum\":1"), 100);
    robokassa_receipt_t receipt = {ROBOKASSA_SNO_ABSENT, &item, 1};
    assert_non_null(strstr(json_of(&receipt, 100), "\"name\":\"\\\"a\\\\b\\\",\\\"sum\\\":1\","));
}

static void broken_positions_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *name;
        int64_t quantity, sum;
    } CASES[] = {
        {"no name", "", 1, 100},
        {"a line break", "a\nb", 1, 100},
        {"a control character", "a\x7f", 1, 100},
        {"a C1 control character", "a\xC2\x85", 1, 100},
        {"no UTF-8", "a\xFF", 1, 100},
        {"cut UTF-8", "a\xD0", 1, 100},
        {"overlong UTF-8", "a\xC0\xAF", 1, 100},
        {"a surrogate", "a\xED\xA0\x80", 1, 100},
        {"past the end of Unicode", "a\xF4\x90\x80\x80", 1, 100},
        {"no pieces", "a", 0, 100},
        {"pieces taken back", "a", -1, 100},
        {"for nothing", "a", 1, 0},
        {"negative", "a", 1, -100},
        {"nine digits of rubles", "a", 1, ROBOKASSA_ITEM_SUM_MAX + 1},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        robokassa_item_t item = robokassa_receipt_advance(span_of(CASES[i].name), CASES[i].sum);
        item.quantity = CASES[i].quantity;
        robokassa_receipt_t receipt = {ROBOKASSA_SNO_ABSENT, &item, 1};
        print_message("  %s\n", CASES[i].why);
        assert_null(json_of(&receipt, CASES[i].sum));
    }
}

static void maxima_hold(void **state)
{
    (void)state;
    static robokassa_item_t items[ROBOKASSA_ITEMS_MAX + 1];
    char name[2 * (ROBOKASSA_ITEM_NAME_MAX + 1)];
    for (size_t i = 0; i < sizeof name; i += 2)
        memcpy(name + i, "я", 2);
    for (size_t i = 0; i < LENGTH(items); i++)
        items[i] = robokassa_receipt_advance((span_t){name, sizeof name - 2}, 100);
    robokassa_receipt_t receipt = {ROBOKASSA_SNO_ABSENT, items, ROBOKASSA_ITEMS_MAX};
    assert_non_null(json_of(&receipt, 100 * ROBOKASSA_ITEMS_MAX));
    receipt.items_count++;
    assert_null(json_of(&receipt, 100 * (ROBOKASSA_ITEMS_MAX + 1)));
    receipt.items_count = 0;
    assert_null(json_of(&receipt, 0));
    receipt.items_count = 1;
    items[0].name.size += 2;
    assert_null(json_of(&receipt, 100));
    items[0].sum = ROBOKASSA_ITEM_SUM_MAX;
    items[0].name.size -= 2;
    assert_non_null(strstr(json_of(&receipt, ROBOKASSA_ITEM_SUM_MAX), "\"sum\":99999999.99,"));
}

static void a_buffer_one_byte_short_is_refused(void **state)
{
    (void)state;
    robokassa_item_t item = robokassa_receipt_advance(SPAN("a"), 100);
    robokassa_receipt_t receipt = {ROBOKASSA_SNO_ABSENT, &item, 1};
    char json[256];
    size_t size = strlen(json_of(&receipt, 100));
    assert_int_equal(robokassa_receipt_json(&receipt, 100, json, size), 0);
    assert_int_equal(robokassa_receipt_json(&receipt, 100, json, size + 1), size);
}

static void names_of_the_lists_are_read(void **state)
{
    (void)state;
    robokassa_tax_t tax = ROBOKASSA_TAX_COUNT;
    robokassa_sno_t sno = ROBOKASSA_SNO_COUNT;
    robokassa_method_t method = ROBOKASSA_METHOD_COUNT;
    robokassa_object_t object = ROBOKASSA_OBJECT_COUNT;
    assert_true(robokassa_receipt_tax("vat120", &tax) && tax == ROBOKASSA_TAX_VAT120);
    assert_true(robokassa_receipt_sno("patent", &sno) && sno == ROBOKASSA_SNO_PATENT);
    assert_true(robokassa_receipt_method("credit_payment", &method));
    assert_int_equal(method, ROBOKASSA_METHOD_CREDIT_PAYMENT);
    assert_true(robokassa_receipt_object("non-operating_gain", &object));
    assert_int_equal(object, ROBOKASSA_OBJECT_NON_OPERATING_GAIN);
    assert_true(robokassa_receipt_tax("vat22", &tax) && tax == ROBOKASSA_TAX_VAT22);
    assert_true(robokassa_receipt_tax("vat122", &tax) && tax == ROBOKASSA_TAX_VAT122);
    assert_false(robokassa_receipt_tax("VAT120", &tax));
    assert_false(robokassa_receipt_tax("vat18", &tax));
    assert_int_equal(tax, ROBOKASSA_TAX_VAT122);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_top_up_is_an_advance_without_vat),
        cmocka_unit_test(positions_must_add_up),
        cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(broken_positions_are_refused),
        cmocka_unit_test(maxima_hold),
        cmocka_unit_test(a_buffer_one_byte_short_is_refused),
        cmocka_unit_test(names_of_the_lists_are_read),
    };
    return cmocka_run_group_tests_name("robokassa_receipt", tests, NULL, NULL);
}
