// Readers of records and of the head.
#include "store/postgresql/postgresql_journal.h"
#include "store/record.h"
#include <stdlib.h>

enum {
    PAGE_BYTES = 1 << 20, // asked for at once, and one record
    PAGE_RECORDS_MIN = 8,
    PAGE_RECORDS_MAX = 4096,
    RECORD_BYTES_FEW = 256 // of a record, before any was seen
};

static const char HEAD[] = "SELECT head, last, term FROM journal";

// From the record that holds $1, as many as come before $2 bytes are full, of the next $3.
static const char PAGE[] =
    "SELECT first, count, bytes FROM"
    " (SELECT first, count, bytes,"
    "   sum(octet_length(bytes)) OVER (ORDER BY first) - octet_length(bytes) AS before"
    "  FROM record WHERE first >= coalesce("
    "   (SELECT first FROM record WHERE first <= $1::bigint ORDER BY first DESC LIMIT 1), 0)"
    "  ORDER BY first LIMIT $3::bigint) AS page"
    " WHERE before < $2::bigint ORDER BY first";

static const char ROWS[] =
    "SELECT owner, kind, bytes FROM side WHERE (owner, kind) > ($1::uuid, $2::smallint)"
    " ORDER BY owner, kind LIMIT $3::bigint";

// --- the head ---

fail_t postgresql_prepare_head(postgresql_link_t *link)
{
    return postgresql_prepare(link, "head", HEAD);
}

fail_t postgresql_take_head(postgresql_link_t *link, void *out, size_t cap, size_t *ret_size,
                            uint64_t *ret_last)
{
    const postgresql_parameters_t none = {0};
    PGresult *result = NULL;
    fail_t fail = postgresql_ask(link, "head", &none, &result);
    if (fail)
        return fail;
    bytes_t head = PQntuples(result) == 1 ? postgresql_bytes(result, 0, 0) : (bytes_t){0};
    fail = PQntuples(result) != 1 ? FAIL_CORRUPT : head.size > cap ? FAIL_FULL : FAIL_NONE;
    if (!fail) {
        if (head.size)
            memcpy(out, head.data, head.size);
        *ret_size = head.size;
        *ret_last = postgresql_number(result, 0, 1);
    }
    PQclear(result);
    return fail;
}

fail_t postgresql_reader_head(journal_reader_t *base, void *out, size_t cap, size_t *ret_size,
                              uint64_t *ret_last)
{
    return postgresql_noted(base->journal, postgresql_take_head(postgresql_reader_link(base), out,
                                                                cap, ret_size, ret_last));
}

fail_t postgresql_reader_last(journal_reader_t *base, uint64_t *ret_last)
{
    uint8_t head[JOURNAL_HEAD_MAX];
    size_t size;
    return postgresql_reader_head(base, head, sizeof head, &size, ret_last);
}

fail_t postgresql_moment(journal_t *base, journal_moment_t *ret_moment)
{
    const postgresql_parameters_t none = {0};
    PGresult *result = NULL;
    fail_t fail = postgresql_noted(
        base, postgresql_ask(&((postgresql_t *)base)->link, "head", &none, &result));
    bytes_t head = {0};
    if (!fail && PQntuples(result) == 1)
        head = postgresql_bytes(result, 0, 0);
    if (!fail && (PQntuples(result) != 1 || head.size > sizeof ret_moment->head))
        fail = FAIL_CORRUPT;
    if (!fail) {
        ret_moment->last = postgresql_number(result, 0, 1);
        ret_moment->term = postgresql_number(result, 0, 2);
        ret_moment->sealed_events = 0;
        ret_moment->head_size = head.size;
        memcpy(ret_moment->head, head.data, head.size);
    }
    PQclear(result);
    return fail;
}

// --- opening ---

fail_t postgresql_reader_open(journal_t *base, journal_reader_t **ret_reader)
{
    const postgresql_t *self = (const postgresql_t *)base;
    postgresql_reader_t *reader = calloc(1, sizeof *reader);
    if (!reader)
        return FAIL_FULL;
    fail_t fail = postgresql_open(&self->place, false, &self->link, reader->why, &reader->link);
    if (!fail)
        fail = postgresql_prepare_head(&reader->link);
    if (!fail)
        fail = postgresql_prepare(&reader->link, "page", PAGE);
    if (!fail)
        fail = postgresql_prepare(&reader->link, "rows", ROWS);
    if (fail) {
        postgresql_reader_close(&reader->base);
        return fail;
    }
    *ret_reader = &reader->base;
    return FAIL_NONE;
}

void postgresql_reader_close(journal_reader_t *base)
{
    postgresql_reader_t *self = (postgresql_reader_t *)base;
    postgresql_close(&self->link);
    free(self);
}

// --- records ---

// What is left of a read.
typedef struct {
    uint64_t from;
    size_t bytes, bytes_max;
    journal_visit_fn *visit;
    void *arg;
    bool done; // there is no more
} range_t;

// How many records are looked at for so many bytes: the server adds up the sizes of all of them.
static uint64_t records_for(const postgresql_reader_t *self, uint64_t bytes)
{
    uint64_t typical = self->typical ? self->typical : RECORD_BYTES_FEW;
    uint64_t records = bytes == 1 ? 1 : 2 * bytes / typical + PAGE_RECORDS_MIN;
    return records < PAGE_RECORDS_MAX ? records : PAGE_RECORDS_MAX;
}

static fail_t ask_page(postgresql_reader_t *self, const range_t *range, PGresult **ret_result)
{
    size_t left = range->bytes_max > range->bytes ? range->bytes_max - range->bytes : 1;
    uint64_t bytes = left < PAGE_BYTES ? left : PAGE_BYTES;
    postgresql_parameters_t given = {0};
    postgresql_give_number(&given, range->from);
    postgresql_give_number(&given, bytes);
    postgresql_give_number(&given, records_for(self, bytes));
    return postgresql_ask(&self->link, "page", &given, ret_result);
}

static bool record_at(const PGresult *result, int row, journal_record_t *ret_record)
{
    bytes_t bytes = postgresql_bytes(result, row, 2);
    return !record_check(bytes.data, bytes.size, ret_record) &&
           ret_record->first == postgresql_number(result, row, 0);
}

static fail_t visit_page(const PGresult *result, range_t *range)
{
    int count = PQntuples(result);
    range->done = count == 0;
    for (int i = 0; i < count && range->bytes < range->bytes_max; i++) {
        journal_record_t record;
        if (!record_at(result, i, &record))
            return FAIL_CORRUPT;
        if (range->from - record.first >= record.count) { // also where from < first
            range->done = true; // the last record of all, if nothing is wrong
            return i == 0 && record.first < range->from ? FAIL_NONE : FAIL_CORRUPT;
        }
        fail_t fail = range->visit(&record, range->arg);
        if (fail)
            return fail;
        range->from = record.first + record.count;
        range->bytes += record.bytes.size;
    }
    return FAIL_NONE;
}

fail_t postgresql_read(journal_reader_t *base, uint64_t from, size_t bytes_max,
                       journal_visit_fn *visit, void *arg)
{
    postgresql_reader_t *self = (postgresql_reader_t *)base;
    range_t range = {from, 0, bytes_max ? bytes_max : 1, visit, arg, from > INT64_MAX};
    fail_t fail = FAIL_NONE;
    while (!fail && !range.done && range.bytes < range.bytes_max) {
        PGresult *page = NULL;
        size_t before = range.bytes;
        fail = postgresql_noted(base->journal, ask_page(self, &range, &page));
        if (!fail)
            fail = visit_page(page, &range);
        if (!fail && range.bytes > before)
            self->typical = (range.bytes - before) / (size_t)PQntuples(page);
        PQclear(page);
    }
    return fail || range.bytes ? fail : FAIL_MISSING;
}
