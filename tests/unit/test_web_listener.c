// The HTTP side, with real connections and an asker whose payment is not there.
#include "services/web/web_listener.h"
#include "services/web/web_routes.h"
#include "tests/unit/web_rig.h"
#include <arpa/inet.h>
#include <czmq.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { WAIT_S = 10 };

typedef struct {
    web_asker_t *asker;
    web_listener_t *listener;
    web_tally_t tally;
} rig_t;

static int begin(void **state)
{
    rig_t *rig = calloc(1, sizeof *rig);
    int status;
    web_listener_settings_t settings = {.served = WEB_PAGES | WEB_NOTICES,
                                        .listen = "127.0.0.1:0",
                                        .port_file = web_rig.port_file,
                                        .connections = 16,
                                        .tally = &rig->tally};
    rig->asker = web_asker_new(&(web_door_t){.command = web_rig.endpoint,
                                             .certificate = web_rig.certificate,
                                             .name = "payment"},
                               1, web_rig.secret, &status);
    if (!rig->asker || !address_read_listen(settings.listen, &settings.address) ||
        !address_list_read("192.0.2.7", &settings.source.allowed))
        return -1;
    rig->listener = web_listener_new(&settings, rig->asker);
    *state = rig;
    return rig->listener ? 0 : -1;
}

static int end(void **state)
{
    rig_t *rig = *state;
    web_asker_stop(rig->asker);
    web_listener_destroy(&rig->listener);
    web_asker_destroy(&rig->asker);
    free(rig);
    return 0;
}

static int connect_to(const rig_t *rig)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = WAIT_S};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(web_listener_port(rig->listener)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

// One whole answer: its head, and a body as long as that says.
static const char *hear(int fd)
{
    static char text[8192];
    size_t size = 0;
    const char *body = NULL, *length = NULL;
    do {
        ssize_t got = recv(fd, text + size, sizeof text - 1 - size, 0);
        if (got <= 0)
            fail_msg("no whole answer: %.*s", (int)size, text);
        size += (size_t)got;
        text[size] = '\0';
        body = strstr(text, "\r\n\r\n");
        length = strstr(text, "Content-Length: ");
    } while (!body || !length || strlen(body + 4) < (size_t)atoi(length + 16));
    return text;
}

static void what_asks_nothing_is_answered_on_one_connection(void **state)
{
    static const struct {
        const char *request, *status, *within;
    } cases[] = {
        {"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "404", "no such page"},
        {"GET /robokassa/%73uccess HTTP/1.1\r\nHost: a\r\n\r\n", "404", "no such page"},
        {"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", "405",
         "Allow: GET\r\n"},
        {"GET /robokassa/result?a=b HTTP/1.1\r\nHost: a\r\n\r\n", "400", "bad sign"},
        {"GET /robokassa/fail?%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400", "Content-Security-Policy"},
        {"GET /robokassa/fail?%zz HTTP/1.1\r\nHost: a\r\nAccept-Language: en\r\n\r\n", "400",
         "do not know"},
    };
    int fd = connect_to(*state);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        say(fd, cases[i].request);
        const char *answer = hear(fd);
        assert_memory_equal(answer + strlen("HTTP/1.1 "), cases[i].status, 3);
        if (!strstr(answer, cases[i].within))
            fail_msg("%s: %s", cases[i].request, answer);
    }
    close(fd);
}

static void the_port_stands_in_its_file(void **state)
{
    const rig_t *rig = *state;
    unsigned port = 0;
    FILE *file = fopen(web_rig.port_file, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%u", &port), 1);
    fclose(file);
    assert_int_equal(port, web_listener_port(rig->listener));
}

static void who_waits_is_answered_at_the_end_and_who_has_left_is_forgotten(void **state)
{
    rig_t *rig = *state;
    int waits = connect_to(rig), leaves = connect_to(rig), halfway = connect_to(rig);
    say(waits, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    say(leaves, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    say(halfway, "POST /robokassa/success HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na=");
    while (web_asker_counters(rig->asker).asked < 2)
        zclock_sleep(1);
    close(leaves);
    int64_t before_ms = zclock_mono();
    web_asker_stop(rig->asker);
    assert_memory_equal(hear(waits), "HTTP/1.1 503", 12);
    web_listener_destroy(&rig->listener);
    assert_true(zclock_mono() - before_ms < LISTENER_FAREWELL_MS);
    close(waits);
    close(halfway);
}

static void a_door_that_is_taken_is_no_listener(void **state)
{
    rig_t *rig = *state;
    char listen[32];
    snprintf(listen, sizeof listen, "127.0.0.1:%u", web_listener_port(rig->listener));
    web_listener_settings_t settings = {.listen = listen, .port_file = "", .connections = 1};
    assert_true(address_read_listen(listen, &settings.address));
    assert_null(web_listener_new(&settings, rig->asker));
    assert_true(address_read_listen("127.0.0.1:0", &settings.address));
    settings.port_file = "/nowhere/port";
    assert_null(web_listener_new(&settings, rig->asker));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_asks_nothing_is_answered_on_one_connection),
        TEST(the_port_stands_in_its_file),
        TEST(who_waits_is_answered_at_the_end_and_who_has_left_is_forgotten),
        TEST(a_door_that_is_taken_is_no_listener),
    };
    return cmocka_run_group_tests(tests, web_rig_begin, web_rig_end);
}
