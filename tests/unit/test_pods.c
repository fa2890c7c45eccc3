// Which files are container traces, as public ones look, and where the others are wrong.
#include "tools/tracing/pods.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#define HEADER "name,cpu_milli,scheduled_time,deletion_time\n"

static char path[] = "/tmp/kopeck-pods-XXXXXX", error[PODS_ERROR_MAX];
static pods_t pods;

static bool read_text(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    pods_clear(&pods);
    error[0] = '\0';
    return pods_read(path, &pods, error);
}

// Spreadsheets and statistics programs write the same trace in all these ways.
static void one_trace_is_read_in_all_its_forms(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEADER "pod-7,4000,1511808,1511868\npod-3,500,,60\n",
        "\xef\xbb\xbf" HEADER "pod-7,4000,1511808,1511868\npod-3,500,,60\n",
        HEADER "pod-7,4000,1511808.0,1511868\npod-3,500,,60\n",
        HEADER "pod-7,4000.0,1511808.000,1511868.00\npod-3,500.0,,60.0",
        "name,cpu_milli,scheduled_time,deletion_time\r\npod-7,4000,1511808,1511868\r\n"
        "pod-3,500,,60\r\n",
        "\"name\",\"cpu_milli\",\"scheduled_time\",\"deletion_time\"\r\n"
        "\"pod-7\",\"4000\",\"1511808.0\",\"1511868\"\r\n\"pod-3\",\"500\",\"\",\"60\"\r\n",
        "\xef\xbb\xbf\"what, else\",deletion_time,name,scheduled_time,cpu_milli\n"
        "\"a \"\"b\"\",\n c\",1511868,pod-7,1511808,4000\n\n,60,pod-3,,500",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!read_text(texts[i]))
            fail_msg("row %zu: %s", i, error);
        assert_int_equal(pods.count, 2);
        assert_int_equal(pods.pods[0].number, 3);
        assert_int_equal(pods.pods[0].cpu_milli, 500);
        assert_int_equal(pods.pods[0].scheduled, -1);
        assert_int_equal(pods.pods[0].deleted, 60);
        assert_int_equal(pods.pods[1].number, 7);
        assert_int_equal(pods.pods[1].cpu_milli, 4000);
        assert_int_equal(pods.pods[1].scheduled, 1511808);
        assert_int_equal(pods.pods[1].deleted, 1511868);
    }
}

static void what_is_no_trace_is_refused_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *named;
    } cases[] = {
        {"", ":1: column name", "no header"},
        {HEADER, ":2: column name", "no rows"},
        {"name,cpu_milli,scheduled_time\n", ":1: column deletion_time", "lacks"},
        {HEADER "pod-7,4000,1.5,2\n", ":2: column scheduled_time", "'1.5'"},
        {HEADER "pod-7,4000,1511808.,2\n", ":2: column scheduled_time", "'1511808.'"},
        {HEADER "pod-7,4000,.0,2\n", ":2: column scheduled_time", "'.0'"},
        {HEADER "pod-7,4000,1.0.0,2\n", ":2: column scheduled_time", "'1.0.0'"},
        {HEADER "pod-7,4000,1.0e6,2\n", ":2: column scheduled_time", "'1.0e6'"},
        {HEADER "pod-7,4000, 1,2\n", ":2: column scheduled_time", "' 1'"},
        {HEADER "pod-7,4000,-1.0,2\n", ":2: column scheduled_time", "'-1.0'"},
        {HEADER "pod-7,4000,1,3155760001.0\n", ":2: column deletion_time", "'3155760001.0'"},
        {HEADER "pod-7,4000,1,nan\n", ":2: column deletion_time", "'nan'"},
        {HEADER "pod-7,4000,2.0,1.0\n", ":2: column deletion_time", "before scheduled_time"},
        {HEADER "pod-7,4000,1,\n", ":2: column deletion_time", "needs a deletion"},
        {HEADER "pod-7,4000.5,1,2\n", ":2: column cpu_milli", "'4000.5'"},
        {HEADER "pod-7.0,4000,1,2\n", ":2: column name", "'pod-7.0'"},
        {HEADER "pod-7,4000,1,2\n\npod-8,4000,1\n", ":4: column deletion_time", "row ends"},
        {HEADER "\"pod-7\",4000,\"1\n\",2\n", ":2: column scheduled_time", "expected seconds"},
        {HEADER "pod-7,4000,1\"0\",2\n", ":2: column 3, scheduled_time", "a quote inside"},
        {HEADER "pod-7,4000,1,\"2", ":2: column 4, deletion_time", "does not end"},
        {"name,\"cpu\n", ":1: column 2", "does not end"},
        {HEADER "pod-7,1,1,2\npod-7,1,1,2\n", ": column name", "twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (read_text(cases[i].text) || strncmp(error, path, strlen(path)) != 0 ||
            strncmp(error + strlen(path), cases[i].place, strlen(cases[i].place)) != 0 ||
            !strstr(error, cases[i].named))
            fail_msg("row %zu: `%s`", i, error);
}

int main(void)
{
    int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_trace_is_read_in_all_its_forms),
        cmocka_unit_test(what_is_no_trace_is_refused_with_line_and_column),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pods_clear(&pods);
    unlink(path);
    return failed;
}
