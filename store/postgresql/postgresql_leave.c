// A journal that goes on at another place: a table of one row says where, made when it is left.
#include "store/postgresql/postgresql_journal.h"
#include <stdio.h>

static const char TABLE[] =
    "CREATE TABLE IF NOT EXISTS moved ("
    " one boolean PRIMARY KEY DEFAULT true CHECK (one), place text NOT NULL)";
static const char LEAVE[] =
    "WITH led AS (UPDATE journal SET term = greatest(term + 1, $1::bigint)"
    " WHERE NOT EXISTS (SELECT 1 FROM moved) RETURNING 1)"
    " INSERT INTO moved (place) SELECT convert_from($2::bytea, 'UTF8') FROM led";

// The first value of an answer in text, "" if there is none.
static fail_t ask(postgresql_link_t *link, const char *sql, char ret_value[JOURNAL_PLACE_MAX])
{
    PGresult *result = NULL;
    fail_t fail = postgresql_run(link, sql, &result);
    *ret_value = '\0';
    if (!fail && PQntuples(result) == 1 &&
        snprintf(ret_value, JOURNAL_PLACE_MAX, "%s", PQgetvalue(result, 0, 0)) >= JOURNAL_PLACE_MAX)
        fail = FAIL_CORRUPT;
    PQclear(result);
    return fail;
}

fail_t postgresql_left_for(journal_t *base, char ret_place[JOURNAL_PLACE_MAX])
{
    postgresql_t *self = (postgresql_t *)base;
    char there[JOURNAL_PLACE_MAX];
    fail_t fail = ask(&self->link, "SELECT to_regclass('moved') IS NOT NULL", there);
    *ret_place = '\0';
    if (!fail && strcmp(there, "t") == 0)
        fail = ask(&self->link, "SELECT place FROM moved", ret_place);
    if (!fail && *ret_place)
        snprintf(self->why, sizeof self->why, "it was moved, and goes on at %.200s", ret_place);
    return fail;
}

fail_t postgresql_refuse_left(postgresql_t *self)
{
    char place[JOURNAL_PLACE_MAX];
    fail_t fail = postgresql_left_for(&self->base, place);
    if (fail || !*place)
        return fail;
    self->base.left = true;
    return FAIL_FENCED;
}

fail_t postgresql_leave(journal_t *base, const char *place)
{
    postgresql_t *self = (postgresql_t *)base;
    postgresql_parameters_t given = {0};
    char there[JOURNAL_PLACE_MAX];
    PGresult *result = NULL;
    fail_t fail = postgresql_run(&self->link, TABLE, NULL);
    if (!fail)
        fail = postgresql_prepare(&self->link, "leave", LEAVE);
    postgresql_give_number(&given, self->term_min);
    postgresql_give_bytes(&given, place, strlen(place));
    if (!fail)
        fail = postgresql_ask(&self->link, "leave", &given, &result);
    PQclear(result);
    if (!fail && self->link.warned)
        fail = FAIL_STORE;
    if (!fail)
        fail = postgresql_left_for(base, there);
    return fail ? fail : strcmp(there, place) == 0 ? FAIL_NONE : FAIL_CONFLICT;
}
