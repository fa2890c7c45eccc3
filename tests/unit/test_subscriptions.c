// How much is subscribed to.
#include "services/process/subscriptions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static zsock_t *publisher, *subscriber;
static subscriptions_t subscriptions;

static int begin(void **state)
{
    (void)state;
    static int number; // a name that was closed is free only a moment later
    subscriptions = (subscriptions_t){0};
    publisher = zsock_new(ZMQ_XPUB);
    zsock_set_xpub_verboser(publisher, 1);
    assert_true(zsock_bind(publisher, "inproc://subscriptions-%d", ++number) >= 0);
    subscriber = zsock_new(ZMQ_XSUB);
    assert_int_equal(zsock_connect(subscriber, "inproc://subscriptions-%d", number), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    zsock_destroy(&subscriber);
    zsock_destroy(&publisher);
    return 0;
}

static void say(uint8_t first, unsigned topic)
{
    char bytes[16];
    bytes[0] = (char)first;
    int size = snprintf(bytes + 1, sizeof bytes - 1, "%u", topic);
    assert_true(zmq_send(zsock_resolve(subscriber), bytes, (size_t)size + 1, 0) > 0);
}

static void topics_that_are_gone_count_no_more(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5 * SUBSCRIPTIONS_MAX; i++) {
        say(1, i);
        assert_false(subscriptions_read(&subscriptions, publisher));
        say(0, i);
        assert_false(subscriptions_read(&subscriptions, publisher));
    }
    assert_int_equal(subscriptions.count, 0);
}

static void one_topic_of_many_counts_once(void **state)
{
    (void)state;
    zsock_t *others[5 * SUBSCRIPTIONS_MAX];
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        others[i] = zsock_new(ZMQ_SUB);
        zsock_set_subscribe(others[i], "topic");
        assert_int_equal(zsock_connect(others[i], "%s", zsock_endpoint(publisher)), 0);
    }
    assert_false(subscriptions_read(&subscriptions, publisher));
    assert_int_equal(subscriptions.count, 1);
    assert_int_equal(subscriptions.rows[0].subscribers, sizeof others / sizeof others[0]);
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        zsock_destroy(&others[i]);
    for (int left = 500; left && subscriptions.count; left--) { // they go in a thread of libzmq's
        assert_false(subscriptions_read(&subscriptions, publisher));
        zclock_sleep(10);
    }
    assert_int_equal(subscriptions.count, 0);
}

static void beyond_an_end_it_is_too_much(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SUBSCRIPTIONS_MAX; i++)
        say(1, i);
    assert_false(subscriptions_read(&subscriptions, publisher));
    say(1, SUBSCRIPTIONS_MAX);
    assert_true(subscriptions_read(&subscriptions, publisher));
    assert_string_equal(subscriptions.last, ""); // nobody's certificate, here
}

static void what_is_no_subscription_counts_for_good(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= SUBSCRIPTIONS_MAX; i++)
        say(7, i);
    assert_true(subscriptions_read(&subscriptions, publisher));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(topics_that_are_gone_count_no_more, begin, end),
        cmocka_unit_test_setup_teardown(one_topic_of_many_counts_once, begin, end),
        cmocka_unit_test_setup_teardown(beyond_an_end_it_is_too_much, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_subscription_counts_for_good, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
