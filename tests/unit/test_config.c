#include "services/process/config.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

static char path[] = "/tmp/kopeck-config-XXXXXX";

static config_t *load(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return config_load(path);
}

static void values_are_read_by_type(void **state)
{
    (void)state;
    static const char *const words[] = {"wall", "driven", NULL};
    config_t *config =
        load("a\n    text = hello\n    number = 42\n    flag = 1\n    clock = driven\n");
    assert_string_equal(config_text(config, "a/text", NULL), "hello");
    assert_int_equal(config_number(config, "a/number", 0, 1, 100), 42);
    assert_true(config_flag(config, "a/flag", false));
    assert_int_equal(config_word(config, "a/clock", words, 0), 1);
    assert_null(config_check(config));
    config_destroy(&config);
    assert_null(config);
}

static void what_is_not_there_is_the_fallback(void **state)
{
    (void)state;
    config_t *config = load("a\n    b = 1\n");
    assert_string_equal(config_text(config, "x", "y"), "y");
    assert_int_equal(config_number(config, "a/c", 7, 1, 9), 7);
    assert_true(config_flag(config, "a/d", true));
    assert_int_equal(config_number(config, "a/b", 7, 1, 9), 1);
    assert_null(config_check(config));
    config_destroy(&config);
}

// Each of these is one wrong value, and each message names it.
static void a_wrong_value_is_named(void **state)
{
    (void)state;
    static const char *const values[] = {
        "-1", "+1", "0x10", "1e3", "12 ", "", "101", "99999999999999999999", "seven"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "a\n    n = \"%s\"\n", values[i]);
        config_t *config = load(text);
        assert_int_equal(config_number(config, "a/n", 5, 1, 100), 5);
        const char *error = config_check(config);
        assert_non_null(error);
        assert_non_null(strstr(error, path));
        assert_non_null(strstr(error, "a/n"));
        assert_non_null(strstr(error, "from 1 to 100"));
        config_destroy(&config);
    }
}

static void the_first_error_stays(void **state)
{
    (void)state;
    config_t *config = load("a = 1\n");
    config_text(config, "must/be", NULL);
    config_number(config, "a", 0, 5, 9);
    assert_non_null(strstr(config_check(config), "must/be"));
    config_destroy(&config);
}

static void an_unknown_word_lists_the_known_ones(void **state)
{
    (void)state;
    static const char *const words[] = {"wall", "driven", NULL};
    config_t *config = load("clock = moon\n");
    assert_int_equal(config_word(config, "clock", words, 0), 0);
    assert_non_null(strstr(config_check(config), "wall driven"));
    config_destroy(&config);
}

static void a_key_that_nobody_read_is_refused(void **state)
{
    (void)state;
    config_t *config = load("limits\n    disk_pecent = 50\n");
    config_number(config, "limits/disk_percent", 80, 1, 100);
    assert_non_null(strstr(config_check(config), "limits/disk_pecent"));
    config_destroy(&config);
}

// The first of the two would have been used, and the other one's epoch lost.
static void a_second_section_or_key_is_refused_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"journal\n    directory = /a\nendpoints\njournal\n    epoch = 5\n", "line 4: journal is"},
        {"journal\n    epoch = 4\n    epoch = 5\n", "line 3: journal/epoch is"},
        {"journal\n    directory = /a\njournal/epoch = 5\n", "line 3: journal/epoch: no name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        config_t *config = load(cases[i].text);
        config_text(config, "journal/directory", "");
        config_number(config, "journal/epoch", 0, 0, 9);
        config_text(config, "endpoints/command", "");
        assert_non_null(config_error(config));
        assert_non_null(strstr(config_check(config), path));
        assert_non_null(strstr(config_check(config), cases[i].line));
        config_destroy(&config);
    }
}

static void an_unknown_section_is_refused_by_line_also_if_it_is_empty(void **state)
{
    (void)state;
    config_t *config = load("limits\n    disk_percent = 50\nfeeds\n\njurnal\n");
    config_number(config, "limits/disk_percent", 80, 1, 100);
    assert_null(config_entry(config, "feeds", 0));
    assert_non_null(strstr(config_check(config), "line 5: jurnal = ...: expected another section"));
    config_destroy(&config);
    config = load("limits\nfeeds\n");
    config_number(config, "limits/disk_percent", 80, 1, 100);
    assert_null(config_entry(config, "feeds", 0));
    assert_null(config_check(config));
    config_destroy(&config);
}

static void a_wrong_value_is_named_with_its_line(void **state)
{
    (void)state;
    config_t *config = load("\nlimits\n    disk_percent = much\n");
    config_number(config, "limits/disk_percent", 80, 1, 100);
    assert_non_null(strstr(config_check(config), "line 3: limits/disk_percent = much"));
    config_destroy(&config);
}

static void a_file_too_large_is_refused(void **state)
{
    (void)state;
    char *text = malloc(70000);
    assert_non_null(text);
    memset(text, '#', 70000);
    text[69999] = '\0';
    config_t *config = load(text);
    assert_non_null(strstr(config_check(config), "too large"));
    config_destroy(&config);
    free(text);
}

static void a_missing_file_is_an_error_and_no_crash(void **state)
{
    (void)state;
    config_t *config = config_load("/nonexistent/kopeck.cfg");
    assert_string_equal(config_text(config, "a", "b"), "b");
    assert_null(config_entry(config, "feeds", 0));
    assert_non_null(strstr(config_check(config), "/nonexistent/kopeck.cfg"));
    config_destroy(&config);
}

static void entries_of_a_section_are_listed(void **state)
{
    (void)state;
    config_t *config = load("feeds\n    101\n        a = 1\n    102\n        a = 2\n");
    assert_string_equal(config_entry(config, "feeds", 0), "101");
    assert_string_equal(config_entry(config, "feeds", 1), "102");
    assert_null(config_entry(config, "feeds", 2));
    assert_null(config_entry(config, "none", 0));
    config_destroy(&config);
}

static void a_credential_is_a_file_of_the_directory_that_was_lent(void **state)
{
    (void)state;
    static const struct {
        const char *value, *directory, *expected; // NULL if it is refused
    } cases[] = {
        {"/etc/secret", NULL, "/etc/secret"},
        {"credential:ledger.cert_secret", "/run/credentials/u",
         "/run/credentials/u/ledger.cert_secret"},
        {"credential:ledger.cert_secret", NULL, NULL},
        {"credential:../other/secret", "/run/credentials/u", NULL},
        {"credential:", "/run/credentials/u", NULL},
        {"Pw1_the_secret_itself", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "a\n    secret = %s\n", cases[i].value);
        if (cases[i].directory)
            setenv("CREDENTIALS_DIRECTORY", cases[i].directory, 1);
        config_t *config = load(text);
        const char *file = config_secret(config, "a/secret", NULL);
        assert_string_equal(file, cases[i].expected ? cases[i].expected : "");
        assert_int_equal(config_check(config) == NULL, cases[i].expected != NULL);
        if (!cases[i].expected)
            assert_null(strstr(config_check(config), "Pw1"));
        config_destroy(&config);
        unsetenv("CREDENTIALS_DIRECTORY");
    }
}

static void what_stands_under_an_unknown_key_is_not_shown(void **state)
{
    (void)state;
    config_t *config = load("a\n    pasword = Pw1\n");
    assert_non_null(strstr(config_check(config), "a/pasword"));
    assert_null(strstr(config_check(config), "Pw1"));
    config_destroy(&config);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_by_type),
        cmocka_unit_test(what_is_not_there_is_the_fallback),
        cmocka_unit_test(a_wrong_value_is_named),
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(an_unknown_word_lists_the_known_ones),
        cmocka_unit_test(what_stands_under_an_unknown_key_is_not_shown),
        cmocka_unit_test(a_key_that_nobody_read_is_refused),
        cmocka_unit_test(a_second_section_or_key_is_refused_by_line),
        cmocka_unit_test(an_unknown_section_is_refused_by_line_also_if_it_is_empty),
        cmocka_unit_test(a_wrong_value_is_named_with_its_line),
        cmocka_unit_test(a_file_too_large_is_refused),
        cmocka_unit_test(a_missing_file_is_an_error_and_no_crash),
        cmocka_unit_test(entries_of_a_section_are_listed),
        cmocka_unit_test(a_credential_is_a_file_of_the_directory_that_was_lent),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
