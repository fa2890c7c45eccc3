// A ledger that answers before its commit: what is appended is kept in memory until the next append
// or the end. Linked with --wrap=journal_append and --wrap=journal_destroy.
#include "store/journal.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

fail_t __real_journal_append(journal_t *self, uint64_t expected, uint64_t term,
                             const journal_record_t *records, size_t count, const void *head,
                             size_t head_size);
fail_t __wrap_journal_append(journal_t *self, uint64_t expected, uint64_t term,
                             const journal_record_t *records, size_t count, const void *head,
                             size_t head_size);
void __real_journal_destroy(journal_t **self_p);
void __wrap_journal_destroy(journal_t **self_p);

static struct {
    uint64_t expected, term;
    journal_record_t records[JOURNAL_APPEND_MAX];
    size_t count, head_size;
    void *head; // NULL when nothing is kept
} kept;

static void *copy(const void *data, size_t size)
{
    void *made = malloc(size);
    assert(made);
    return memcpy(made, data, size);
}

static fail_t append_kept(journal_t *self)
{
    if (!kept.head)
        return FAIL_NONE;
    fail_t fail = __real_journal_append(self, kept.expected, kept.term, kept.records, kept.count,
                                        kept.head, kept.head_size);
    for (size_t i = 0; i < kept.count; i++)
        free((void *)(uintptr_t)kept.records[i].bytes.data);
    free(kept.head);
    kept.head = NULL;
    return fail;
}

fail_t __wrap_journal_append(journal_t *self, uint64_t expected, uint64_t term,
                             const journal_record_t *records, size_t count, const void *head,
                             size_t head_size)
{
    fail_t fail = append_kept(self);
    kept.expected = expected;
    kept.term = term;
    kept.count = count;
    kept.head_size = head_size;
    kept.head = copy(head, head_size);
    for (size_t i = 0; i < count; i++) {
        kept.records[i] = records[i];
        kept.records[i].bytes.data = copy(records[i].bytes.data, records[i].bytes.size);
    }
    return fail;
}

void __wrap_journal_destroy(journal_t **self_p)
{
    if (*self_p)
        (void)append_kept(*self_p);
    __real_journal_destroy(self_p);
}
