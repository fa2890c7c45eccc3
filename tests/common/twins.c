#include "tests/common/twins.h"
#include <assert.h>

enum { TABLE_PAGE = 64 * 1024, COUNTERS = 8 * 1024 };

void twins_compare_tables(const core_t *core, const void *a, const void *b)
{
    static uint8_t page_a[TABLE_PAGE], page_b[TABLE_PAGE];
    uint64_t from = 0;
    do {
        size_t count_a, count_b;
        pack_t rows_a, rows_b;
        pack_start(&rows_a, page_a, sizeof page_a);
        pack_start(&rows_b, page_b, sizeof page_b);
        uint64_t next_a = core->table(a, from, &rows_a, &count_a);
        uint64_t next_b = core->table(b, from, &rows_b, &count_b);
        assert(next_a == next_b && count_a == count_b);
        assert(count_a == 0 || pack_end(&rows_a));
        assert(pack_end(&rows_a) == pack_end(&rows_b));
        assert(memcmp(page_a, page_b, pack_end(&rows_a)) == 0);
        assert(next_a == 0 || next_a > from);
        from = next_a;
    } while (from);
}

void twins_compare_due(const core_t *core, const void *a, const void *b, instant_t now)
{
    static uint8_t scratch_a[DUE_SCRATCH_BYTES], scratch_b[DUE_SCRATCH_BYTES];
    static due_t due_a, due_b;
    due_a = (due_t){.wake = INT64_MAX, .scratch = scratch_a};
    due_b = (due_t){.wake = INT64_MAX, .scratch = scratch_b};
    core->due(a, now, &due_a);
    core->due(b, now, &due_b);
    assert(due_a.wake == due_b.wake && due_a.count == due_b.count);
    assert(due_a.recalls_count == due_b.recalls_count);
    for (size_t i = 0; i < due_a.recalls_count; i++) {
        const recall_t *x = &due_a.recalls[i], *y = &due_b.recalls[i];
        assert(x->key == y->key && x->by == y->by && x->stream == y->stream &&
               x->number == y->number);
    }
    for (size_t i = 0; i < due_a.count; i++) {
        const outside_t *x = &due_a.requests[i], *y = &due_b.requests[i];
        assert(x->key == y->key && x->timeout_ms == y->timeout_ms && x->method == y->method);
        assert(text_equal(x->content_type, y->content_type));
        assert(x->headers_count == y->headers_count);
        for (size_t h = 0; h < x->headers_count; h++) {
            assert(text_equal(x->headers[h].name, y->headers[h].name));
            assert(text_equal(x->headers[h].value, y->headers[h].value));
        }
        assert(text_equal(x->url, y->url) && x->body.size == y->body.size);
        assert(x->body.size == 0 || memcmp(x->body.data, y->body.data, x->body.size) == 0);
    }
}

void twins_compare_counters(const core_t *core, const void *a, const void *b)
{
    char text_a[COUNTERS], text_b[COUNTERS];
    size_t size_a = core->counters(a, text_a, sizeof text_a);
    size_t size_b = core->counters(b, text_b, sizeof text_b);
    assert(size_a == size_b && memcmp(text_a, text_b, size_a) == 0);
}
