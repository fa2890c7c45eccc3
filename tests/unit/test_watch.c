#include "services/process/security/security.h"
#include "services/process/socket.h"
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <sys/socket.h>

enum { WAIT_MS = 10000 };

static watch_t watch;
static zsock_t *door;
static zcert_t *own;
static unsigned came_or_went;

static int setup(void **state)
{
    (void)state;
    own = zcert_new();
    door = socket_watched(SOCKET_COMMAND_DOOR, "tcp://127.0.0.1:*", own, NULL, &watch);
    came_or_went = 0;
    return !door;
}

static int teardown(void **state)
{
    (void)state;
    watch_close(&watch, door);
    watch_close(&watch, door);
    zsock_destroy(&door);
    zcert_destroy(&own);
    return 0;
}

static void note(void *arg, int fd)
{
    assert_ptr_equal(arg, &watch);
    assert_true(fd > 2);
    came_or_went++;
}

static void read_until(const uint64_t *counter, uint64_t wanted)
{
    for (int64_t deadline = zclock_mono() + WAIT_MS; *counter < wanted;) {
        assert_true(zclock_mono() < deadline);
        zmq_pollitem_t item = {.socket = zsock_resolve(watch.events), .events = ZMQ_POLLIN};
        zmq_poll(&item, 1, 100);
        watch_read(&watch, note, &watch);
    }
}

static int connect_raw(void)
{
    int port = 0;
    assert_int_equal(sscanf(socket_endpoint(door), "tcp://127.0.0.1:%d", &port), 1);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void handshakes_that_are_given_up_are_counted(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        close(connect_raw());
    read_until(&watch.unfinished, 5);
    assert_int_equal(watch.unfinished, 5);
    assert_int_equal(watch.malformed, 0);
}

static void handshakes_for_another_key_are_counted(void **state)
{
    (void)state;
    zcert_t *other = zcert_new();
    zsock_t *client =
        socket_new(SOCKET_COMMAND_CLIENT, socket_endpoint(door), own, zcert_public_txt(other));
    assert_non_null(client);
    read_until(&watch.malformed, 1);
    zsock_destroy(&client);
    zcert_destroy(&other);
}

static void each_connection_is_told_of_when_it_comes_and_when_it_goes(void **state)
{
    (void)state;
    int fd = connect_raw();
    int64_t deadline = zclock_mono() + WAIT_MS;
    while (came_or_went < 1 && zclock_mono() < deadline)
        watch_read(&watch, note, &watch);
    assert_int_equal(came_or_went, 1);
    close(fd);
    while (came_or_went < 2 && zclock_mono() < deadline)
        watch_read(&watch, note, &watch);
    assert_int_equal(came_or_went, 2);
}

// A listener that does not listen must hold up neither the door nor its end.
static void what_nobody_reads_holds_nobody_up(void **state)
{
    (void)state;
    enum { MANY = 3000 }; // more than libzmq's marks on both sides
    for (int i = 0; i < MANY; i++)
        close(connect_raw());
    read_until(&watch.unfinished, MANY);
    for (int i = 0; i < MANY; i++)
        close(connect_raw()); // and its end, right behind
}

int main(void)
{
    security_prepare();
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(handshakes_that_are_given_up_are_counted),
        TEST(handshakes_for_another_key_are_counted),
        TEST(each_connection_is_told_of_when_it_comes_and_when_it_goes),
        TEST(what_nobody_reads_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
