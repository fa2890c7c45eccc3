// test_robokassa_refund - the published payloads are written, and answers are read or are none.
#include "services/robokassa/robokassa_json.h"
#include "services/robokassa/robokassa_refund.h"
#include "services/robokassa/robokassa_jwt.h"
#include "services/robokassa/robokassa_number.h"
#include "robokassa_fixture.h"

#define KEY "E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4"
#define GUID "6B8E7A1C-1F0D-4E21-9C55-0A1B2C3D4E5F"

static void payloads_are_the_published_ones(void **state)
{
    (void)state;
    char text[256], token[512];
    size_t size = robokassa_refund_payload(SPAN(KEY), 0, NULL, text, sizeof text);
    assert_string_equal(text, "{\"OpKey\":\"" KEY "\"}");
    assert_true(robokassa_jwt_refund(DIGEST_SHA256, SPAN("Pw3_refund_5Tt"), (span_t){text, size},
                                     token, sizeof token));
    assert_non_null(strstr(token, ".0MqhgDNi6IRyuQYPRid9KwAhgMJiEk3f4Zk_eqliANs"));
    size = robokassa_refund_payload(SPAN(KEY), 5000, NULL, text, sizeof text);
    assert_string_equal(text, "{\"OpKey\":\"" KEY "\",\"RefundSum\":50.00}");
    assert_int_equal(robokassa_refund_payload(SPAN(KEY), 5000, NULL, text, size), 0);
    assert_int_equal(robokassa_refund_payload(SPAN(KEY), 5000, NULL, text, size + 1), size);
}

static void a_position_is_the_published_one(void **state)
{
    (void)state;
    char text[512];
    robokassa_item_t item = {.name = SPAN("Подписка Pro"),
                             .quantity = 1,
                             .sum = 5000,
                             .method = ROBOKASSA_METHOD_FULL_PAYMENT,
                             .object = ROBOKASSA_OBJECT_SERVICE,
                             .tax = ROBOKASSA_TAX_NONE};
    assert_true(robokassa_refund_payload(SPAN(KEY), 5000, &item, text, sizeof text) > 0);
    assert_string_equal(text,
                        "{\"OpKey\":\"" KEY "\",\"RefundSum\":50.00,\"InvoiceItems\":[{\"Name\":"
                        "\"Подписка Pro\",\"Quantity\":1,\"Cost\":50.00,\"Tax\":\"none\","
                        "\"PaymentMethod\":\"full_payment\",\"PaymentObject\":\"service\"}]}");
    item.quantity = 2;
    assert_true(robokassa_refund_payload(SPAN(KEY), 5000, &item, text, sizeof text) > 0);
    assert_non_null(strstr(text, "\"Quantity\":2,\"Cost\":25.00"));
    item.quantity = 3; // no price is a third of 50.00
    assert_int_equal(robokassa_refund_payload(SPAN(KEY), 5000, &item, text, sizeof text), 0);
    item = (robokassa_item_t){.name = SPAN(""), .quantity = 1, .sum = 5000};
    assert_int_equal(robokassa_refund_payload(SPAN(KEY), 5000, &item, text, sizeof text), 0);
}

static void what_is_no_key_or_sum_is_refused(void **state)
{
    (void)state;
    char text[256], key[ROBOKASSA_REFUND_KEY_MAX + 1];
    static const char *const bad[] = {"", "a\"b", "a\\b", "a b", "a\nb", "ключ", "\x7f"};
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_int_equal(robokassa_refund_payload(span_of(bad[i]), 0, NULL, text, sizeof text), 0);
    memset(key, 'a', sizeof key);
    assert_int_equal(
        robokassa_refund_payload((span_t){key, sizeof key}, 0, NULL, text, sizeof text), 0);
    assert_true(
        robokassa_refund_payload((span_t){key, sizeof key - 1}, 0, NULL, text, sizeof text) > 0);
    assert_int_equal(robokassa_refund_payload(SPAN(KEY), -1, NULL, text, sizeof text), 0);
}

static void answers_to_create_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool success;
        const char *request, *message;
    } cases[] = {
        {"{\"success\":true,\"message\":null,\"requestId\":\"" GUID "\"}", true, GUID, ""},
        {"{\"success\":false,\"message\":\"NotEnoughOperationFunds\",\"requestId\":null}", false,
         "", "NotEnoughOperationFunds"},
        {" {\r\n\t\"requestId\" : \"" GUID "\" , \"success\" : true } \n", true, GUID, ""},
        {"{\"success\":true}", true, "", ""},
        {"{\"success\":true,\"requestId\":7}", true, "", ""}, // a number is no GUID
        {"{\"success\":false,\"message\":\"a \\\"b\\\" \\\\\"}", false, "", "a \\\"b\\\" \\\\"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        robokassa_refund_created_t created;
        assert_true(robokassa_refund_read_created(span_of(cases[i].body), &created));
        assert_int_equal(created.success, cases[i].success);
        assert_true(span_is(created.request, span_of(cases[i].request)));
        assert_true(span_is(created.message, span_of(cases[i].message)));
    }
}

static void the_text_of_the_amount_is_given_as_it_stands(void **state)
{
    (void)state;
    robokassa_refund_state_t told;
    kopecks_t sum = -7;
    assert_true(robokassa_refund_read_state(
        SPAN("{\"requestId\":\"" GUID "\",\"amount\":150.000000,\"label\":\"finished\"}"), &told));
    assert_true(span_is(told.request, SPAN(GUID)));
    assert_true(span_is(told.label, SPAN("finished")));
    assert_true(span_is(told.amount, SPAN("150.000000")));
    assert_true(robokassa_number_parse_sum(told.amount, &sum));
    assert_int_equal(sum, 15000);
    // As binary it would be ….67; the text is what counts.
    assert_true(robokassa_refund_read_state(
        SPAN("{\"amount\":92233720368547758.06,\"label\":\"processing\",\"requestId\":\"R\"}"),
        &told));
    assert_true(robokassa_number_parse_sum(told.amount, &sum));
    assert_true(sum == INT64_C(9223372036854775806));
    assert_true(
        robokassa_refund_read_state(SPAN("{\"label\":\"canceled\",\"requestId\":\"R\"}"), &told));
    assert_int_equal(told.amount.size, 0);
    assert_true(robokassa_refund_read_state(
        SPAN("{\"label\":\"finished\",\"requestId\":\"R\",\"amount\":\"1.00\"}"), &told));
    assert_int_equal(told.amount.size, 0); // a text is no number
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "[]",
        "true",
        "{\"success\"",
        "{\"success\":",
        "{\"success\":}",
        "{\"success\":true",
        "{\"success\":true,}",
        "{\"success\":true}x",
        "{\"success\":true}{\"success\":true}",
        "{\"success\":true,\"success\":false}",
        "{\"success\":\"true\"}",
        "{\"success\":1}",
        "{\"success\":null}",
        "{\"success\":True}",
        "{\"success\":true \"a\":1}",
        "{\"success\":true,\"a\":{}}",
        "{\"success\":true,\"a\":[1]}",
        "{\"success\":true,\"a\":\"\n\"}",
        "{\"success\":true,\"a\":\"b\\\"}",
        "{\"success\":true,\"a\":\"b",
        "{\"success\":true,\"a\":b}",
        "{success:true}",
        "{\"message\":\"the id is invalid or does not exist\"}",
        "<html>",
    };
    robokassa_refund_created_t created = {.success = true, .request = SPAN("kept")};
    robokassa_refund_state_t told = {.label = SPAN("kept")};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        assert_false(robokassa_refund_read_created(span_of(bad[i]), &created));
        assert_false(robokassa_refund_read_state(span_of(bad[i]), &told));
    }
    assert_true(span_is(created.request, SPAN("kept")) && span_is(told.label, SPAN("kept")));
    assert_false(robokassa_refund_read_state(SPAN("{\"requestId\":\"R\",\"label\":null}"), &told));
    assert_false(robokassa_refund_read_state(SPAN("{\"requestId\":\"\",\"label\":\"x\"}"), &told));
}

static void maxima_hold(void **state)
{
    (void)state;
    static char body[ROBOKASSA_JSON_BYTES_MAX + 2];
    robokassa_refund_created_t created;
    for (size_t members = 15; members <= 17; members++) {
        size_t size = (size_t)sprintf(body, "{\"success\":true");
        for (size_t i = 1; i < members; i++)
            size += (size_t)sprintf(body + size, ",\"m%zu\":%zu", i, i);
        size += (size_t)sprintf(body + size, "}");
        assert_int_equal(robokassa_refund_read_created((span_t){body, size}, &created),
                         members <= ROBOKASSA_JSON_MEMBERS_MAX);
    }
    memset(body, ' ', sizeof body);
    memcpy(body, "{\"success\":true}", 16);
    assert_true(robokassa_refund_read_created((span_t){body, ROBOKASSA_JSON_BYTES_MAX}, &created));
    assert_false(
        robokassa_refund_read_created((span_t){body, ROBOKASSA_JSON_BYTES_MAX + 1}, &created));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_are_the_published_ones),
        cmocka_unit_test(a_position_is_the_published_one),
        cmocka_unit_test(what_is_no_key_or_sum_is_refused),
        cmocka_unit_test(answers_to_create_are_read),
        cmocka_unit_test(the_text_of_the_amount_is_given_as_it_stands),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(maxima_hold),
    };
    return cmocka_run_group_tests_name("robokassa_refund", tests, NULL, NULL);
}
