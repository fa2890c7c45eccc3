// One value of a configuration is written anew, and nothing else of the file changes.
#include "tools/kopeck/config_edit.h"
#include "tests/unit/journal_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static char file[2 * RIG_PATH_MAX], why[256], text[4096];

static bool edit(const char *before, const char *value)
{
    (void)snprintf(file, sizeof file, "%s/ledger.cfg", rig_home);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    assert_true(fputs(before, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(file, 0640), 0);
    *why = '\0';
    return config_edit(file, "journal", "directory", value, why, sizeof why);
}

static const char *now(void)
{
    FILE *in = fopen(file, "r");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    assert_int_equal(fclose(in), 0);
    return text;
}

static void the_value_changes_and_nothing_else(void **state)
{
    (void)state;
    struct stat status;
    assert_true(edit("# journal\njournals\n    directory = a\njournal\n    # directory = b\n"
                     "    directories = c\n    directory = \"/old\"\n    create = 1\nsnapshots\n"
                     "    directory = d\n",
                     "postgresql:/new"));
    assert_string_equal(now(),
                        "# journal\njournals\n    directory = a\njournal\n    # directory = b\n"
                        "    directories = c\n    directory = \"postgresql:/new\"\n    create = 1\n"
                        "snapshots\n    directory = d\n");
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void the_last_line_needs_no_end(void **state)
{
    (void)state;
    assert_true(edit("journal\n    directory = /old", "/new"));
    assert_string_equal(now(), "journal\n    directory = \"/new\"");
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    assert_false(edit("journal\n    create = 1\nother\n    directory = x\n", "/new"));
    assert_string_equal(why, "it has no entry journal/directory");
    assert_string_equal(now(), "journal\n    create = 1\nother\n    directory = x\n");
    assert_false(config_edit("/nowhere/at.all", "journal", "directory", "x", why, sizeof why));
    assert_string_equal(why, "No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_value_changes_and_nothing_else, rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(the_last_line_needs_no_end, rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_said, rig_enter, rig_leave),
    };
    return cmocka_run_group_tests_name("config_edit", tests, NULL, NULL);
}
