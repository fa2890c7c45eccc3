// Requests to the outside against a server that answers, hangs up, stays silent, redirects or talks
// without end: what each is called afterwards, and that nothing is ever sent twice.
#include "services/process/outside.h"
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

typedef enum { ANSWER, HANG_UP, SILENCE, REDIRECT, ENDLESS } manner_t;

static int listener;
static int port;
static atomic_int manner, requests;
static atomic_bool ending;
static char received[4096];

static void reply(int fd, const char *text)
{
    ssize_t sent = send(fd, text, strlen(text), MSG_NOSIGNAL);
    (void)sent;
}

static void serve_one(int fd)
{
    size_t size = 0;
    ssize_t got;
    // A request ends where its body of 5 bytes ends, or with its head if it is a GET.
    while (size < sizeof received - 1 &&
           (got = recv(fd, received + size, sizeof received - 1 - size, 0)) > 0) {
        size += (size_t)got;
        received[size] = '\0';
        char *end = strstr(received, "\r\n\r\n");
        if (end && (strncmp(received, "GET", 3) == 0 || strlen(end) >= 4 + 5))
            break;
    }
    requests++;
    switch ((manner_t)manner) {
    case ANSWER:
        reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nOK77");
        break;
    case REDIRECT:
        reply(fd, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        break;
    case ENDLESS:
        reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        for (int i = 0; i < 1000; i++)
            reply(fd, "0123456789012345678901234567890123456789012345678901234567890123456789"
                      "012345678901234567890123456789");
        break;
    case SILENCE:
        while (!ending && recv(fd, received, 1, 0) > 0)
            ;
        break;
    case HANG_UP:
        break;
    }
    close(fd);
}

static void *serve(void *arg)
{
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0 && !ending;)
        serve_one(fd);
    return arg;
}

static void start(outside_requests_t *self, uint64_t key, const char *scheme, int to,
                  const char *body, unsigned timeout_ms)
{
    char url[128];
    snprintf(url, sizeof url, "%s://127.0.0.1:%d/path", scheme, to);
    outside_t request = {.key = key,
                         .method = *body ? OUTSIDE_POST : OUTSIDE_GET,
                         .content_type = text_of(*body ? OUTSIDE_FORM : ""),
                         .url = {url, (uint32_t)strlen(url)},
                         .body = {(const uint8_t *)body, (uint32_t)strlen(body)},
                         .timeout_ms = timeout_ms};
    outside_start(self, &request);
}

static result_t wait_for(outside_requests_t *self)
{
    result_t result;
    for (int turns = 0; !outside_result(self, &result); turns++) {
        assert_true(turns < 1000);
        struct pollfd item = {.fd = outside_fd(self), .events = POLLIN};
        assert_int_equal(poll(&item, 1, 10000), 1); // something is always due, or time is
        outside_turn(self);
    }
    return result;
}

static result_t ask(manner_t how, const char *scheme, int to, const char *body, bool https_only)
{
    manner = how;
    requests = 0;
    outside_requests_t *self = outside_new(https_only, 10000, "");
    start(self, 42, scheme, to, body, 700);
    assert_int_equal(outside_count(self), 1);
    result_t result = wait_for(self);
    assert_int_equal(result.key, 42);
    assert_int_equal(outside_count(self), 0);
    static uint8_t kept[OUTSIDE_BODY_MAX];
    if (result.body.size)
        memcpy(kept, result.body.data, result.body.size);
    result.body.data = kept;
    outside_destroy(&self);
    return result;
}

static void an_answer_has_status_and_body(void **state)
{
    (void)state;
    result_t result = ask(ANSWER, "http", port, "a=b&c", false);
    assert_int_equal(result.what, RESULT_ANSWERED);
    assert_int_equal(result.http_status, 200);
    assert_int_equal(result.body.size, 4);
    assert_memory_equal(result.body.data, "OK77", 4);
    assert_memory_equal(received, "POST /path ", 11);
    assert_non_null(strstr(received, "\r\n\r\na=b&c"));
    result = ask(ANSWER, "http", port, "", false);
    assert_int_equal(result.what, RESULT_ANSWERED);
    assert_memory_equal(received, "GET /path ", 10);
}

// Byte for byte: what Robokassa has been sent from the beginning.
static void a_form_and_a_question_leave_as_they_always_did(void **state)
{
    (void)state;
    char expected[512];
    ask(ANSWER, "http", port, "a=b&c", false);
    snprintf(expected, sizeof expected,
             "POST /path HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\nContent-Length: 5\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b&c",
             port);
    assert_string_equal(received, expected);
    ask(ANSWER, "http", port, "", false);
    snprintf(expected, sizeof expected,
             "GET /path HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n\r\n", port);
    assert_string_equal(received, expected);
}

// Starts it at our server, and says what became of it.
static result_t send_request(outside_t request)
{
    char url[64];
    manner = ANSWER;
    requests = 0;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/path", port);
    request.key = 42;
    request.timeout_ms = 700;
    if (!request.url.size)
        request.url = text_of(url);
    outside_requests_t *self = outside_new(false, 10000, "");
    outside_start(self, &request);
    result_t result = wait_for(self);
    result.body.size = 0;
    outside_destroy(&self);
    return result;
}

static void a_body_has_its_own_type_and_a_request_its_own_headers(void **state)
{
    (void)state;
    char expected[512];
    outside_t request = {.method = OUTSIDE_POST,
                         .content_type = text_of("application/jwt"),
                         .headers = {{text_of("webhook-id"), text_of("evt_1.2")},
                                     {text_of("Authorization"), text_of("Bearer a b:c")}},
                         .headers_count = 2,
                         .body = {(const uint8_t *)"a=b&c", 5}};
    assert_int_equal(send_request(request).what, RESULT_ANSWERED);
    snprintf(expected, sizeof expected,
             "POST /path HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n"
             "Content-Type: application/jwt\r\nwebhook-id: evt_1.2\r\n"
             "Authorization: Bearer a b:c\r\nContent-Length: 5\r\n\r\na=b&c",
             port);
    assert_string_equal(received, expected);
    request = (outside_t){
        .method = OUTSIDE_GET, .headers = {{text_of("x"), text_of("y")}}, .headers_count = 1};
    assert_int_equal(send_request(request).what, RESULT_ANSWERED);
    snprintf(expected, sizeof expected,
             "GET /path HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\nx: y\r\n\r\n", port);
    assert_string_equal(received, expected);
}

#define TEXT(literal) ((text_t){literal, sizeof literal - 1}) // with what stands behind a NUL

static void a_header_that_could_be_another_is_never_sent(void **state)
{
    (void)state;
    const outside_header_t wrong[] = {{TEXT("x"), TEXT("a\r\nHost: b")},
                                      {TEXT("x"), TEXT("a\nb")},
                                      {TEXT("x"), TEXT("a\r")},
                                      {TEXT("x"), TEXT("a\0b")},
                                      {TEXT("x"), TEXT("")},
                                      {TEXT("x"), TEXT("\x7f")},
                                      {TEXT("x"), TEXT("\xd1\x8f")},
                                      {TEXT("x\r\ny"), TEXT("a")},
                                      {TEXT("x:y"), TEXT("a")},
                                      {TEXT("x "), TEXT("a")},
                                      {TEXT("x\0"), TEXT("a")},
                                      {TEXT(""), TEXT("a")},
                                      {TEXT("content-length"), TEXT("0")},
                                      {TEXT("Transfer-Encoding"), TEXT("chunked")},
                                      {TEXT("HOST"), TEXT("b")},
                                      {TEXT("Expect"), TEXT("100-continue")},
                                      {TEXT("Content-Type"), TEXT("text/plain")},
                                      {TEXT("Connection"), TEXT("keep-alive")}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        outside_t request = {.method = OUTSIDE_GET,
                             .headers = {{text_of("good"), text_of("value")}, wrong[i]},
                             .headers_count = 2};
        assert_int_equal(send_request(request).what, RESULT_NOT_CONNECTED);
        assert_int_equal(requests, 0);
    }
    static char large[OUTSIDE_HEADER_MAX];
    memset(large, 'a', sizeof large);
    outside_t request = {.method = OUTSIDE_GET, .headers_count = 1};
    request.headers[0] = (outside_header_t){text_of("x"), {large, sizeof large}};
    assert_int_equal(send_request(request).what, RESULT_NOT_CONNECTED);
    request.headers[0].value.size--;
    assert_int_equal(send_request(request).what, RESULT_ANSWERED);
}

static void a_request_that_is_not_whole_is_never_sent(void **state)
{
    (void)state;
    const bytes_t body = {(const uint8_t *)"a=b&c", 5};
    char cut[64] = "";
    int size = snprintf(cut, sizeof cut, "http://127.0.0.1:%d/", port);
    memcpy(cut + size, "\0.example", 9);
    const outside_t wrong[] = {
        {.content_type = text_of(OUTSIDE_FORM), .body = body}, // no method
        {.method = OUTSIDE_POST, .body = body},
        {.method = OUTSIDE_POST, .body = body, .content_type = TEXT("a\r\nb: c")},
        {.method = OUTSIDE_GET, .body = body},
        {.method = OUTSIDE_GET, .content_type = text_of(OUTSIDE_FORM)},
        {.method = OUTSIDE_GET, .url = {cut, (uint32_t)size + 9}},
        {.method = OUTSIDE_GET, .headers_count = OUTSIDE_HEADERS_MAX + 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(send_request(wrong[i]).what, RESULT_NOT_CONNECTED);
        assert_int_equal(requests, 0);
    }
}

static void a_closed_port_is_not_connected(void **state)
{
    (void)state;
    assert_int_equal(ask(ANSWER, "http", 1, "a=b&c", false).what, RESULT_NOT_CONNECTED);
}

static void after_the_request_left_every_failure_is_no_answer(void **state)
{
    (void)state;
    assert_int_equal(ask(HANG_UP, "http", port, "a=b&c", false).what, RESULT_NO_ANSWER);
    assert_int_equal(requests, 1); // and curl did not send it again
    assert_int_equal(ask(SILENCE, "http", port, "a=b&c", false).what, RESULT_NO_ANSWER);
    assert_int_equal(requests, 1);
    assert_int_equal(ask(ENDLESS, "http", port, "a=b&c", false).what, RESULT_NO_ANSWER);
}

static void a_redirect_is_an_answer_and_not_followed(void **state)
{
    (void)state;
    result_t result = ask(REDIRECT, "http", port, "a=b&c", false);
    assert_int_equal(result.what, RESULT_ANSWERED);
    assert_int_equal(result.http_status, 302);
    assert_int_equal(requests, 1);
}

static void plain_http_is_refused_unless_configured(void **state)
{
    (void)state;
    assert_int_equal(ask(ANSWER, "http", port, "a=b&c", true).what, RESULT_NOT_CONNECTED);
    assert_int_equal(requests, 0);
    assert_int_equal(ask(ANSWER, "file", port, "", false).what, RESULT_NOT_CONNECTED);
}

static void without_tls_no_byte_of_the_request_leaves(void **state)
{
    (void)state;
    // The server answers HTTP to a TLS greeting.
    result_t result = ask(HANG_UP, "https", port, "a=b&c", true);
    assert_int_equal(result.what, RESULT_NOT_CONNECTED);
    assert_null(strstr(received, "a=b&c"));
}

static void many_are_under_way_at_once(void **state)
{
    (void)state;
    manner = ANSWER;
    outside_requests_t *self = outside_new(false, 10000, "");
    for (uint64_t key = 1; key <= 20; key++)
        start(self, key, "http", port, "a=b&c", 5000);
    uint64_t seen = 0;
    for (int i = 0; i < 20; i++) {
        result_t result = wait_for(self);
        assert_int_equal(result.what, RESULT_ANSWERED);
        seen |= UINT64_C(1) << result.key;
    }
    assert_int_equal(seen, (UINT64_C(1) << 21) - 2);
    start(self, 21, "http", port, "a=b&c", 5000);
    outside_destroy(&self); // with one under way
}

int main(void)
{
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        return 1;
    port = ntohs(address.sin_port);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_has_status_and_body),
        cmocka_unit_test(a_form_and_a_question_leave_as_they_always_did),
        cmocka_unit_test(a_body_has_its_own_type_and_a_request_its_own_headers),
        cmocka_unit_test(a_header_that_could_be_another_is_never_sent),
        cmocka_unit_test(a_request_that_is_not_whole_is_never_sent),
        cmocka_unit_test(a_closed_port_is_not_connected),
        cmocka_unit_test(after_the_request_left_every_failure_is_no_answer),
        cmocka_unit_test(a_redirect_is_an_answer_and_not_followed),
        cmocka_unit_test(plain_http_is_refused_unless_configured),
        cmocka_unit_test(without_tls_no_byte_of_the_request_leaves),
        cmocka_unit_test(many_are_under_way_at_once),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ending = true;
    shutdown(listener, SHUT_RDWR);
    close(listener);
    pthread_join(thread, NULL);
    return failed;
}
