// test_robokassa_jwt - the tokens of refunds, invoices and second receipts are the published ones.
#include "services/robokassa/robokassa_jwt.h"
#include "robokassa_fixture.h"

#define REFUND_OP_KEY "E1253728-48A9-488D-A045-9954C442AF5C-qNavrXC6Y4"
#define REFUND_FULL "{\"OpKey\":\"" REFUND_OP_KEY "\"}"
#define REFUND_PART                                                                                \
    "{\"OpKey\":\"" REFUND_OP_KEY "\",\"RefundSum\":50.00,\"InvoiceItems\":[{\"Name\":"            \
    "\"Подписка Pro\",\"Quantity\":1,\"Cost\":50.00,\"Tax\":\"none\",\"PaymentMethod\":"   \
    "\"full_payment\",\"PaymentObject\":\"service\"}]}"
#define INVOICE                                                                                    \
    "{\"MerchantLogin\":\"subs_shop\",\"InvoiceType\":\"OneTime\",\"Culture\":\"ru\",\"InvId\":"   \
    "1001,\"OutSum\":199.00,\"Description\":\"Pro\",\"AdditionalParameters\":{\"Recurring\":"      \
    "\"true\"}}"
#define STATUS "{\"merchantId\":\"subs_shop\",\"id\":\"1003\"}"

#define FULL_PAYLOAD                                                                               \
    "eyJPcEtleSI6IkUxMjUzNzI4LTQ4QTktNDg4RC1BMDQ1LTk5NTRDNDQyQUY1Qy1xTmF2clhDNlk0In0"
#define INVOICE_PAYLOAD                                                                            \
    "eyJNZXJjaGFudExvZ2luIjoic3Vic19zaG9wIiwiSW52b2ljZVR5cGUiOiJPbmVUaW1lIiwiQ3VsdHVyZSI6InJ1Iiwi" \
    "SW52SWQiOjEwMDEsIk91dFN1bSI6MTk5LjAwLCJEZXNjcmlwdGlvbiI6IlBybyIsIkFkZGl0aW9uYWxQYXJhbWV0ZXJz" \
    "Ijp7IlJlY3VycmluZyI6InRydWUifX0"

static const span_t PASSWORD3 = SPAN("Pw3_refund_5Tt");
static const span_t PASSWORD1 = SPAN("Pw1_live_7Qz");
static const span_t LOGIN = SPAN("subs_shop");

static void refunds_are_the_published_tokens(void **state)
{
    (void)state;
    static const struct {
        digest_t digest;
        const char *payload, *want;
    } CASES[] = {
        {DIGEST_SHA256, REFUND_FULL,
         "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." FULL_PAYLOAD
         ".0MqhgDNi6IRyuQYPRid9KwAhgMJiEk3f4Zk_eqliANs"},
        {DIGEST_SHA384, REFUND_FULL,
         "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9." FULL_PAYLOAD
         ".Om0bQRxKU_P5i6cl3G_Zg7MzixOt6Lsuie9GvjloOgFktxUMcrPOzouL1gJxUyxc"},
        {DIGEST_SHA512, REFUND_FULL,
         "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9." FULL_PAYLOAD
         ".8ka3X8ZK8n_VP50v1udFL7_Ea5RnQySpwEB6Dz6VoFrrTjnx7N8Y2tDAglnfLRr656KUOqoOGKhHBDiyuScE1A"},
        {DIGEST_SHA256, REFUND_PART,
         "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
         "eyJPcEtleSI6IkUxMjUzNzI4LTQ4QTktNDg4RC1BMDQ1LTk5NTRDNDQyQUY1Qy1xTmF2clhDNlk0IiwiUmVmdW5k"
         "U3VtIjo1MC4wMCwiSW52b2ljZUl0ZW1zIjpbeyJOYW1lIjoi0J_QvtC00L_QuNGB0LrQsCBQcm8iLCJRdWFudGl0"
         "eSI6MSwiQ29zdCI6NTAuMDAsIlRheCI6Im5vbmUiLCJQYXltZW50TWV0aG9kIjoiZnVsbF9wYXltZW50IiwiUGF5"
         "bWVudE9iamVjdCI6InNlcnZpY2UifV19.t_giSmt3GjANLbPBaRdyapOF-nGjide1pszAjGmA-Ic"},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        char token[2048];
        size_t size = robokassa_jwt_refund(CASES[i].digest, PASSWORD3, span_of(CASES[i].payload),
                                           token, sizeof token);
        assert_string_equal(token, CASES[i].want);
        assert_int_equal(size, strlen(CASES[i].want));
    }
}

static void invoices_are_the_published_tokens(void **state)
{
    (void)state;
    char token[2048];
    robokassa_jwt_invoice(DIGEST_MD5, LOGIN, PASSWORD1, SPAN(INVOICE), token, sizeof token);
    assert_string_equal(token, "eyJ0eXAiOiJKV1QiLCJhbGciOiJNRDUifQ." INVOICE_PAYLOAD
                               ".OdUl_FL3I8Msu56KaPwnmA");
    robokassa_jwt_invoice(DIGEST_SHA256, LOGIN, PASSWORD1, SPAN(INVOICE), token, sizeof token);
    assert_string_equal(token, "eyJ0eXAiOiJKV1QiLCJhbGciOiJTSEEyNTYifQ." INVOICE_PAYLOAD
                               ".6QY9fXeWKsdAqpO875_H010WDExGN3sM66iptQraWJE");
}

static void an_invoices_header_names_its_digest(void **state)
{
    (void)state;
    static const struct {
        digest_t digest;
        const char *header;
    } cases[] = {
        {DIGEST_MD5, "eyJ0eXAiOiJKV1QiLCJhbGciOiJNRDUifQ."},
        {DIGEST_RIPEMD160, "eyJ0eXAiOiJKV1QiLCJhbGciOiJSSVBFTUQxNjAifQ."},
        {DIGEST_SHA1, "eyJ0eXAiOiJKV1QiLCJhbGciOiJTSEExIn0."},
        {DIGEST_SHA256, "eyJ0eXAiOiJKV1QiLCJhbGciOiJTSEEyNTYifQ."},
        {DIGEST_SHA384, "eyJ0eXAiOiJKV1QiLCJhbGciOiJTSEEzODQifQ."},
        {DIGEST_SHA512, "eyJ0eXAiOiJKV1QiLCJhbGciOiJTSEE1MTIifQ."},
    };
    char token[2048];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_true(robokassa_jwt_invoice(cases[i].digest, LOGIN, PASSWORD1, SPAN(INVOICE), token,
                                          sizeof token) > 0);
        assert_memory_equal(token, cases[i].header, strlen(cases[i].header));
    }
    static char large[ROBOKASSA_JWT_PAYLOAD_MAX + 1];
    memset(large, ' ', sizeof large);
    span_t payload = {large, sizeof large};
    static char room[4 * sizeof large];
    assert_int_equal(
        robokassa_jwt_invoice(DIGEST_MD5, LOGIN, PASSWORD1, payload, room, sizeof room), 0);
    assert_int_equal(robokassa_jwt_fiscal(DIGEST_MD5, PASSWORD1, payload, room, sizeof room), 0);
    payload.size--;
    assert_true(robokassa_jwt_fiscal(DIGEST_MD5, PASSWORD1, payload, room, sizeof room) > 0);
    assert_int_equal(
        robokassa_jwt_invoice((digest_t)99, LOGIN, PASSWORD1, SPAN(INVOICE), token, sizeof token),
        0);
}

static void second_receipts_are_the_published_bodies(void **state)
{
    (void)state;
    char body[1024];
    robokassa_jwt_fiscal(DIGEST_MD5, PASSWORD1, SPAN(STATUS), body, sizeof body);
    assert_string_equal(body, "eyJtZXJjaGFudElkIjoic3Vic19zaG9wIiwiaWQiOiIxMDAzIn0."
                              "MTAzZWNjNjI3NDczODc5MjM1YjRjMzNjN2Q4YjY4Yjc");
    robokassa_jwt_fiscal(DIGEST_SHA256, PASSWORD1, SPAN(STATUS), body, sizeof body);
    assert_string_equal(body,
                        "eyJtZXJjaGFudElkIjoic3Vic19zaG9wIiwiaWQiOiIxMDAzIn0."
                        "OGVhY2UwZjI0NmU5ZjhkNGYwMTViM2QxYzkwNzYxZWY5MzRiOGFiNzQzNTI0ZGQyNWUxOThm"
                        "YjMyMmNjMzlmNQ");
}

static void what_the_service_would_not_take_is_refused(void **state)
{
    (void)state;
    char token[2048];
    static char long_key[ROBOKASSA_JWT_KEY_MAX + 1];
    static const digest_t NOT_FOR_REFUNDS[] = {DIGEST_MD5, DIGEST_RIPEMD160, DIGEST_SHA1};
    for (size_t i = 0; i < LENGTH(NOT_FOR_REFUNDS); i++)
        assert_int_equal(robokassa_jwt_refund(NOT_FOR_REFUNDS[i], PASSWORD3, SPAN(REFUND_FULL),
                                              token, sizeof token),
                         0);
    memset(long_key, 'k', sizeof long_key);
    span_t key = {long_key, sizeof long_key};
    assert_int_equal(
        robokassa_jwt_invoice(DIGEST_MD5, LOGIN, key, SPAN(INVOICE), token, sizeof token), 0);
    for (size_t room = 0; room < 100; room++) // the body is 96 bytes and its NUL
        assert_int_equal(robokassa_jwt_fiscal(DIGEST_MD5, PASSWORD1, SPAN(STATUS), token, room) > 0,
                         room >= 96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refunds_are_the_published_tokens),
        cmocka_unit_test(invoices_are_the_published_tokens),
        cmocka_unit_test(an_invoices_header_names_its_digest),
        cmocka_unit_test(second_receipts_are_the_published_bodies),
        cmocka_unit_test(what_the_service_would_not_take_is_refused),
    };
    return cmocka_run_group_tests_name("robokassa_jwt", tests, NULL, NULL);
}
