// The one place that makes sockets: none is without its limits, whichever kind it is.
#include "proto/stream.h"
#include "services/process/socket.h"
#include <setjmp.h>
#include <cmocka.h>

static zcert_t *own;

static int begin(void **state)
{
    (void)state;
    own = zcert_new();
    return !own;
}

static int end(void **state)
{
    (void)state;
    zcert_destroy(&own);
    return 0;
}

static void only_tcp_and_local_endpoints_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *endpoint;
        bool valid;
    } table[] = {{"tcp://127.0.0.1:*", true},
                 {"ipc:///tmp/door", true},
                 {"tcp://", false},
                 {"ipc://", false},
                 {"udp://127.0.0.1:1", false},
                 {"pgm://127.0.0.1:1", false},
                 {"inproc://door", false},
                 {"127.0.0.1:1", false},
                 {"", false},
                 {NULL, false}};
    char longest[300];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "ipc://", 6);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(socket_endpoint_is_valid(table[i].endpoint), table[i].valid);
    longest[256] = '\0';
    assert_false(socket_endpoint_is_valid(longest));
    longest[255] = '\0';
    assert_true(socket_endpoint_is_valid(longest));
}

static void what_cannot_be_is_refused_and_says_why(void **state)
{
    (void)state;
    errno = 0;
    assert_null(socket_new(SOCKET_FEED_DOOR, "udp://127.0.0.1:1", own, NULL));
    assert_int_equal(errno, EINVAL);
    zsock_t *door = socket_new(SOCKET_FEED_DOOR, "tcp://127.0.0.1:*", own, NULL);
    assert_non_null(door);
    errno = 0;
    assert_null(socket_new(SOCKET_FEED_DOOR, socket_endpoint(door), own, NULL));
    assert_int_equal(errno, EADDRINUSE);
    watch_t watch = {0};
    errno = 0;
    assert_null(socket_watched(SOCKET_FEED_DOOR, socket_endpoint(door), own, NULL, &watch));
    assert_int_equal(errno, EADDRINUSE);
    assert_null(watch.events);
    zsock_destroy(&door);
}

static void each_kind_has_its_limits_and_its_curve(void **state)
{
    (void)state;
    static const struct {
        socket_kind_t kind;
        int message_max, mark_in, mark_out;
        bool binds;
    } table[] = {
        {SOCKET_COMMAND_DOOR, FRAME_SMALL_MAX, SOCKET_COMMAND_MARK, SOCKET_COMMAND_MARK, true},
        {SOCKET_FEED_DOOR, FRAME_LARGE_MAX, SOCKET_FEED_MARK, SOCKET_FEED_MARK, true},
        {SOCKET_REPLAY_DOOR, FRAME_SMALL_MAX, SOCKET_REPLAY_MARK, SOCKET_ANSWER_MARK, true},
        {SOCKET_PUBLISHER, SOCKET_TOPIC_MAX, SOCKET_TOPICS_MARK, SOCKET_STREAM_MARK, true},
        {SOCKET_COMMAND_CLIENT, FRAME_SMALL_MAX, SOCKET_COMMAND_MARK, SOCKET_COMMAND_MARK, false},
        {SOCKET_FEED_CLIENT, FRAME_LARGE_MAX, SOCKET_FEED_MARK, SOCKET_FEED_MARK, false},
        {SOCKET_REPLAY_CLIENT, FRAME_LARGE_MAX, SOCKET_REPLAY_MARK, SOCKET_REPLAY_MARK, false},
        {SOCKET_SUBSCRIBER, FRAME_SMALL_MAX, SOCKET_STREAM_MARK, SOCKET_STREAM_MARK, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *key = table[i].binds ? NULL : zcert_public_txt(own);
        const char *endpoint = table[i].binds ? "tcp://127.0.0.1:*" : "tcp://127.0.0.1:9";
        zsock_t *socket = socket_new(table[i].kind, endpoint, own, key);
        assert_non_null(socket);
        // CURVE wraps a message of the largest size in 33 bytes, and no more than 64 are let.
        assert_in_range(zsock_maxmsgsize(socket), table[i].message_max + 33,
                        table[i].message_max + 64);
        assert_int_equal(zsock_rcvhwm(socket), table[i].mark_in);
        assert_int_equal(zsock_sndhwm(socket), table[i].mark_out);
        assert_int_equal(zsock_sndtimeo(socket), 0); // nothing blocks
        assert_int_equal(zsock_mechanism(socket), ZMQ_CURVE);
        assert_int_equal(zsock_curve_server(socket), table[i].binds);
        assert_true(zsock_handshake_ivl(socket) > 0);
        zsock_destroy(&socket);
    }
}

static void there_is_one_authenticator_in_a_process(void **state)
{
    (void)state;
    zsock_t *first = socket_authenticator();
    assert_non_null(first);
    assert_null(socket_authenticator());
    zsock_destroy(&first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_tcp_and_local_endpoints_are_taken),
        TEST(what_cannot_be_is_refused_and_says_why),
        TEST(each_kind_has_its_limits_and_its_curve),
        TEST(there_is_one_authenticator_in_a_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
