#include "store/postgresql/postgresql_schema.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// The one row of `journal` is replaced by every append: its page keeps room for that, and its old
// versions are cleared away early. Records are stored as they are.
static const char TABLES[] =
    "CREATE SCHEMA IF NOT EXISTS \"%s\";"
    "CREATE TABLE journal ("
    " one boolean PRIMARY KEY DEFAULT true CHECK (one),"
    " version integer NOT NULL, segment_events bigint NOT NULL,"
    " term bigint NOT NULL DEFAULT 0, last bigint NOT NULL DEFAULT 0,"
    " head bytea NOT NULL DEFAULT '')"
    " WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000,"
    "  autovacuum_vacuum_scale_factor = 0);"
    "ALTER TABLE journal ALTER COLUMN head SET STORAGE MAIN;"
    "CREATE TABLE record ("
    " first bigint PRIMARY KEY, count integer NOT NULL, bytes bytea NOT NULL);"
    "ALTER TABLE record ALTER COLUMN bytes SET STORAGE EXTERNAL;"
    "CREATE TABLE side (owner uuid NOT NULL, kind smallint NOT NULL, bytes bytea NOT NULL,"
    " PRIMARY KEY (owner, kind));"
    "ALTER TABLE side ALTER COLUMN bytes SET STORAGE EXTERNAL;"
    "INSERT INTO journal (version, segment_events) VALUES (%d, %" PRIu64 ")";

static const char LAYOUT[] =
    "SELECT version, segment_events, last,"
    " coalesce((SELECT first + count - 1 FROM record ORDER BY first DESC LIMIT 1), 0) FROM journal";

static const char DURABLE[] =
    "SELECT current_setting('fsync'), current_setting('synchronous_commit'),"
    " current_setting('synchronous_standby_names') <> ''";

static uint64_t text_number(const PGresult *result, int column)
{
    return strtoull(PQgetvalue(result, 0, column), NULL, 10);
}

static fail_t read_layout(const PGresult *result, postgresql_layout_t *ret_layout)
{
    if (PQntuples(result) != 1)
        return FAIL_CORRUPT;
    ret_layout->segment_events = text_number(result, 1);
    ret_layout->last = text_number(result, 2);
    if (text_number(result, 0) != POSTGRESQL_LAYOUT_VERSION)
        return FAIL_VERSION;
    return __builtin_popcountll(ret_layout->segment_events) == 1 &&
                   text_number(result, 3) == ret_layout->last
               ? FAIL_NONE
               : FAIL_CORRUPT;
}

fail_t postgresql_schema_find(postgresql_link_t *link, postgresql_layout_t *ret_layout)
{
    PGresult *result = NULL;
    fail_t fail = postgresql_run(link, LAYOUT, &result);
    if (!fail)
        fail = read_layout(result, ret_layout);
    PQclear(result);
    return fail;
}

fail_t postgresql_schema_make(postgresql_link_t *link, const char *schema, uint64_t segment_events)
{
    char sql[sizeof TABLES + POSTGRESQL_SCHEMA_MAX + 32];
    postgresql_layout_t layout;
    snprintf(sql, sizeof sql, TABLES, schema, POSTGRESQL_LAYOUT_VERSION, segment_events);
    fail_t fail = postgresql_run(link, sql, NULL);
    if (!fail)
        return FAIL_NONE;
    char why[JOURNAL_WHY_MAX];
    memcpy(why, link->why, sizeof why);
    if (!postgresql_schema_find(link, &layout))
        return FAIL_NONE;
    memcpy(link->why, why, sizeof why);
    return fail;
}

static const char *what_is_lost(const char *fsync, const char *commit, bool standbys)
{
    if (strcmp(fsync, "on") != 0)
        return "fsync is off: what is committed may be lost with the machine's power";
    if (strcmp(commit, "off") == 0)
        return "synchronous_commit is off: what is committed may be lost";
    if (standbys && strcmp(commit, "on") != 0 && strcmp(commit, "remote_apply") != 0)
        return "synchronous_commit does not wait for the disks of the standbys that "
               "synchronous_standby_names names";
    return NULL;
}

fail_t postgresql_is_durable(postgresql_link_t *link)
{
    PGresult *result = NULL;
    char sql[128];
    fail_t fail = postgresql_run(link, DURABLE, &result);
    if (fail)
        return fail;
    const char *commit = PQgetvalue(result, 0, 1);
    const char *lost =
        what_is_lost(PQgetvalue(result, 0, 0), commit, strcmp(PQgetvalue(result, 0, 2), "t") == 0);
    snprintf(sql, sizeof sql, "SET synchronous_commit TO %.32s", commit);
    if (lost) {
        snprintf(link->why, JOURNAL_WHY_MAX, "%s", lost);
        fail = FAIL_CONFIG;
    }
    PQclear(result);
    return fail ? fail : postgresql_run(link, sql, NULL);
}
