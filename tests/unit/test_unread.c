#include "services/process/unread.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE (1024 * 1024)

static const char *const ann = "ANNzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                         *const bob = "BOBzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

static unread_t unread;

// Descriptors that are open for as long as the test, as those of connections are.
enum { OPEN_FIRST = 100, OPEN_COUNT = 600 };

static int setup(void **state)
{
    (void)state;
    unread_init(&unread);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < OPEN_COUNT; i++)
        if (dup2(null, OPEN_FIRST + i) < 0)
            return -1;
    return close(null);
}

static int teardown(void **state)
{
    (void)state;
    unread_release(&unread);
    for (int i = 0; i < OPEN_COUNT; i++)
        close(OPEN_FIRST + i);
    return 0;
}

// Gives pages to connections from `fd` on until one is refused; how many there were.
static int fill(int fd, int most, const char *certificate)
{
    int given = 0;
    for (; given < most && unread_may(&unread, fd + given, certificate); given++)
        unread_gave(&unread, fd + given, certificate, PAGE);
    return given;
}

static void one_who_pages_is_never_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        assert_true(unread_may(&unread, OPEN_FIRST, ann));
        unread_gave(&unread, OPEN_FIRST, ann, PAGE);
        assert_true(unread.bytes <= 2 * PAGE);
    }
}

static void connections_of_one_certificate_share_its_bound(void **state)
{
    (void)state;
    assert_int_equal(fill(OPEN_FIRST, 100, ann), UNREAD_CERTIFICATE_MAX / PAGE);
    assert_true(unread.bytes <= UNREAD_CERTIFICATE_MAX + PAGE);
    assert_true(unread_may(&unread, OPEN_FIRST + 100, bob)); // another's is his own
}

static void what_leaves_makes_room(void **state)
{
    (void)state;
    int held = fill(OPEN_FIRST, 100, ann);
    assert_false(unread_may(&unread, OPEN_FIRST + held, ann));
    unread_over(&unread, OPEN_FIRST + 3);
    assert_true(unread_may(&unread, OPEN_FIRST + held, ann));
    for (int i = 0; i < held; i++)
        unread_over(&unread, OPEN_FIRST + i);
    assert_int_equal(unread.bytes, 0);
    assert_int_equal(table_used(&unread.certificates), 0);
    unread_over(&unread, 5);
    unread_over(&unread, -1);
}

static void a_descriptor_of_another_is_a_new_connection(void **state)
{
    (void)state;
    unread_gave(&unread, OPEN_FIRST, ann, PAGE);
    unread_gave(&unread, OPEN_FIRST, bob, 100);
    assert_int_equal(unread.bytes, 100);
    assert_int_equal(table_used(&unread.certificates), 1);
}

static void an_end_that_was_missed_locks_nobody_out(void **state)
{
    (void)state;
    int held = fill(OPEN_FIRST, UNREAD_CERTIFICATE_MAX / PAGE, ann);
    close(OPEN_FIRST + 1);
    assert_true(unread_may(&unread, OPEN_FIRST + held, ann));
}

static void all_together_have_a_bound(void **state)
{
    (void)state;
    int given = 0;
    for (int who = 0; who < OPEN_COUNT / 30; who++) {
        char certificate[41];
        snprintf(certificate, sizeof certificate, "%016dzzzzzzzzzzzzzzzzzzzzzzzz", who);
        given += fill(OPEN_FIRST + given, 30, certificate);
    }
    assert_int_equal(given, UNREAD_TOTAL_MAX / PAGE);
}

static void a_descriptor_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_false(unread_may(&unread, -1, ann));
    assert_false(unread_may(&unread, UNREAD_CONNECTIONS_MAX, ann));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_who_pages_is_never_refused),
        TEST(connections_of_one_certificate_share_its_bound),
        TEST(what_leaves_makes_room),
        TEST(a_descriptor_of_another_is_a_new_connection),
        TEST(an_end_that_was_missed_locks_nobody_out),
        TEST(all_together_have_a_bound),
        TEST(a_descriptor_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
