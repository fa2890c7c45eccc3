#include "services/process/descriptors.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

static char error[256];

// In a child, for a lowered limit stays: 0 if they suffice, 1 if not, 2 if the reason is not said.
static int ask(rlim_t soft, rlim_t hard, size_t needed)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            _exit(3);
        bool good = descriptors_suffice(needed, error, sizeof error);
        if (good)
            _exit(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= needed ? 0 : 4);
        _exit(strstr(error, "RLIMIT_NOFILE allows 32 descriptors") && strstr(error, "needs 160")
                  ? 1
                  : 2);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void enough_is_enough(void **state)
{
    (void)state;
    assert_int_equal(ask(160, 160, 160), 0);
}

static void a_limit_that_may_be_raised_is_raised(void **state)
{
    (void)state;
    assert_int_equal(ask(16, 160, 160), 0);
}

static void too_few_are_refused_with_both_numbers(void **state)
{
    (void)state;
    assert_int_equal(ask(16, 32, 160), 1);
    assert_int_equal(ask(32, 32, 160), 1);
}

static void what_is_left_is_known(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int next = dup(2);
        struct rlimit limit = {.rlim_cur = (rlim_t)next + 3, .rlim_max = (rlim_t)next + 3};
        close(next);
        bool good = setrlimit(RLIMIT_NOFILE, &limit) == 0 && descriptors_are_left(3) &&
                    !descriptors_are_left(4) && descriptors_are_left(3);
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enough_is_enough),
        cmocka_unit_test(a_limit_that_may_be_raised_is_raised),
        cmocka_unit_test(too_few_are_refused_with_both_numbers),
        cmocka_unit_test(what_is_left_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
