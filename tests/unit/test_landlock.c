// The kernel's walls, tried from within: each use of a path lets what it names and no more. What
// the processes may do behind them is test_sandbox.c's.
#include "services/process/security/landlock.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { SKIP = 77, FAILED = 200 };

static char root[] = "/tmp/kopeck-landlock-XXXXXX";

static void path_in(const char *directory, const char *name, char out[128])
{
    (void)snprintf(out, 128, "%s/%s/%s", root, directory, name);
}

static int open_and_close(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int read_file(const char *directory)
{
    char path[128];
    path_in(directory, "there", path);
    return open_and_close(path, O_RDONLY);
}

static int write_file(const char *directory)
{
    char path[128];
    path_in(directory, "there", path);
    return open_and_close(path, O_WRONLY);
}

static int make_file(const char *directory)
{
    char path[128];
    path_in(directory, "new", path);
    return open_and_close(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int make_directory(const char *directory)
{
    char path[128];
    path_in(directory, "below", path);
    return mkdir(path, 0700) ? errno : 0;
}

static int bind_socket(const char *directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/%s/door", root, directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int why = bind(fd, (struct sockaddr *)&address, sizeof address) ? errno : 0;
    close(fd);
    return why;
}

// In a child: walled in with one directory for that use, what becomes of the attempt there?
static int outcome(landlock_use_t use, const char *granted, int (*try)(const char *),
                   const char *directory)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        landlock_t walls;
        char path[128];
        path_in(granted, "", path);
        if (!landlock_begin(&walls, true) || !landlock_path(&walls, path, use) ||
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || !landlock_enter(&walls))
            _exit(FAILED);
        _exit(try(directory));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_use_lets_what_it_names_and_no_more(void **state)
{
    (void)state;
    static int (*const tries[])(const char *) = {read_file, write_file, make_file, make_directory,
                                                 bind_socket};
    static const struct {
        landlock_use_t use;
        bool lets[5];
    } table[] = {{LANDLOCK_READ, {true, false, false, false, false}},
                 {LANDLOCK_LOOK, {true, false, false, false, false}},
                 {LANDLOCK_KEEP, {true, true, true, true, false}},
                 {LANDLOCK_MARK, {false, true, true, false, false}},
                 {LANDLOCK_SOCKETS, {false, false, false, false, true}}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t t = 0; t < sizeof tries / sizeof *tries; t++) {
            char name[2] = {(char)('a' + i), '\0'};
            int expected = table[i].lets[t] ? 0 : EACCES;
            assert_int_equal(outcome(table[i].use, name, tries[t], name), expected);
            assert_int_equal(outcome(table[i].use, name, tries[t], "z"), EACCES);
        }
}

// What was kept out within may well be done outside, or the test above proved nothing.
static void outside_of_the_walls_all_of_it_is_possible(void **state)
{
    (void)state;
    assert_int_equal(read_file("z"), 0);
    assert_int_equal(write_file("z"), 0);
    assert_int_equal(make_file("z"), 0);
    assert_int_equal(make_directory("z"), 0);
    assert_int_equal(bind_socket("z"), 0);
}

static void a_path_that_is_not_there_is_passed_over(void **state)
{
    (void)state;
    landlock_t walls;
    assert_true(landlock_begin(&walls, true));
    assert_true(landlock_path(&walls, "/nowhere/at/all", LANDLOCK_READ));
    landlock_leave(&walls);
    assert_int_equal(walls.fd, -1);
    assert_false(landlock_path(&walls, root, LANDLOCK_READ)); // they are gone
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    for (const char *name = "abcdez"; *name; name++) {
        char path[128], directory[2] = {*name, '\0'};
        path_in(directory, "", path);
        assert_int_equal(mkdir(path, 0700), 0);
        path_in(directory, "there", path);
        assert_int_equal(open_and_close(path, O_WRONLY | O_CREAT), 0);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_use_lets_what_it_names_and_no_more),
        cmocka_unit_test(outside_of_the_walls_all_of_it_is_possible),
        cmocka_unit_test(a_path_that_is_not_there_is_passed_over),
    };
    if (landlock_abi() == 0)
        return SKIP;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
