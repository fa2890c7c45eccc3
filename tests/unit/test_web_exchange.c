// One HTTP request without HTTP: its route, its form, its question, its reply.
#include "services/web/web_exchange.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { BOTH = WEB_PAGES | WEB_NOTICES };

static const uid_t16 id = {{7}};
static uint8_t buffer[EDGE_PACKED_MAX];

static web_exchange_t *come(const char *method, const char *uri, const char *path)
{
    web_exchange_t *self = web_exchange_new(uri);
    web_exchange_route(self, BOTH, method, path);
    return self;
}

// The size of the fields that are asked about; -1 if it is refused.
static int fields_of(web_exchange_t *exchange)
{
    request_t request;
    fail_t fail = web_exchange_read(exchange, &id, buffer, &request);
    assert_true(!fail || fail == FAIL_INVALID);
    return fail ? -1 : (int)request.callback.fields.size;
}

static void the_query_is_the_form_where_there_is_no_body(void **state)
{
    (void)state;
    web_exchange_t *one = come("GET", "/robokassa/result?a=%31", "/robokassa/result");
    assert_true(web_exchange_asks(one));
    assert_int_equal(fields_of(one), 6); // [[a, 1]]
    web_exchange_destroy(&one);
    assert_null(one);
    one = come("GET", "/robokassa/result", "/robokassa/result");
    assert_int_equal(fields_of(one), 1); // []
    web_exchange_destroy(&one);
}

static void a_body_counts_and_a_query_beside_it_does_not(void **state)
{
    (void)state;
    web_exchange_t *one = come("POST", "/robokassa/result?x=%zz", "/robokassa/result");
    web_exchange_take(one, "a=", 2);
    web_exchange_take(one, "12", 2);
    assert_int_equal(fields_of(one), 7);
    web_exchange_destroy(&one);
}

static void what_is_longer_than_the_route_allows_is_refused(void **state)
{
    (void)state;
    char *uri = malloc(EDGE_BODY_MAX + 64);
    size_t start = (size_t)sprintf(uri, "/robokassa/result?");
    memset(uri + start, 'a', EDGE_BODY_MAX);
    uri[start + EDGE_BODY_MAX] = '\0';
    web_exchange_t *one = come("GET", uri, "/robokassa/result");
    assert_true(fields_of(one) > 0);
    web_exchange_take(one, uri + start, EDGE_BODY_MAX);
    assert_true(fields_of(one) > 0);
    web_exchange_take(one, "a", 1);
    assert_int_equal(fields_of(one), -1);
    web_exchange_take(one, "b", 1); // the rest is read and forgotten
    assert_int_equal(fields_of(one), -1);
    web_exchange_destroy(&one);
    strcat(uri + start + EDGE_BODY_MAX, "a");
    one = come("GET", uri, "/robokassa/result");
    assert_int_equal(fields_of(one), -1);
    web_exchange_destroy(&one);
    free(uri);
}

static void a_route_without_a_form_reads_none(void **state)
{
    (void)state;
    request_t request;
    web_exchange_t *one = come("GET", "/health?%zz", "/health");
    web_exchange_take(one, "%zz", 3);
    assert_int_equal(web_exchange_read(one, &id, buffer, &request), FAIL_NONE);
    assert_int_equal(request.type, REQUEST_status);
    assert_null(one->form);
    web_exchange_destroy(&one);
}

static unsigned status_of(const char *method, const char *uri, const char *path)
{
    web_reply_t reply;
    web_exchange_t *one = come(method, uri, path);
    web_exchange_take(one, "a=b", 3); // whatever it is sent with
    assert_false(web_exchange_asks(one));
    assert_null(one->form);
    web_exchange_reply(one, true, &reply);
    web_exchange_destroy(&one);
    return reply.status;
}

static void what_is_not_served_asks_nothing_and_keeps_nothing(void **state)
{
    (void)state;
    assert_int_equal(status_of("GET", "/nowhere", "/nowhere"), 404);
    assert_int_equal(status_of("POST", "/health", "/health"), 405);
    // The library has decoded the path: what was escaped is not what was sent.
    assert_int_equal(status_of("GET", "/robokassa/%73uccess?a", "/robokassa/success"), 404);
    assert_int_equal(status_of("GET", "/health%00x", "/health"), 404);
}

static void the_reply_is_made_of_what_came_back(void **state)
{
    (void)state;
    web_reply_t reply;
    web_exchange_t *one = come("POST", "/robokassa/result", "/robokassa/result");
    one->question.answer.callback.invoice = 77;
    web_exchange_reply(one, false, &reply);
    assert_int_equal(reply.status, 503); // nothing came back yet
    one->question.fail = FAIL_NONE;
    web_exchange_reply(one, false, &reply);
    assert_string_equal(reply.body, "OK77");
    one->question.fail = FAIL_FULL;
    web_exchange_reply(one, false, &reply);
    assert_int_equal(reply.status, 503);
    web_exchange_destroy(&one);
    one = come("GET", "/robokassa/success", "/robokassa/success");
    one->question.fail = FAIL_MISSING;
    web_exchange_reply(one, true, &reply);
    assert_non_null(strstr(reply.body, "do not know"));
    web_exchange_destroy(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_query_is_the_form_where_there_is_no_body),
        cmocka_unit_test(a_body_counts_and_a_query_beside_it_does_not),
        cmocka_unit_test(what_is_longer_than_the_route_allows_is_refused),
        cmocka_unit_test(a_route_without_a_form_reads_none),
        cmocka_unit_test(what_is_not_served_asks_nothing_and_keeps_nothing),
        cmocka_unit_test(the_reply_is_made_of_what_came_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
