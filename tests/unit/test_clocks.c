#include "services/process/clocks.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static instant_t read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (instant_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static void a_start_of_the_machine_has_one_name(void **state)
{
    (void)state;
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    uid_t16 once = clocks_boot(), again = clocks_boot(), said = {{0}};
    char text[37] = "";
    if (!file) { // it has none here, and nothing is made up: the supervisor may say it
        setenv("KOPECK_BOOT_ID", "0123456789abcdef0123456789abcdef", 1);
        once = clocks_boot();
        assert_int_equal(once.bytes[0], 0x01);
        assert_int_equal(once.bytes[15], 0xef);
        unsetenv("KOPECK_BOOT_ID");
        once = clocks_boot();
        assert_true(uid_is_zero(&once));
        return;
    }
    assert_int_equal(fread(text, 1, 36, file), 36);
    fclose(file);
    assert_true(uid_parse(text, &said) && !uid_is_zero(&said));
    assert_memory_equal(&once, &said, sizeof said);
    assert_memory_equal(&again, &said, sizeof said);
}

static void the_monotonic_clock_counts_sleeps_too(void **state)
{
    (void)state;
    static const uid_t16 boot = {{7}};
    instant_t wall = read_clock(CLOCK_REALTIME), since = read_clock(CLOCK_BOOTTIME),
              slept_us = since - read_clock(CLOCK_MONOTONIC);
    node_clock_t clock = clocks_read(&boot);
    assert_in_range(clock.wall - wall, 0, 10 * SECOND_US);
    assert_int_equal(clock.now, clock.wall);
    assert_in_range(clock.monotonic - since, 0, 10 * SECOND_US);
    assert_in_range(clock.slept_us - slept_us + SECOND_US, 0, 2 * SECOND_US);
    assert_memory_equal(&clock.boot, &boot, sizeof boot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_of_the_machine_has_one_name),
        cmocka_unit_test(the_monotonic_clock_counts_sleeps_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
