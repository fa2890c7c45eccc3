#include "store/postgresql/journal_postgresql.h"
#include "store/postgresql/postgresql_journal.h"
#include "store/postgresql/postgresql_schema.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

// ---- The writer's statements

// A higher term than any before. The row's lock waits for an append of the writer before, so what
// is the last sequence then is it for good.
// Whoever sees the term finds it held: the session has its lock before the term is committed. The
// server gives the lock back when the session ends, and knows no lock of the server before it.
#define LOCK "pg_try_advisory_lock(hashtextextended(current_schema() || ' ' || term, 0))"
static const char LEAD[] = "UPDATE journal SET term = greatest(term + 1, $1::bigint)"
                           " RETURNING term, last, " LOCK;
static const char VACANT[] = "SELECT term = 0 OR " LOCK " FROM journal";

// Nothing of it happens unless the row is still the one that the writer knows: whoever waits for
// its lock looks at it again.
#define LED                                                                                        \
    "WITH led AS (UPDATE journal SET last = $3::bigint, head = $4::bytea"                          \
    " WHERE term = $1::bigint AND last = $2::bigint RETURNING 1),"                                 \
    " put AS (INSERT INTO record (first, count, bytes)"                                            \
    "  SELECT r.first, r.count, r.bytes FROM led,"                                                 \
    "  unnest($5::bigint[], $6::integer[], $7::bytea[]) AS r(first, count, bytes))"
static const char APPEND[] = LED " SELECT count(*) FROM led";
static const char APPEND_ROWS[] =
    LED ", kept AS (INSERT INTO side (owner, kind, bytes)"
        "  SELECT r.owner, r.kind, r.bytes FROM led,"
        "  unnest($8::uuid[], $9::smallint[], $10::bytea[]) AS r(owner, kind, bytes)"
        "  WHERE octet_length(r.bytes) > 0"
        "  ON CONFLICT (owner, kind) DO UPDATE SET bytes = excluded.bytes),"
        " gone AS (DELETE FROM side USING led,"
        "  unnest($8::uuid[], $9::smallint[], $10::bytea[]) AS r(owner, kind, bytes)"
        "  WHERE octet_length(r.bytes) = 0 AND side.owner = r.owner AND side.kind = r.kind)"
        " SELECT count(*) FROM led";

static const char TERM[] = "SELECT term FROM journal";

static const char SIZE[] = "SELECT pg_total_relation_size('record')"
                           " + pg_total_relation_size('journal') + pg_total_relation_size('side')";

static fail_t prepare_statements(postgresql_link_t *link, bool writes)
{
    static const struct {
        const char *name, *sql;
    } statements[] = {{"lead", LEAD},
                      {"vacant", VACANT},
                      {"append", APPEND},
                      {"append_rows", APPEND_ROWS},
                      {"term", TERM}};
    fail_t fail = postgresql_prepare_head(link);
    if (!fail)
        fail = postgresql_prepare(link, "size", SIZE);
    for (size_t i = 0; writes && i < sizeof statements / sizeof *statements && !fail; i++)
        fail = postgresql_prepare(link, statements[i].name, statements[i].sql);
    return fail;
}

static fail_t lead(journal_t *base, uint64_t *ret_term)
{
    postgresql_t *self = (postgresql_t *)base;
    postgresql_parameters_t given = {0};
    PGresult *result = NULL;
    postgresql_give_number(&given, self->term_min);
    fail_t fail = postgresql_ask(&self->link, "lead", &given, &result);
    if (!fail && (PQntuples(result) != 1 || self->link.warned))
        fail = FAIL_STORE;
    if (!fail) {
        *ret_term = self->term = postgresql_number(result, 0, 0);
        base->last = postgresql_number(result, 0, 1);
    }
    PQclear(result);
    return fail ? fail : postgresql_refuse_left(self);
}

static fail_t vacant(journal_t *base, bool *ret_vacant)
{
    const postgresql_parameters_t none = {0};
    PGresult *result = NULL;
    fail_t fail = postgresql_noted(
        base, postgresql_ask(&((postgresql_t *)base)->link, "vacant", &none, &result));
    bytes_t said = {0};
    if (!fail && PQntuples(result) == 1)
        said = postgresql_bytes(result, 0, 0);
    if (!fail && said.size != 1)
        fail = FAIL_CORRUPT;
    if (!fail)
        *ret_vacant = said.data[0];
    PQclear(result);
    return fail;
}

static fail_t take_head(journal_t *base, void *out, size_t cap, size_t *ret_size,
                        uint64_t *ret_last)
{
    postgresql_t *self = (postgresql_t *)base;
    fail_t fail =
        postgresql_noted(base, postgresql_take_head(&self->link, out, cap, ret_size, ret_last));
    if (!fail)
        base->last = *ret_last;
    return fail;
}

// ---- Appending

static bool gather_records(postgresql_t *self, const journal_record_t *records, size_t count)
{
    postgresql_array_t *out = self->records;
    bool good = postgresql_array_begin(&out[0], POSTGRESQL_BIGINT) &&
                postgresql_array_begin(&out[1], POSTGRESQL_INTEGER) &&
                postgresql_array_begin(&out[2], POSTGRESQL_BYTEA);
    for (size_t i = 0; i < count && good; i++)
        good = postgresql_array_add_number(&out[0], records[i].first, 8) &&
               postgresql_array_add_number(&out[1], records[i].count, 4) &&
               postgresql_array_add(&out[2], records[i].bytes.data, records[i].bytes.size);
    return good;
}

// The row was another one: a newer writer's, or one that was changed by nobody of ours.
static fail_t find_out(postgresql_t *self)
{
    const postgresql_parameters_t none = {0};
    PGresult *result = NULL;
    fail_t fail = postgresql_ask(&self->link, "term", &none, &result);
    if (!fail)
        fail = PQntuples(result) == 1 && postgresql_number(result, 0, 0) == self->term
                   ? FAIL_CONFLICT
                   : FAIL_FENCED;
    PQclear(result);
    if (fail == FAIL_FENCED)
        fail = postgresql_refuse_left(self);
    return fail ? fail : FAIL_FENCED;
}

// Committed is what the server has said so of, without a doubt.
static fail_t commit(postgresql_t *self, const char *statement,
                     const postgresql_parameters_t *given)
{
    PGresult *result = NULL;
    fail_t fail = postgresql_ask(&self->link, statement, given, &result);
    bool led = !fail && PQntuples(result) == 1 && postgresql_number(result, 0, 0) == 1;
    PQclear(result);
    if (!fail && self->link.warned)
        fail = FAIL_STORE;
    return fail || led ? fail : find_out(self);
}

static fail_t append(journal_t *base, uint64_t expected, uint64_t term,
                     const journal_record_t *records, size_t count, const void *head,
                     size_t head_size, const journal_row_t *rows, size_t rows_count)
{
    postgresql_t *self = (postgresql_t *)base;
    if (term == 0 || term != self->term)
        return FAIL_FENCED;
    if (expected != base->last)
        return FAIL_CONFLICT;
    uint64_t last = count ? records[count - 1].first + records[count - 1].count - 1 : expected;
    postgresql_parameters_t given = {0};
    fail_t fail = gather_records(self, records, count) ? FAIL_NONE : FAIL_FULL;
    if (!fail && rows_count)
        fail = postgresql_rows_sum(rows, rows_count, self->rows);
    if (fail)
        return fail;
    postgresql_give_number(&given, term);
    postgresql_give_number(&given, expected);
    postgresql_give_number(&given, last);
    postgresql_give_bytes(&given, head, head_size);
    for (size_t i = 0; i < 3; i++)
        postgresql_give_array(&given, &self->records[i]);
    for (size_t i = 0; i < 3 && rows_count; i++)
        postgresql_give_array(&given, &self->rows[i]);
    fail = commit(self, rows_count ? "append_rows" : "append", &given);
    if (!fail)
        base->last = last;
    return fail;
}

// ---- The rest

static fail_t room(journal_t *base, journal_room_t *ret_room)
{
    postgresql_t *self = (postgresql_t *)base;
    const postgresql_parameters_t none = {0};
    PGresult *result = NULL;
    *ret_room = (journal_room_t){0};
    fail_t fail = postgresql_noted(base, postgresql_ask(&self->link, "size", &none, &result));
    if (!fail)
        ret_room->used_bytes = postgresql_number(result, 0, 0);
    PQclear(result);
    return fail;
}

static fail_t seal(journal_t *base, bool idle, bool *ret_sealed)
{
    (void)base, (void)idle;
    *ret_sealed = false;
    return FAIL_NONE;
}

static const char *why(const journal_t *base)
{
    return ((const postgresql_t *)base)->why;
}

static void close_journal(journal_t *base)
{
    postgresql_t *self = (postgresql_t *)base;
    postgresql_close(&self->link);
    for (size_t i = 0; i < 3; i++) {
        postgresql_array_release(&self->records[i]);
        postgresql_array_release(&self->rows[i]);
    }
    free(self);
}

static const journal_backend_t BACKEND = {.lead = lead,
                                          .vacant = vacant,
                                          .head = take_head,
                                          .append = append,
                                          .room = room,
                                          .seal = seal,
                                          .moment = postgresql_moment,
                                          .copy = postgresql_copy,
                                          .leave = postgresql_leave,
                                          .left_for = postgresql_left_for,
                                          .why = why,
                                          .close = close_journal,
                                          .reader_open = postgresql_reader_open,
                                          .reader_last = postgresql_reader_last,
                                          .reader_head = postgresql_reader_head,
                                          .read = postgresql_read,
                                          .rows = postgresql_rows,
                                          .reader_close = postgresql_reader_close};

// ---- Opening

static fail_t find_or_make(postgresql_t *self, const journal_options_t *options)
{
    postgresql_layout_t layout;
    uint64_t wanted = options->segment_events;
    fail_t fail = postgresql_schema_find(&self->link, &layout);
    if (fail == FAIL_MISSING && options->create) {
        fail = postgresql_schema_make(&self->link, self->place.schema,
                                      wanted ? wanted : JOURNAL_SEGMENT_EVENTS);
        if (!fail)
            fail = postgresql_schema_find(&self->link, &layout);
    }
    if (fail == FAIL_MISSING)
        snprintf(self->why, sizeof self->why, "the database has no journal in schema %s",
                 self->place.schema);
    if (fail)
        return fail;
    self->base.segment_events = layout.segment_events;
    self->base.last = layout.last;
    return wanted && wanted != layout.segment_events ? FAIL_CONFIG : FAIL_NONE;
}

static fail_t open_link(postgresql_t *self, const journal_options_t *options)
{
    bool writes = !options->read_only;
    fail_t fail = postgresql_open(&self->place, writes, NULL, self->why, &self->link);
    if (!fail && writes)
        fail = postgresql_is_durable(&self->link);
    if (!fail)
        fail = find_or_make(self, options);
    if (!fail && writes && !options->leaves)
        fail = postgresql_refuse_left(self);
    return fail ? fail : prepare_statements(&self->link, writes);
}

fail_t journal_postgresql_open(const char *directory, const journal_options_t *options,
                               journal_t **ret_journal)
{
    assert((options->segment_events & (options->segment_events - 1)) == 0);
    assert(!(options->create && (options->read_only || options->leaves)));
    postgresql_t *self = calloc(1, sizeof *self);
    if (!self)
        return FAIL_FULL;
    self->base.backend = &BACKEND;
    self->base.read_only = options->read_only || options->leaves;
    self->base.leaves = options->leaves;
    self->term_min = options->term_min;
    fail_t fail = postgresql_place(directory, &self->place, self->why);
    if (!fail)
        fail = open_link(self, options);
    if (fail && options->why)
        memcpy(options->why, self->why, sizeof self->why);
    if (fail) {
        close_journal(&self->base);
        return fail;
    }
    *self->why = '\0';
    *ret_journal = &self->base;
    return FAIL_NONE;
}

// Whether the server has one is asked before a process confines itself, for what it says then is
// that its volume may be missing.
fail_t journal_postgresql_prepare(const char *directory, bool create, journal_needs_t *ret_needs)
{
    static _Thread_local postgresql_place_t place;
    char why[JOURNAL_WHY_MAX] = "";
    int size = snprintf(ret_needs->directory, sizeof ret_needs->directory, "%s", directory);
    if (size >= (int)sizeof ret_needs->directory)
        return FAIL_INVALID;
    fail_t fail = postgresql_place(directory, &place, why);
    if (!fail)
        fail = postgresql_peers(&place, ret_needs->peers, sizeof ret_needs->peers, why);
    if (fail || create)
        return fail;
    postgresql_link_t link;
    postgresql_layout_t layout;
    fail = postgresql_open(&place, false, NULL, why, &link);
    if (!fail) {
        fail = postgresql_schema_find(&link, &layout);
        postgresql_close(&link);
    }
    return fail;
}
