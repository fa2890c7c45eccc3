// The side store's rows: what an append's changes come to, and reading them.
#include "store/postgresql/postgresql_journal.h"
#include <endian.h>
#include <stdlib.h>

// --- changes ---

// One change of one row, at its place in the order.
typedef struct {
    journal_row_t row;
    size_t at;
} change_t;

static int by_row(const void *one, const void *other)
{
    const change_t *a = one, *b = other;
    int order = memcmp(a->row.owner.bytes, b->row.owner.bytes, sizeof a->row.owner.bytes);
    if (!order)
        order = (a->row.kind > b->row.kind) - (a->row.kind < b->row.kind);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static size_t spread(const journal_row_t *rows, size_t count, change_t *out)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        bool all = rows[i].kind == JOURNAL_ROW_ALL;
        for (unsigned kind = 0; kind < (all ? JOURNAL_ROW_KINDS : 1); kind++) {
            out[used] = (change_t){rows[i], i};
            if (all)
                out[used].row.kind = (uint8_t)kind;
            used++;
        }
    }
    return used;
}

static bool add_row(const journal_row_t *row, postgresql_array_t out[3])
{
    return postgresql_array_add(&out[0], row->owner.bytes, sizeof row->owner.bytes) &&
           postgresql_array_add_number(&out[1], row->kind, 2) &&
           postgresql_array_add(&out[2], row->bytes.data, row->bytes.size);
}

static bool is_same(const change_t *a, const change_t *b)
{
    return uid_equal(&a->row.owner, &b->row.owner) && a->row.kind == b->row.kind;
}

// In one statement a row changes once: the last change of each is what counts.
fail_t postgresql_rows_sum(const journal_row_t *rows, size_t count, postgresql_array_t out[3])
{
    size_t most = count;
    for (size_t i = 0; i < count; i++)
        most += rows[i].kind == JOURNAL_ROW_ALL ? JOURNAL_ROW_KINDS : 0;
    change_t *changes = malloc(most * sizeof *changes);
    bool good = changes && postgresql_array_begin(&out[0], POSTGRESQL_UUID) &&
                postgresql_array_begin(&out[1], POSTGRESQL_SMALLINT) &&
                postgresql_array_begin(&out[2], POSTGRESQL_BYTEA);
    size_t used = good ? spread(rows, count, changes) : 0;
    if (used)
        qsort(changes, used, sizeof *changes, by_row);
    for (size_t i = 0; i < used && good; i++)
        if (i + 1 == used || !is_same(&changes[i], &changes[i + 1]))
            good = add_row(&changes[i].row, out);
    free(changes);
    return good ? FAIL_NONE : FAIL_FULL;
}

// --- reading ---

typedef struct {
    uid_t16 owner; // of the row before
    uint8_t kind;
    size_t bytes, bytes_max;
    journal_row_fn *visit;
    void *arg;
    bool begun, done;
} walk_t;

static fail_t ask_page(postgresql_link_t *link, const walk_t *walk, PGresult **ret_result)
{
    enum { PAGE_ROWS = 64 };
    int16_t after = (int16_t)htobe16((uint16_t)(walk->begun ? walk->kind : UINT16_MAX)); // -1
    postgresql_parameters_t given = {0};
    postgresql_give_bytes(&given, walk->owner.bytes, sizeof walk->owner.bytes);
    postgresql_give_bytes(&given, &after, sizeof after);
    postgresql_give_number(&given, PAGE_ROWS);
    return postgresql_ask(link, "rows", &given, ret_result);
}

static bool row_at(const PGresult *result, int at, journal_row_t *ret_row)
{
    bytes_t owner = postgresql_bytes(result, at, 0), kind = postgresql_bytes(result, at, 1);
    ret_row->bytes = postgresql_bytes(result, at, 2);
    if (owner.size != sizeof ret_row->owner.bytes || kind.size != 2 ||
        kind.data[1] >= JOURNAL_ROW_KINDS || ret_row->bytes.size > JOURNAL_ROW_MAX)
        return false;
    memcpy(ret_row->owner.bytes, owner.data, owner.size);
    ret_row->kind = kind.data[1];
    return true;
}

static fail_t visit_page(const PGresult *result, walk_t *walk)
{
    int count = PQntuples(result);
    walk->done = count == 0;
    for (int i = 0; i < count && !walk->done; i++) {
        journal_row_t row;
        if (!row_at(result, i, &row))
            return FAIL_CORRUPT;
        walk->done = walk->bytes >= walk->bytes_max && !uid_equal(&row.owner, &walk->owner);
        if (walk->done)
            break;
        walk->begun = true;
        walk->owner = row.owner;
        walk->kind = row.kind;
        walk->bytes += row.bytes.size + sizeof row.owner.bytes + 1;
        fail_t fail = walk->visit(&row, walk->arg);
        if (fail)
            return fail;
    }
    return FAIL_NONE;
}

fail_t postgresql_rows(journal_reader_t *base, const uid_t16 *from, size_t bytes_max,
                       journal_row_fn *visit, void *arg)
{
    walk_t walk = {
        .owner = *from, .bytes_max = bytes_max ? bytes_max : 1, .visit = visit, .arg = arg};
    fail_t fail = FAIL_NONE;
    while (!fail && !walk.done) {
        PGresult *page = NULL;
        fail =
            postgresql_noted(base->journal, ask_page(postgresql_reader_link(base), &walk, &page));
        if (!fail)
            fail = visit_page(page, &walk);
        PQclear(page);
    }
    return fail;
}
