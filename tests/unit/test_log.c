// A message is one line, whatever a peer made us print.
#include "services/process/log.h"
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

enum { TIME_CHARS = 28 }; // "2026-01-01T00:00:00.000000Z "

static int ours[2];

// What was written to stderr since.
static const char *heard(void)
{
    static char text[2 * LOG_LINE_MAX];
    ssize_t size = read(ours[0], text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

// The same, a line of the log, without its time.
static const char *written(void)
{
    const char *text = heard();
    return strlen(text) > TIME_CHARS ? text + TIME_CHARS : text;
}

static void values_are_quoted_when_a_line_would_be_torn(void **state)
{
    (void)state;
    static const struct {
        const char *value, *shown;
    } cases[] = {
        {"plain", "plain"},
        {"д", "д"},
        {"", "\"\""},
        {NULL, "-"},
        {"two words", "\"two words\""},
        {"a=b", "\"a=b\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"a\nfake line", "\"a\\x0afake line\""},
        {"\x1b[2J\x7f", "\"\\x1b[2J\\x7f\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"quote\"", "\"quote\\\"\""},
        {"delete\x7f", "\"delete\\x7f\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "warn said key=%s\n", cases[i].shown);
        log_warn("said", "key", cases[i].value);
        assert_string_equal(written(), expected);
    }
}

static void what_is_below_the_level_is_not_written(void **state)
{
    (void)state;
    log_debug("quiet");
    assert_string_equal(written(), "");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("loud", "n", log_number(UINT64_MAX), "s", log_signed(INT64_MIN));
    assert_string_equal(written(), "debug loud n=18446744073709551615 s=-9223372036854775808\n");
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("quiet");
    log_error("loud");
    assert_string_equal(written(), "error loud\n");
    log_set_level(LOG_LEVEL_INFO);
}

static void a_line_that_is_too_long_is_cut_and_still_ends(void **state)
{
    (void)state;
    static char large[2 * LOG_LINE_MAX];
    memset(large, 'a', sizeof large - 1);
    log_info(large, "key", "value");
    const char *line = written();
    assert_int_equal(strlen(line) + TIME_CHARS, LOG_LINE_MAX);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

// Whoever is to read it does not, and its pipe is one that waits: nobody of ours does.
static void nobody_waits_for_the_reader(void **state)
{
    (void)state;
    int full[2], kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(full), 0);
    assert_true(dup2(full[1], STDERR_FILENO) >= 0);
    for (int way = 0; way < 2; way++) { // by a look before each line; by a description of our own
        if (way == 1)
            log_begin();
        assert_int_equal(fcntl(full[1], F_GETFL) & O_NONBLOCK, 0); // the other's is as it was
        unsigned said = 0;
        while (!log_lost()) {
            log_info("a line");
            assert_true(said++ < 10000);
        }
        log_info("a line");
        log_info("a line");
        assert_int_equal(log_lost(), 3);
        log_retry();
        assert_int_equal(log_lost(), 3);
        static char text[1 << 20];
        ssize_t size = read(full[0], text, sizeof text);
        assert_true(size > 0 && text[size - 1] == '\n');
        log_retry();
        assert_int_equal(log_lost(), 0);
        log_info("after that");
        size = read(full[0], text, sizeof text - 1);
        text[size > 0 ? size : 0] = '\0';
        const char *first = strstr(text, "warn \"lines of the log were lost, for it could not be "
                                         "written\" count=3\n");
        assert_true(first && strstr(first, "info \"after that\"\n"));
    }
    close(full[0]); // nobody ever will
    log_info("in vain");
    assert_int_equal(log_lost(), 1);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(full[1]);
    log_retry();
    assert_int_equal(log_lost(), 0);
    assert_non_null(strstr(heard(), "count=1"));
}

static void a_socket_nobody_reads_is_not_waited_for_either(void **state)
{
    (void)state;
    int pair[2], kept = dup(STDERR_FILENO);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_true(dup2(pair[1], STDERR_FILENO) >= 0);
    log_begin();
    unsigned said = 0;
    while (!log_lost()) {
        log_info("a line");
        assert_true(said++ < 100000);
    }
    assert_true(said > 10);
    close(pair[0]); // no signal either
    log_info("in vain");
    assert_int_equal(log_lost(), 2);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(pair[1]);
    log_info("again");
    assert_non_null(strstr(heard(), "count=2"));
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); // as every process of ours has it
    int theirs = dup(STDERR_FILENO);
    if (theirs < 0 || pipe2(ours, O_NONBLOCK) || dup2(ours[1], STDERR_FILENO) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted_when_a_line_would_be_torn),
        cmocka_unit_test(what_is_below_the_level_is_not_written),
        cmocka_unit_test(a_line_that_is_too_long_is_cut_and_still_ends),
        cmocka_unit_test(nobody_waits_for_the_reader),
        cmocka_unit_test(a_socket_nobody_reads_is_not_waited_for_either),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dup2(theirs, STDERR_FILENO); // what a failed test printed there is in our pipe
    fputs(heard(), stderr);
    return failed;
}
