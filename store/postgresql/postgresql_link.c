#include "store/postgresql/postgresql_link.h"
#include <stdio.h>
#include <stdlib.h>

// What a server that is gone is found out by; `connection` may say otherwise.
#define CONNECT_SECONDS "10"
#define SILENCE_MS "20000"
// And by what a server finds out that we are: what a writer holds is free then.
#define KEEPALIVE_IDLE "10"
#define KEEPALIVE_INTERVAL "5"
#define KEEPALIVE_COUNT "2"

static const char NO_TABLE[] = "42P01", NO_SCHEMA[] = "3F000", DISK_FULL[] = "53100";

// The first line of what libpq says. No text of its has a password.
static void say(const postgresql_link_t *self, const char *text)
{
    snprintf(self->why, JOURNAL_WHY_MAX, "%.*s", (int)strcspn(text, "\n"), text);
}

// A commit whose wait for the standbys was broken off is told as a warning and no more, and there
// is no other of an append.
static void notice(void *arg, const PGresult *result)
{
    postgresql_link_t *self = arg;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (!severity || strcmp(severity, "WARNING") != 0)
        return;
    self->warned = true;
    say(self, PQresultErrorMessage(result));
}

static fail_t failure_of(const postgresql_link_t *self, const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    say(self, state ? PQresultErrorMessage(result) : PQerrorMessage(self->connection));
    if (!state || PQstatus(self->connection) != CONNECTION_OK)
        return FAIL_STORE;
    if (strcmp(state, NO_TABLE) == 0 || strcmp(state, NO_SCHEMA) == 0)
        return FAIL_MISSING;
    return strcmp(state, DISK_FULL) == 0 ? FAIL_FULL : FAIL_STORE;
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static fail_t take(const postgresql_link_t *self, PGresult *result, PGresult **ret_result)
{
    fail_t fail = is_good(result) ? FAIL_NONE : failure_of(self, result);
    if (fail || !ret_result)
        PQclear(result);
    else
        *ret_result = result;
    return fail;
}

fail_t postgresql_run(postgresql_link_t *self, const char *sql, PGresult **ret_result)
{
    return take(self, PQexec(self->connection, sql), ret_result);
}

fail_t postgresql_prepare(postgresql_link_t *self, const char *name, const char *sql)
{
    return take(self, PQprepare(self->connection, name, sql, 0, NULL), NULL);
}

// The statement's answer comes before its commit, so it says nothing yet: the transaction ends with
// the round, and what goes wrong then comes behind as an answer of its own.
fail_t postgresql_ask(postgresql_link_t *self, const char *name,
                      const postgresql_parameters_t *given, PGresult **ret_result)
{
    static const int binary[POSTGRESQL_PARAMETERS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    PGresult *answer = NULL;
    self->warned = false;
    if (!PQsendQueryPrepared(self->connection, name, given->count, given->values, given->sizes,
                             binary, 1))
        return failure_of(self, NULL);
    for (PGresult *next; (next = PQgetResult(self->connection));) {
        if (answer && is_good(next)) {
            PQclear(next);
            continue;
        }
        PQclear(answer);
        answer = next;
    }
    if (PQstatus(self->connection) != CONNECTION_OK) {
        PQclear(answer);
        return failure_of(self, NULL);
    }
    return take(self, answer, ret_result);
}

// --- sessions ---

static fail_t begin_session(postgresql_link_t *self, const char *schema, bool writes)
{
    char sql[768];
    snprintf(sql, sizeof sql,
             "SET search_path TO \"%s\"; SET client_min_messages TO warning;"
             "SET default_transaction_isolation TO 'read committed';"
             "SET default_transaction_read_only TO %s;"
             "SET statement_timeout TO 0; SET lock_timeout TO 0;"
             "SET idle_session_timeout TO 0;"
             "SET tcp_keepalives_idle TO " KEEPALIVE_IDLE ";"
             "SET tcp_keepalives_interval TO " KEEPALIVE_INTERVAL ";"
             "SET tcp_keepalives_count TO " KEEPALIVE_COUNT ";"
             "SET tcp_user_timeout TO " SILENCE_MS,
             schema, writes ? "off" : "on");
    return postgresql_run(self, sql, NULL);
}

fail_t postgresql_open(const postgresql_place_t *place, bool writes,
                       const postgresql_link_t *beside, char *why, postgresql_link_t *ret_link)
{
    char passwords[JOURNAL_PLACE_MAX + sizeof "/pgpass"];
    snprintf(passwords, sizeof passwords, "%s/pgpass", place->directory);
    // What stands behind is stronger, and an empty value is none.
    const char *const keywords[] = {"passfile",
                                    "gssencmode",
                                    "connect_timeout",
                                    "keepalives_idle",
                                    "keepalives_interval",
                                    "keepalives_count",
                                    "tcp_user_timeout",
                                    "application_name",
                                    "target_session_attrs",
                                    "dbname",
                                    beside ? "host" : NULL,
                                    "hostaddr",
                                    "port",
                                    NULL};
    const char *const values[] = {passwords,
                                  "disable",
                                  CONNECT_SECONDS,
                                  KEEPALIVE_IDLE,
                                  KEEPALIVE_INTERVAL,
                                  KEEPALIVE_COUNT,
                                  SILENCE_MS,
                                  place->schema,
                                  writes ? "read-write" : "any",
                                  place->connection,
                                  beside ? PQhost(beside->connection) : NULL,
                                  beside ? PQhostaddr(beside->connection) : NULL,
                                  beside ? PQport(beside->connection) : NULL,
                                  NULL};
    *ret_link = (postgresql_link_t){.why = why};
    ret_link->connection = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(ret_link->connection) != CONNECTION_OK) {
        say(ret_link, PQerrorMessage(ret_link->connection));
        postgresql_close(ret_link);
        return FAIL_STORE;
    }
    PQsetNoticeReceiver(ret_link->connection, notice, ret_link);
    PQsetErrorVerbosity(ret_link->connection, PQERRORS_TERSE);
    fail_t fail = begin_session(ret_link, place->schema, writes);
    if (fail)
        postgresql_close(ret_link);
    return fail;
}

void postgresql_close(postgresql_link_t *self)
{
    PQfinish(self->connection); // NULL is none
    self->connection = NULL;
}
