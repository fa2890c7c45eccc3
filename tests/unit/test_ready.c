// What a supervisor hears: readiness once, signs of life at twice the pace it asks for, the end.
#include "services/process/ready.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

static char directory[] = "/tmp/kopeck-ready-XXXXXX", path[64], file[64];
static int supervisor;

// The next word, "" if there is none.
static const char *heard(void)
{
    static char word[64];
    ssize_t size = recv(supervisor, word, sizeof word - 1, MSG_DONTWAIT);
    word[size > 0 ? size : 0] = '\0';
    return word;
}

static void a_supervisor_hears_of_readiness_life_and_end(void **state)
{
    (void)state;
    assert_true(ready_tell(file));
    assert_string_equal(heard(), "READY=1");
    assert_int_equal(access(file, F_OK), 0);
    static const struct {
        int64_t now_ms;
        const char *heard;
    } turns[] = {
        {1000, "WATCHDOG=1"}, {1000, ""}, {1099, ""},           {1100, "WATCHDOG=1"},
        {5000, "WATCHDOG=1"}, {5099, ""}, {5100, "WATCHDOG=1"},
    };
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        ready_alive(turns[i].now_ms);
        assert_string_equal(heard(), turns[i].heard);
    }
    ready_end(file);
    assert_string_equal(heard(), "STOPPING=1");
    assert_int_not_equal(access(file, F_OK), 0);
}

static void a_file_that_a_killed_process_left_is_removed_first(void **state)
{
    (void)state;
    assert_true(ready_tell(file));
    assert_string_equal(heard(), "READY=1");
    ready_begin(file);
    assert_string_equal(heard(), "");
    assert_int_not_equal(access(file, F_OK), 0);
    ready_begin(file);
    ready_begin("");
}

int main(void)
{
    if (!mkdtemp(directory))
        return 1;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(file, sizeof file, "%s/ready", directory);
    snprintf(path, sizeof path, "%s/notify", directory);
    memcpy(address.sun_path, path, strlen(path) + 1);
    supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(supervisor, (struct sockaddr *)&address, sizeof address))
        return 1;
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "200000", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_a_killed_process_left_is_removed_first),
        cmocka_unit_test(a_supervisor_hears_of_readiness_life_and_end),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(directory);
    return failed;
}
