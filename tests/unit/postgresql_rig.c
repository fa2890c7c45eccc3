#include "tests/unit/postgresql_rig.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define SCRIPT "tools/postgres_server"
enum { START_TRIES = 3000, PAUSE_NS = 10000000 };

static char directory[RIG_PATH_MAX];
static pid_t server;
static unsigned schemas;
static char schema[32];

static void pause_shortly(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
}

static pid_t spawn(const char *verb)
{
    pid_t child = fork();
    if (child == 0) {
        (void)execl(SCRIPT, SCRIPT, verb, directory, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    return child;
}

PGconn *postgresql_rig_connect(void)
{
    char where[RIG_PATH_MAX + 64];
    (void)snprintf(where, sizeof where, "host=%s user=postgres dbname=postgres", directory);
    return PQconnectdb(where);
}

static bool is_up(void)
{
    PGconn *link = postgresql_rig_connect();
    bool up = PQstatus(link) == CONNECTION_OK;
    PQfinish(link);
    return up;
}

int postgresql_rig_start(void **state)
{
    (void)state;
    int status;
    rig_directory(directory);
    pid_t making = spawn("make");
    assert_int_equal(waitpid(making, &status, 0), making);
    assert_int_equal(status, 0);
    server = spawn("run");
    for (unsigned tries = 0; !is_up(); tries++) {
        assert_true(tries < START_TRIES);
        assert_int_equal(waitpid(server, &status, WNOHANG), 0);
        pause_shortly();
    }
    return 0;
}

int postgresql_rig_stop(void **state)
{
    (void)state;
    int status;
    assert_int_equal(kill(server, SIGQUIT), 0);
    assert_int_equal(waitpid(server, &status, 0), server);
    rig_remove(directory);
    return 0;
}

void postgresql_rig_place(const char *place, const char *more)
{
    char path[RIG_PATH_MAX + 32];
    (void)snprintf(schema, sizeof schema, "journal%u", ++schemas);
    (void)snprintf(path, sizeof path, "%s/connection", place);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "# of a test\nhost=%s\n user=postgres dbname=postgres\nschema=%s\n%s\n",
                  directory, schema, more);
    assert_int_equal(fclose(file), 0);
}

const char *postgresql_rig_schema(void)
{
    return schema;
}

const char *postgresql_rig_run(const char *sql)
{
    static char value[256];
    PGconn *link = postgresql_rig_connect();
    PGresult *result = PQexec(link, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(link));
    (void)snprintf(value, sizeof value, "%s",
                   PQntuples(result) && PQnfields(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(link);
    return value;
}

void postgresql_rig_set(const char *name, const char *value)
{
    char sql[128], show[64];
    (void)snprintf(sql, sizeof sql, "ALTER SYSTEM SET %s = '%s'", name, value ? value : "");
    if (!value)
        (void)snprintf(sql, sizeof sql, "ALTER SYSTEM RESET %s", name);
    (void)snprintf(show, sizeof show, "SHOW %s", name);
    char before[64];
    (void)snprintf(before, sizeof before, "%s", postgresql_rig_run(show));
    (void)postgresql_rig_run(sql);
    (void)postgresql_rig_run("SELECT pg_reload_conf()");
    for (unsigned tries = 0; strcmp(postgresql_rig_run(show), before) == 0; tries++) {
        assert_true(tries < START_TRIES);
        pause_shortly();
    }
    // Sessions that run take it up when they are next idle or wait.
    pause_shortly();
}

// --- journals ---

char postgresql_rig_why[JOURNAL_WHY_MAX];

fail_t postgresql_rig_open(bool create, bool read_only, journal_t **ret_journal)
{
    char place[RIG_PATH_MAX + 16];
    (void)snprintf(place, sizeof place, "postgresql:%s", rig_home);
    const journal_options_t options = {.create = create,
                                       .read_only = read_only,
                                       .why = postgresql_rig_why,
                                       .segment_events = create ? POSTGRESQL_RIG_SEGMENT : 0};
    return journal_open(place, &options, ret_journal);
}

journal_t *postgresql_rig_new(void)
{
    journal_t *journal = NULL;
    if (postgresql_rig_open(true, false, &journal))
        fail_msg("%s", postgresql_rig_why);
    return journal;
}

journal_t *postgresql_rig_led(uint64_t *ret_term)
{
    journal_t *journal = postgresql_rig_new();
    assert_int_equal(journal_lead(journal, ret_term), FAIL_NONE);
    return journal;
}

int postgresql_rig_enter(void **state)
{
    (void)rig_enter(state);
    postgresql_rig_place(rig_home, "");
    return 0;
}

// In the journal's schema.
const char *postgresql_rig_in_schema(const char *sql)
{
    char text[512];
    (void)snprintf(text, sizeof text, "SET search_path TO %s; %s", postgresql_rig_schema(), sql);
    return postgresql_rig_run(text);
}
