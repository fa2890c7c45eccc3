#include "services/process/claims.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

static char directory[40], path[64], lock[80], door[80], error[512];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/kopeck-claims-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/door", directory);
    snprintf(lock, sizeof lock, "%s.lock", path);
    snprintf(door, sizeof door, "ipc://%s", path);
    error[0] = '\0';
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

static void bind_door(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void a_door_has_one_owner_until_he_ends(void **state)
{
    (void)state;
    claims_t first = {.count = 0}, second = {.count = 0};
    assert_true(claims_door(&first, door, error, sizeof error));
    assert_false(claims_door(&second, door, error, sizeof error));
    assert_int_equal(errno, EAGAIN);
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, "another process"));
    assert_int_equal(second.count, 0);
    claims_release(&first);
    assert_int_equal(access(lock, F_OK), -1);
    assert_true(claims_door(&second, door, error, sizeof error));
    claims_release(&second);
}

// SIGKILL leaves the file of the lock, and the lock free.
static void who_is_killed_leaves_nothing_in_the_way(void **state)
{
    (void)state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        claims_t claims = {.count = 0};
        bool good = claims_door(&claims, door, error, sizeof error);
        if (write(ready[1], &good, 1) == 1)
            pause();
        _exit(1);
    }
    char good = 0;
    assert_int_equal(read(ready[0], &good, 1), 1);
    assert_true(good);
    claims_t claims = {.count = 0};
    assert_false(claims_door(&claims, door, error, sizeof error));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(access(lock, F_OK), 0);
    assert_true(claims_door(&claims, door, error, sizeof error));
    claims_release(&claims);
    close(ready[0]);
    close(ready[1]);
}

static void one_place_twice_is_for_a_person_to_mend_also_under_another_name(void **state)
{
    (void)state;
    claims_t claims = {.count = 0};
    char other[128];
    snprintf(other, sizeof other, "ipc://%s/./../%s/door", directory, directory + 5);
    assert_true(claims_door(&claims, door, error, sizeof error));
    assert_false(claims_door(&claims, other, error, sizeof error));
    assert_int_equal(errno, EINVAL);
    assert_non_null(strstr(error, "twice"));
    claims_release(&claims);
}

static void what_is_no_file_is_not_claimed(void **state)
{
    (void)state;
    claims_t claims = {.count = 0};
    static const char *const none[] = {"", "tcp://127.0.0.1:1", "ipc://@abstract", "ipc://*"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_true(claims_door(&claims, none[i], error, sizeof error));
    assert_true(claims_file(&claims, "", error, sizeof error));
    assert_true(claims_file(&claims, "/nonexistent/ready", error, sizeof error));
    assert_int_equal(claims.count, 0);
    assert_false(claims_door(&claims, "ipc:///nonexistent/door", error, sizeof error));
    assert_non_null(strstr(error, strerror(ENOENT)));
    claims_release(&claims);
}

static void a_ready_file_has_one_owner_too(void **state)
{
    (void)state;
    claims_t first = {.count = 0}, second = {.count = 0};
    assert_true(claims_file(&first, path, error, sizeof error));
    assert_false(claims_file(&second, path, error, sizeof error));
    claims_bound(&first, NULL);
    claims_look(&first);
    assert_null(claims_lost(&first, 0)); // it comes and goes
    claims_release(&first);
}

// As root leaves it, who started the process once by hand.
static void a_lock_that_only_may_be_read_is_enough(void **state)
{
    (void)state;
    close(open(lock, O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        claims_t claims = {.count = 0};
        bool changed = geteuid() != 0 || (chmod(directory, 0755) == 0 && setuid(65534) == 0);
        _exit(changed && claims_door(&claims, door, error, sizeof error) ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void who_lost_its_file_is_told(void **state)
{
    (void)state;
    claims_t claims = {.count = 0};
    char away[80];
    snprintf(away, sizeof away, "%s.away", path);
    assert_true(claims_door(&claims, door, error, sizeof error));
    claims_look(&claims);
    assert_null(claims_lost(&claims, 0)); // it is not bound yet
    bind_door();
    claims_bound(&claims, NULL);
    claims_look(&claims);
    assert_null(claims_lost(&claims, 0));
    assert_int_equal(rename(path, away), 0);
    claims_look(&claims);
    assert_string_equal(claims_lost(&claims, 0), path);
    assert_null(claims_lost(&claims, 1));
    bind_door(); // somebody else's
    claims_look(&claims);
    assert_string_equal(claims_lost(&claims, 0), path);
    claims_bound(&claims, "ipc:///another"); // which changes nothing for this one
    claims_look(&claims);
    assert_string_equal(claims_lost(&claims, 0), path);
    assert_int_equal(rename(away, path), 0);
    claims_look(&claims);
    assert_null(claims_lost(&claims, 0));
    assert_int_equal(unlink(path), 0);
    bind_door(); // ours, anew
    claims_bound(&claims, door);
    claims_look(&claims);
    assert_null(claims_lost(&claims, 0));
    claims_release(&claims);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(a_door_has_one_owner_until_he_ends),
        TEST(who_is_killed_leaves_nothing_in_the_way),
        TEST(one_place_twice_is_for_a_person_to_mend_also_under_another_name),
        TEST(what_is_no_file_is_not_claimed),
        TEST(a_ready_file_has_one_owner_too),
        TEST(a_lock_that_only_may_be_read_is_enough),
        TEST(who_lost_its_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
