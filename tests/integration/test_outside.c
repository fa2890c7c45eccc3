// Requests to the outside against a server that answers, hangs up, stays silent, redirects or talks
// without end: what each is called afterwards, and that nothing is ever sent twice.
#include "services/common/outside.h"
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
    outside_requests_t *self = outside_new(https_only, 10000);
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
    outside_requests_t *self = outside_new(false, 10000);
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
