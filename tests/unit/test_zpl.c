#include "services/process/security/zpl.h"
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

static char path[32];

static int make_file(void **state)
{
    (void)state;
    strcpy(path, "/tmp/kopeck-zpl-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static zconfig_t *load(const void *data, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return zpl_load(path);
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    static const char text[] = "process\n    name = ledger\n";
    zconfig_t *root = load(text, sizeof text - 1);
    assert_non_null(root);
    assert_string_equal(zconfig_get(root, "process/name", ""), "ledger");
    zconfig_destroy(&root);
}

static void a_file_is_bounded(void **state)
{
    (void)state;
    static char text[ZPL_BYTES_MAX + 1];
    memset(text, '\n', sizeof text);
    memcpy(text, "a = 1\n", 6);
    zconfig_t *root = load(text, ZPL_BYTES_MAX - 1);
    assert_non_null(root);
    zconfig_destroy(&root);
    for (size_t more = 0; more < 2; more++) {
        assert_null(load(text, ZPL_BYTES_MAX + more));
        assert_int_equal(errno, EFBIG);
    }
}

static void what_was_read_and_is_no_zpl_is_no_failure_of_reading(void **state)
{
    (void)state;
    assert_null(load("  = \n\t==", 8));
    assert_int_equal(errno, 0);
}

// zconfig finds the first of two entries and says nothing of the other.
static void what_nobody_would_read_is_refused_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"a\n    b = 1\n# a comment\n\na\n    c = 2\n", "line 5: a is there already, at line 1"},
        {"a\n    b = 1\r\n    \t\n    c = 1\n    b = 2\n",
         "line 5: a/b is there already, at line 2"},
        {"a\n    b\n        c = 1\n    d\n        c = 1\n        c = 1\n",
         "line 6: a/d/c is there already, at line 5"},
        {"a\n    b = 1\n\na/b = 2\n", "line 4: a/b: no name has a slash"},
        {"a = 1\na = 1", "line 2: a is there already, at line 1"},
        {"  = \n\t==", "is not in the form of ZPL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(load(cases[i].text, strlen(cases[i].text)));
        assert_int_equal(errno, 0);
        zpl_told_t told;
        assert_null(zpl_load_told(path, &told));
        assert_int_equal(errno, 0);
        assert_string_equal(told.why, cases[i].why);
        zpl_forget(&told);
    }
}

static void the_line_of_an_entry_is_known(void **state)
{
    (void)state;
    static const char text[] =
        "\n# nothing\na # a section\n    b = 1\n\n    c = \"x\"\nd\n    b = 2";
    zpl_told_t told;
    zconfig_t *root = load(text, sizeof text - 1);
    assert_non_null(root);
    zconfig_destroy(&root);
    root = zpl_load_told(path, &told);
    assert_non_null(root);
    assert_int_equal(zpl_line(&told, "a"), 3);
    assert_int_equal(zpl_line(&told, "a/b"), 4);
    assert_int_equal(zpl_line(&told, "a/c"), 6);
    assert_int_equal(zpl_line(&told, "d/b"), 8);
    assert_int_equal(zpl_line(&told, "d/c"), 0);
    zpl_forget(&told);
    zconfig_destroy(&root);
}

static void why_it_was_not_read_is_said(void **state)
{
    (void)state;
    assert_null(zpl_load("/nonexistent/file"));
    assert_int_equal(errno, ENOENT);
    assert_false(zpl_may_pass(errno));
    assert_null(zpl_load("/tmp"));
    assert_int_equal(errno, EISDIR);
    assert_false(zpl_may_pass(errno));
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    zconfig_t *root = zpl_load(path);
    int why = errno;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_null(root);
    assert_int_equal(why, EMFILE);
    assert_true(zpl_may_pass(why));
}

static volatile int rings;

static void ring(int signal)
{
    (void)signal;
    rings++;
}

// A FIFO makes the open and each read wait, and the alarm interrupts them.
static void an_interruption_is_no_end(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = ring};
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    assert_int_equal(unlink(path) + mkfifo(path, 0600), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        zclock_sleep(50);
        int fd = open(path, O_WRONLY);
        bool good = write(fd, "a = ", 4) == 4;
        zclock_sleep(50);
        _exit(good && write(fd, "1\n", 2) == 2 ? 0 : 1);
    }
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    zconfig_t *root = zpl_load(path);
    setitimer(ITIMER_REAL, &never, NULL);
    int status;
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    assert_true(rings > 5);
    assert_non_null(root);
    assert_string_equal(zconfig_get(root, "a", ""), "1");
    zconfig_destroy(&root);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_read_whole),
        TEST(a_file_is_bounded),
        TEST(what_was_read_and_is_no_zpl_is_no_failure_of_reading),
        TEST(what_nobody_would_read_is_refused_by_line),
        TEST(the_line_of_an_entry_is_known),
        TEST(why_it_was_not_read_is_said),
        TEST(an_interruption_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
