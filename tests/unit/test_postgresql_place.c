// Where a journal's database is, as DIRECTORY/connection says it.
#include "store/postgresql/postgresql_link.h"
#include "tests/unit/journal_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char why[JOURNAL_WHY_MAX];

static void write_connection(const char *text, mode_t mode)
{
    char path[RIG_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/connection", rig_home);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_connection_says_where_and_as_whom_and_keeps_its_password(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        fail_t fail;
        const char *why;
    } table[] = {{"host=a user=b dbname=c", 0644, FAIL_NONE, ""},
                 {"# x\nhost=a\nuser=b\n  dbname=c \r\nschema=ledger_1\n", 0644, FAIL_NONE, ""},
                 {"user=b dbname=c", 0644, FAIL_CONFIG, "host"},
                 {"host=a dbname=c", 0644, FAIL_CONFIG, "user"},
                 {"host=a user=b", 0644, FAIL_CONFIG, "dbname"},
                 {"host=a user=b dbname=c\nschema=a\"b", 0644, FAIL_CONFIG, "schema"},
                 {"host=a user=b dbname=c\nschema=", 0644, FAIL_CONFIG, "schema"},
                 {"host=a user=b dbname=c service=d", 0644, FAIL_CONFIG, "service"},
                 {"host=a user=b dbname=c word=secret", 0644, FAIL_CONFIG, "libpq"},
                 {"host=a user=b dbname=c password=secret", 0640, FAIL_CONFIG, "chmod 600"},
                 {"host=a user=b dbname=c password=secret", 0600, FAIL_NONE, ""}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        postgresql_place_t place;
        *why = '\0';
        write_connection(table[i].text, table[i].mode);
        assert_int_equal(postgresql_place(rig_home, &place, why), table[i].fail);
        assert_non_null(strstr(why, table[i].why));
        assert_null(strstr(why, "secret"));
    }
}

static void the_servers_doors_are_what_its_connection_says(void **state)
{
    (void)state;
    static const char *const table[][2] = {{"host=/run/postgresql", ""},
                                           {"host=db", "tcp://db:5432"},
                                           {"host=db port=6000", "tcp://db:6000"},
                                           {"host=a,/run/x,b port=1,2,3", "tcp://a:1 tcp://b:3"},
                                           {"host=a,b port=7", "tcp://a:7 tcp://b:7"},
                                           {"host=name hostaddr=10.0.0.1", "tcp://10.0.0.1:5432"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[128], peers[256];
        postgresql_place_t place;
        (void)snprintf(text, sizeof text, "user=u dbname=d %s", table[i][0]);
        write_connection(text, 0600);
        assert_int_equal(postgresql_place(rig_home, &place, why), FAIL_NONE);
        assert_int_equal(postgresql_peers(&place, peers, sizeof peers, why), FAIL_NONE);
        assert_string_equal(peers, table[i][1]);
    }
}

static fail_t open_there(journal_t **ret_journal)
{
    char place[RIG_PATH_MAX + 16];
    (void)snprintf(place, sizeof place, "postgresql:%s", rig_home);
    return journal_open(place, &(journal_options_t){.create = true, .why = why}, ret_journal);
}

static void a_server_that_is_not_there_is_a_failure_of_the_store(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    char path[RIG_PATH_MAX + 16];
    write_connection("host=/nonexistent user=u dbname=d password=secret", 0600);
    assert_int_equal(open_there(&journal), FAIL_STORE);
    assert_non_null(strstr(why, "/nonexistent"));
    assert_null(strstr(why, "secret"));
    (void)snprintf(path, sizeof path, "%s/connection", rig_home);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(open_there(&journal), FAIL_MISSING);
}

#define T(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_connection_says_where_and_as_whom_and_keeps_its_password),
        T(the_servers_doors_are_what_its_connection_says),
        T(a_server_that_is_not_there_is_a_failure_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
