// What the other side of an HTTP connection gets.
#include "services/web/web_reply.h"
#include "proto/codes.h"
#include "services/web/web_routes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { WELL, STARTING, FULL }; // payment

static void every_outcome_has_a_status_and_a_text_of_its_own(void **state)
{
    (void)state;
    static const struct {
        web_reply_fn *reply;
        fail_t fail;
        uint64_t state;
        unsigned status;
        const char *russian, *english;
    } cases[] = {
        {web_reply_notice, FAIL_NONE, 0, 200, "OK77", "OK77"},
        {web_reply_notice, FAIL_SIGNATURE, 0, 400, "bad sign\n", "bad sign\n"},
        {web_reply_notice, FAIL_INVALID, 0, 400, "bad sign\n", "bad sign\n"},
        {web_reply_notice, FAIL_MISSING, 0, 400, "bad sign\n", "bad sign\n"},
        {web_reply_notice, FAIL_TIMEOUT, 0, 503, "not now, please repeat\n",
         "not now, please repeat\n"},
        {web_reply_notice, FAIL_FULL, 0, 503, "not now, please repeat\n",
         "not now, please repeat\n"},
        {web_reply_notice, FAIL_LATER, 0, 503, "not now, please repeat\n",
         "not now, please repeat\n"},
        {web_reply_health, FAIL_NONE, WELL, 200, "ok\n", "ok\n"},
        {web_reply_health, FAIL_NONE, STARTING, 503, "payment is starting\n",
         "payment is starting\n"},
        {web_reply_health, FAIL_NONE, FULL, 503, "payment has no room", "payment has no room"},
        {web_reply_health, FAIL_TIMEOUT, 0, 503, "payment does not answer",
         "payment does not answer"},
        {web_reply_success, FAIL_NONE, PAYMENT_SUCCEEDED, 200, "зачислен", "has arrived"},
        {web_reply_failure, FAIL_NONE, PAYMENT_SUCCEEDED, 200, "зачислен", "has arrived"},
        {web_reply_success, FAIL_NONE, PAYMENT_CREATED, 200, "обрабатывается", "being processed"},
        {web_reply_failure, FAIL_NONE, PAYMENT_CREATED, 200, "не завершён", "not completed"},
        {web_reply_success, FAIL_MISSING, 0, 400, "неизвестен", "do not know"},
        {web_reply_success, FAIL_FULL, 0, 503, "не можем проверить", "right now"},
        {web_reply_failure, FAIL_TIMEOUT, 0, 503, "не можем проверить", "right now"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int english = 0; english < 2; english++) {
            answer_t answer = {0};
            if (cases[i].reply == web_reply_notice)
                answer.callback.invoice = 77;
            else if (cases[i].reply == web_reply_health)
                answer.status = (answer_status_t){.ready = cases[i].state != STARTING,
                                                  .full = cases[i].state == FULL};
            else
                answer.success.state = cases[i].state;
            web_outcome_t outcome = {.fail = cases[i].fail, .answer = &answer, .english = english};
            web_reply_t reply = {0};
            cases[i].reply(&outcome, &reply);
            assert_int_equal(reply.status, cases[i].status);
            assert_null(reply.allow);
            assert_int_equal(reply.size, strlen(reply.body));
            assert_non_null(strstr(reply.body, english ? cases[i].english : cases[i].russian));
            bool page = cases[i].reply == web_reply_success || cases[i].reply == web_reply_failure;
            assert_int_equal(strncmp(reply.content_type, "text/html", 9) == 0, page);
            assert_int_equal(strstr(reply.body, english ? "lang=\"en\"" : "lang=\"ru\"") != NULL,
                             page);
        }
}

static void a_return_leads_to_the_payments_page_where_there_is_one(void **state)
{
    (void)state;
    answer_t answer = {.type = REQUEST_success};
    answer.success.invoice = UINT64_MAX;
    web_outcome_t outcome = {.answer = &answer, .has_page = true};
    web_reply_t reply;
    web_reply_success(&outcome, &reply);
    assert_int_equal(reply.status, 303);
    assert_string_equal(reply.location, "/payments/18446744073709551615?returned=1");
    web_reply_failure(&outcome, &reply);
    assert_string_equal(reply.location, "/payments/18446744073709551615?returned=0");
    outcome.fail = FAIL_MISSING;
    web_reply_success(&outcome, &reply);
    assert_int_equal(reply.status, 400);
    assert_string_equal(reply.location, "");
}

static void what_is_not_served_says_so(void **state)
{
    (void)state;
    web_reply_t reply;
    web_reply_not_found(&reply);
    assert_int_equal(reply.status, 404);
    assert_string_equal(reply.body, "no such page\n");
    assert_null(reply.allow);
    web_reply_not_allowed("GET", &reply);
    assert_int_equal(reply.status, 405);
    assert_string_equal(reply.body, "GET or POST\n");
    assert_string_equal(reply.allow, "GET");
    assert_int_equal(reply.size, strlen(reply.body));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_has_a_status_and_a_text_of_its_own),
        cmocka_unit_test(a_return_leads_to_the_payments_page_where_there_is_one),
        cmocka_unit_test(what_is_not_served_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
