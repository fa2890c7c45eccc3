// What libzmq hears of a connection's end, by the calls themselves and by libzmq.
#include "services/process/hang_up.h"
#include <czmq.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cmocka.h>

enum { OURS, THEIRS };
static int poller, ends[2];

static int begin(void **state)
{
    (void)state;
    poller = epoll_create1(EPOLL_CLOEXEC);
    assert_true(poller >= 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    close(poller);
    close(ends[OURS]);
    close(ends[THEIRS]);
    return 0;
}

static void control(int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = ends[OURS]};
    assert_int_equal(epoll_ctl(poller, operation, ends[OURS], &event), 0);
}

static uint32_t heard(void)
{
    struct epoll_event event = {0};
    int count = epoll_wait(poller, &event, 1, 0);
    assert_true(count == 0 || (count == 1 && event.data.fd == ends[OURS]));
    return event.events;
}

static void hang_up(void)
{
    close(ends[THEIRS]);
    ends[THEIRS] = -1;
}

static void libzmq_waits_by_way_of_us(void **state)
{
    (void)state;
    assert_false(hang_up_is_guarded());
    zsock_t *socket = zsock_new(ZMQ_ROUTER);
    assert_true(hang_up_is_guarded());
    zsock_destroy(&socket);
}

static void an_end_is_heard_of_when_it_is_read_to(void **state)
{
    (void)state;
    control(EPOLL_CTL_ADD, 0);
    control(EPOLL_CTL_MOD, EPOLLIN);
    control(EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    assert_int_equal(heard(), EPOLLOUT);
    control(EPOLL_CTL_MOD, EPOLLOUT);
    hang_up();
    assert_int_equal(heard(), 0);
    control(EPOLL_CTL_MOD, 0);
    control(EPOLL_CTL_MOD, EPOLLOUT);
    assert_int_equal(heard(), 0);
    control(EPOLL_CTL_MOD, EPOLLIN);
    assert_int_equal(heard(), EPOLLIN);
    control(EPOLL_CTL_MOD, 0);
    assert_int_equal(heard(), 0);
}

static void data_and_an_end_are_data(void **state)
{
    (void)state;
    control(EPOLL_CTL_ADD, 0);
    control(EPOLL_CTL_MOD, EPOLLIN);
    assert_int_equal(send(ends[THEIRS], "1", 1, 0), 1);
    hang_up();
    assert_int_equal(heard(), EPOLLIN);
}

static void what_waits_for_its_connection_hears_all(void **state)
{
    (void)state;
    control(EPOLL_CTL_ADD, 0);
    control(EPOLL_CTL_MOD, EPOLLOUT);
    assert_int_equal(heard(), EPOLLOUT);
    hang_up();
    assert_int_equal(heard(), EPOLLOUT | EPOLLHUP);
    control(EPOLL_CTL_MOD, 0);
    assert_int_equal(heard(), EPOLLHUP);
}

static void what_was_left_is_forgotten_when_it_is_taken_out(void **state)
{
    (void)state;
    control(EPOLL_CTL_ADD, 0);
    control(EPOLL_CTL_MOD, EPOLLIN);
    control(EPOLL_CTL_MOD, 0);
    control(EPOLL_CTL_DEL, 0);
    control(EPOLL_CTL_ADD, EPOLLOUT);
    control(EPOLL_CTL_DEL, 0);
    assert_int_equal(epoll_ctl(poller, EPOLL_CTL_DEL, ends[OURS], NULL), -1);
    assert_int_equal(errno, ENOENT);
}

static void what_others_wait_for_is_as_it_was(void **state)
{
    (void)state;
    control(EPOLL_CTL_ADD, EPOLLIN);
    control(EPOLL_CTL_MOD, 0);
    hang_up();
    assert_int_equal(heard(), EPOLLHUP);
    control(EPOLL_CTL_MOD, EPOLLIN);
    assert_int_equal(heard(), EPOLLIN | EPOLLHUP);
    struct epoll_event event = {0};
    assert_int_equal(epoll_ctl(poller, 77, ends[OURS], &event), -1);
    assert_int_equal(errno, EINVAL);
}

static void who_fills_a_queue_at_a_quiet_place_is_hung_up_on(void **state)
{
    (void)state;
    char name[] = "/tmp/kopeck-hang-up-XXXXXX", endpoint[64], byte;
    int file = mkstemp(name);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(unlink(name), 0);
    snprintf(endpoint, sizeof endpoint, "ipc://%s", name);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", name);
    assert_int_equal(bind(ends[OURS], (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(unlink(name), 0);
    for (int named = 0; named <= 1; named++) {
        control(EPOLL_CTL_ADD, 0);
        control(EPOLL_CTL_MOD, EPOLLIN);
        control(EPOLL_CTL_MOD, 0);
        control(EPOLL_CTL_MOD, EPOLLIN);
        assert_int_equal(send(ends[THEIRS], "1", 1, 0), 1);
        assert_int_equal(recv(ends[OURS], &byte, 1, 0), named ? -1 : 1);
        assert_true(!named || errno == ECONNRESET);
        control(EPOLL_CTL_DEL, 0);
        hang_up_door(endpoint, true);
        hang_up_door("tcp://127.0.0.1:7203", true);
        assert_int_equal(hang_up_talkers(), named);
    }
}

// --- libzmq: a full queue, pings behind it, a reset
// -----------------------------------------------

enum { TRIES = 60, MARK = 16, GROUPS = 64 };

static void say(int peer, const void *data, size_t size)
{
    assert_int_equal(send(peer, data, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void hear(int peer, void *data, size_t size)
{
    assert_int_equal(recv(peer, data, size, MSG_WAITALL), (ssize_t)size);
}

static int connected(zsock_t *door)
{
    int port = 0, peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(sscanf(zsock_endpoint(door), "tcp://127.0.0.1:%d", &port), 1);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(peer, (struct sockaddr *)&at, sizeof at), 0);
    static const uint8_t greeting[64] = {0xff, 0,    0, 0, 0,   0,   0,   0,
                                         0,    0x7f, 3, 1, 'N', 'U', 'L', 'L'};
    static const char ready[] = "\4\34\5READY\13Socket-Type\0\0\0\6DEALER";
    say(peer, greeting, sizeof greeting);
    say(peer, ready, sizeof ready - 1);
    uint8_t heard[UINT8_MAX];
    hear(peer, heard, sizeof greeting + 2); // and the head of its own READY
    hear(peer, heard, heard[sizeof greeting + 1]);
    return peer;
}

static void fill_and_reset(zsock_t *door)
{
    static const char group[] = "\0\1m\0\1m\4\7\4PING\0\0";
    char said[GROUPS * (sizeof group - 1)];
    for (size_t i = 0; i < GROUPS; i++)
        memcpy(said + i * (sizeof group - 1), group, sizeof group - 1);
    int peer = connected(door);
    say(peer, said, sizeof said);
    zmq_pollitem_t item = {.socket = zsock_resolve(door), .events = ZMQ_POLLIN};
    assert_int_equal(zmq_poll(&item, 1, 10000), 1);
    struct linger none = {.l_onoff = 1};
    assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
    close(peer);
}

// All that was said comes, as far as libzmq took it, and the next peer is heard.
static void read_all(zsock_t *door)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(door), .events = ZMQ_POLLIN};
    zclock_sleep(5);
    for (int count = 0; count < 2 * GROUPS && zmq_poll(&item, 1, 50) == 1; count++) {
        zmsg_t *message = zmsg_recv(door);
        assert_int_equal(zmsg_size(message), 2);
        zmsg_destroy(&message);
    }
}

static void who_fills_a_queue_and_resets_ends_nobody(void **state)
{
    (void)state;
    zsock_t *door = zsock_new(ZMQ_ROUTER);
    zsock_set_rcvhwm(door, MARK);
    assert_true(zsock_bind(door, "tcp://127.0.0.1:*") > 0);
    for (int i = 0; i < TRIES; i++) {
        fill_and_reset(door);
        read_all(door);
    }
    zsock_destroy(&door);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libzmq_waits_by_way_of_us),
        cmocka_unit_test_setup_teardown(an_end_is_heard_of_when_it_is_read_to, begin, end),
        cmocka_unit_test_setup_teardown(data_and_an_end_are_data, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_for_its_connection_hears_all, begin, end),
        cmocka_unit_test_setup_teardown(what_was_left_is_forgotten_when_it_is_taken_out, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_others_wait_for_is_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(who_fills_a_queue_at_a_quiet_place_is_hung_up_on, begin,
                                        end),
        cmocka_unit_test(who_fills_a_queue_and_resets_ends_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
