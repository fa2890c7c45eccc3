// What the HTTP face makes of requests and of answers.
#include "services/web/edge.h"
#include "proto/payment.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const uid_t16 id = {{7}};
static uint8_t buffer[EDGE_BODY_MAX * 4];

static void each_path_takes_its_own_methods(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        edge_route_t route;
    } cases[] = {
        {"POST", "/robokassa/result", EDGE_NOTICE},
        {"GET", "/robokassa/result", EDGE_NOTICE},
        {"POST", "/robokassa/success", EDGE_SUCCESS},
        {"GET", "/robokassa/fail", EDGE_FAIL},
        {"GET", "/health", EDGE_HEALTH},
        {"POST", "/health", EDGE_NOT_ALLOWED},
        {"PUT", "/robokassa/result", EDGE_NOT_ALLOWED},
        {"get", "/health", EDGE_NOT_ALLOWED},
        {"GET", "/", EDGE_NOT_FOUND},
        {"GET", "/robokassa/result/", EDGE_NOT_FOUND},
        {"DELETE", "/robokassa", EDGE_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(edge_route(cases[i].method, cases[i].path), cases[i].route);
}

static fail_t request_of(edge_route_t route, const char *form, request_t *ret_request)
{
    return edge_request(route, form, strlen(form), &id, buffer, sizeof buffer, ret_request);
}

static void a_notice_is_a_command_with_its_decoded_fields(void **state)
{
    (void)state;
    static const uint8_t packed[] = {0x92, 0x92, 0xa6, 'O', 'u',  't',  'S', 'u', 'm',
                                     0xa3, '1',  ' ',  '2', 0x92, 0xa1, 'x', 0xa0};
    request_t request;
    assert_int_equal(request_of(EDGE_NOTICE, "OutSum=1+%32&x=", &request), FAIL_NONE);
    assert_int_equal(request.type, REQUEST_callback);
    assert_true(uid_equal(&request.id, &id));
    assert_int_equal(request.callback.fields.size, sizeof packed);
    assert_memory_equal(request.callback.fields.data, packed, sizeof packed);
}

static void a_payers_return_is_a_question_without_an_id(void **state)
{
    (void)state;
    request_t request;
    assert_int_equal(request_of(EDGE_SUCCESS, "InvId=5", &request), FAIL_NONE);
    assert_int_equal(request.type, REQUEST_success);
    assert_true(uid_is_zero(&request.id));
    assert_false(request.success.failed);
    assert_int_equal(request_of(EDGE_FAIL, "InvId=5", &request), FAIL_NONE);
    assert_true(request.success.failed);
}

static void a_form_that_is_broken_or_too_long_makes_no_request(void **state)
{
    (void)state;
    static char large[EDGE_BODY_MAX + 1];
    memset(large, 'a', sizeof large);
    request_t request = {.type = REQUEST_balance};
    assert_int_equal(request_of(EDGE_NOTICE, "OutSum=%zz", &request), FAIL_INVALID);
    assert_int_equal(
        edge_request(EDGE_NOTICE, large, sizeof large, &id, buffer, sizeof buffer, &request),
        FAIL_INVALID);
    for (size_t cap = 0; cap < 12; cap++) // what is packed takes 12 bytes
        assert_int_equal(edge_request(EDGE_NOTICE, "abc=defg", 8, &id, buffer, cap, &request),
                         cap < 11 ? FAIL_INVALID : FAIL_NONE);
    assert_int_equal(request.type, REQUEST_callback);
}

static void every_outcome_has_a_status_and_a_text_of_its_own(void **state)
{
    (void)state;
    static const struct {
        edge_route_t route;
        fail_t fail;
        uint64_t state;
        unsigned status;
        const char *russian, *english;
    } cases[] = {
        {EDGE_NOTICE, FAIL_NONE, 0, 200, "OK77", "OK77"},
        {EDGE_NOTICE, FAIL_SIGNATURE, 0, 400, "bad sign\n", "bad sign\n"},
        {EDGE_NOTICE, FAIL_INVALID, 0, 400, "bad sign\n", "bad sign\n"},
        {EDGE_NOTICE, FAIL_MISSING, 0, 400, "bad sign\n", "bad sign\n"},
        {EDGE_NOTICE, FAIL_TIMEOUT, 0, 503, "not now, please repeat\n", "not now, please repeat\n"},
        {EDGE_HEALTH, FAIL_NONE, 0, 200, "ok\n", "ok\n"},
        {EDGE_HEALTH, FAIL_TIMEOUT, 0, 503, "payment does not answer", "payment does not answer"},
        {EDGE_NOT_FOUND, FAIL_NONE, 0, 404, "no such page", "no such page"},
        {EDGE_NOT_ALLOWED, FAIL_NONE, 0, 405, "GET or POST", "GET or POST"},
        {EDGE_SUCCESS, FAIL_NONE, PAYMENT_SUCCEEDED, 200, "зачислен", "has arrived"},
        {EDGE_FAIL, FAIL_NONE, PAYMENT_SUCCEEDED, 200, "зачислен", "has arrived"},
        {EDGE_SUCCESS, FAIL_NONE, PAYMENT_CREATED, 200, "обрабатывается", "being processed"},
        {EDGE_FAIL, FAIL_NONE, PAYMENT_CREATED, 200, "не завершён", "not completed"},
        {EDGE_SUCCESS, FAIL_MISSING, 0, 400, "неизвестен", "do not know"},
        {EDGE_FAIL, FAIL_TIMEOUT, 0, 503, "не можем проверить", "right now"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int english = 0; english < 2; english++) {
            answer_t answer = {0};
            if (cases[i].route == EDGE_NOTICE)
                answer.callback.invoice = 77;
            else
                answer.success.state = cases[i].state;
            edge_reply_t reply = {0};
            edge_reply(cases[i].route, cases[i].fail, &answer, english, &reply);
            assert_int_equal(reply.status, cases[i].status);
            assert_int_equal(reply.size, strlen(reply.body));
            assert_non_null(strstr(reply.body, english ? cases[i].english : cases[i].russian));
            bool page = cases[i].route == EDGE_SUCCESS || cases[i].route == EDGE_FAIL;
            assert_int_equal(strncmp(reply.content_type, "text/html", 9) == 0, page);
            assert_int_equal(strstr(reply.body, english ? "lang=\"en\"" : "lang=\"ru\"") != NULL,
                             page);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_takes_its_own_methods),
        cmocka_unit_test(a_notice_is_a_command_with_its_decoded_fields),
        cmocka_unit_test(a_payers_return_is_a_question_without_an_id),
        cmocka_unit_test(a_form_that_is_broken_or_too_long_makes_no_request),
        cmocka_unit_test(every_outcome_has_a_status_and_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
