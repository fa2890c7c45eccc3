// How many connections one certificate may have, on pairs of real sockets.
#include "services/process/callers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS_MAX = CALLERS_NOBODY_MAX + CALLERS_OF_ONE_MAX };
static int ours[PAIRS_MAX], theirs[PAIRS_MAX];
static size_t pairs;
static callers_hung_up_t before;

static int begin(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    pairs = 0;
    before = callers_hung_up();
    return 0;
}

static void go(size_t i)
{
    callers_went(ours[i]);
    close(ours[i]);
    close(theirs[i]);
    ours[i] = theirs[i] = -1;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < pairs; i++)
        if (ours[i] >= 0)
            go(i);
    return 0;
}

static size_t come(void)
{
    int both[2];
    assert_true(pairs < PAIRS_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both), 0);
    ours[pairs] = both[0];
    theirs[pairs] = both[1];
    callers_came(both[0]);
    return pairs++;
}

// By what libzmq would read there.
static bool is_hung_up_on(size_t i)
{
    char byte;
    ssize_t count = recv(ours[i], &byte, 1, 0);
    assert_true(count == 0 || (count < 0 && errno == EAGAIN));
    return count == 0;
}

static bool say(size_t i, unsigned who)
{
    char key[CALLERS_KEY + 1];
    snprintf(key, sizeof key, "%0*u", CALLERS_KEY, who);
    return callers_named(ours[i], key);
}

static uint64_t too_many(void)
{
    return callers_hung_up().too_many - before.too_many;
}

static uint64_t nobodies(void)
{
    return callers_hung_up().nobody - before.nobody;
}

static void what_one_certificate_has_beyond_its_bound_is_hung_up_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CALLERS_OF_ONE_MAX; i++)
        for (int again = 0; again < 2; again++)
            assert_true(say(again ? pairs - 1 : come(), 1));
    size_t late = come();
    assert_false(is_hung_up_on(late)); // nobody's yet
    assert_false(say(late, 1));
    assert_true(is_hung_up_on(late));
    assert_false(say(late, 1)); // what it had said already
    assert_int_equal(too_many(), 1);
    assert_string_equal(callers_hung_up().last, "0000000000000000000000000000000000000001");
    size_t other = come();
    assert_true(say(other, 2)); // others are as they were
    for (size_t i = 0; i < CALLERS_OF_ONE_MAX; i++)
        assert_false(is_hung_up_on(i));
    go(3);
    assert_true(say(come(), 1)); // there is room for one again
    assert_false(say(come(), 1));
    assert_int_equal(nobodies(), 0);
}

static void of_too_many_who_say_nothing_the_oldest_goes(void **state)
{
    (void)state;
    size_t honest = come();
    assert_true(say(honest, 1));
    for (unsigned i = 0; i < CALLERS_NOBODY_MAX; i++)
        (void)come();
    assert_int_equal(nobodies(), 0);
    (void)come();
    assert_int_equal(nobodies(), 1);
    assert_true(is_hung_up_on(honest + 1));
    assert_false(is_hung_up_on(honest + 2));
    assert_false(is_hung_up_on(honest));
    assert_false(say(honest + 1, 2));
    assert_true(say(honest + 2, 2)); // it speaks at last, and leaves room
    (void)come();
    assert_int_equal(nobodies(), 1);
    go(honest + 3);
    (void)come();
    assert_int_equal(nobodies(), 1);
    (void)come();
    assert_int_equal(nobodies(), 2);
    assert_true(is_hung_up_on(honest + 4));
}

// What is read of a connection that has gone may be told of behind the next one of its number.
static void a_descriptor_is_whose_message_was_heard_last(void **state)
{
    (void)state;
    size_t one = come();
    assert_true(say(one, 1));
    callers_went(ours[one]);
    assert_true(say(one, 1)); // gone: counted for nobody
    callers_came(ours[one]);
    assert_true(say(one, 1)); // of the one before
    assert_true(say(one, 2));
    for (unsigned i = 0; i < CALLERS_OF_ONE_MAX; i++)
        assert_true(say(come(), 1));
    assert_false(say(come(), 1));
}

static void what_is_no_caller_is_let_alone(void **state)
{
    (void)state;
    callers_came(-1);
    callers_went(-1);
    callers_came(CALLERS_DESCRIPTORS_MAX);
    callers_went(CALLERS_DESCRIPTORS_MAX);
    char key[CALLERS_KEY + 1];
    memset(key, 'x', sizeof key);
    key[CALLERS_KEY] = '\0';
    assert_true(callers_named(-1, key));
    assert_true(callers_named(CALLERS_DESCRIPTORS_MAX, key));
    assert_true(callers_named(0, "no key"));
    assert_int_equal(too_many(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_caller_is_let_alone, begin, end),
        cmocka_unit_test_setup_teardown(what_one_certificate_has_beyond_its_bound_is_hung_up_on,
                                        begin, end),
        cmocka_unit_test_setup_teardown(of_too_many_who_say_nothing_the_oldest_goes, begin, end),
        cmocka_unit_test_setup_teardown(a_descriptor_is_whose_message_was_heard_last, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
