#include "store/sealer.h"
#include "store/pages.h"
#include "store/record.h"
#include <assert.h>
#include <pthread.h>

enum {
    PAGE_BYTES = 1 << 20, // read at once
    PAGE_CAP = PAGE_BYTES + JOURNAL_RECORD_MAX,
    PAGE_RECORDS_MAX = 4096
};

struct sealer {
    journal_reader_t *reader;
    segment_writer_t *writer;
    uint64_t number, events, next;
    pthread_t thread;
    atomic_bool stop, done;
    fail_t fail;
    size_t page_size, page_records;
    journal_record_t records[PAGE_RECORDS_MAX]; // of the page
    uint8_t page[PAGE_CAP];
    char directory[SEGMENT_PATH_MAX];
};

// A visitor must not wait, and writing the file does: so a page of records is copied first.
static fail_t copy_record(const journal_record_t *record, void *arg)
{
    sealer_t *self = arg;
    if (self->page_records == PAGE_RECORDS_MAX || self->page_size + record->bytes.size > PAGE_CAP)
        return FAIL_LATER; // the page is full
    journal_record_t *copy = &self->records[self->page_records++];
    *copy = *record;
    copy->bytes.data = memcpy(self->page + self->page_size, record->bytes.data, record->bytes.size);
    self->page_size += record->bytes.size;
    return FAIL_NONE;
}

static fail_t copy_page(sealer_t *self)
{
    self->page_size = self->page_records = 0;
    fail_t fail = journal_read(self->reader, self->next, PAGE_BYTES, copy_record, self);
    if (fail && fail != FAIL_LATER)
        return fail;
    uint64_t last = (self->number + 1) * self->events;
    for (size_t i = 0; i < self->page_records && self->next <= last; i++) {
        record_walk_t walk;
        if (!record_walk_from(&self->records[i], self->next, &walk))
            return FAIL_CORRUPT;
        while (self->next <= last && record_walk_next(&walk)) {
            fail = segment_writer_add(self->writer, walk.event.data, walk.event.size);
            if (fail)
                return fail;
            self->next++;
        }
    }
    return FAIL_NONE;
}

static fail_t copy_segment(sealer_t *self)
{
    segment_t *segment = NULL;
    fail_t fail =
        segment_writer_open(self->directory, self->number, self->events, false, &self->writer);
    while (!fail && self->next <= (self->number + 1) * self->events)
        fail = atomic_load(&self->stop) ? FAIL_LATER : copy_page(self);
    if (!fail)
        fail = segment_writer_finish(self->writer);
    if (!fail)
        fail = segment_open(self->directory, self->number, self->events, &segment);
    if (!fail)
        fail = segment_check(segment, &self->stop);
    segment_destroy(&segment);
    segment_writer_destroy(&self->writer);
    return fail;
}

static void *run(void *arg)
{
    sealer_t *self = arg;
    self->fail = copy_segment(self);
    atomic_store(&self->done, true);
    return NULL;
}

fail_t sealer_start(journal_reader_t **reader_p, const char *directory, uint64_t number,
                    uint64_t events, sealer_t **ret_sealer)
{
    sealer_t *self = pages_take(sizeof *self);
    fail_t fail = self ? FAIL_NONE : FAIL_FULL;
    if (!fail && strlen(directory) >= sizeof self->directory)
        fail = FAIL_INVALID;
    if (!fail) {
        memcpy(self->directory, directory, strlen(directory) + 1);
        self->reader = *reader_p;
        self->number = number;
        self->events = events;
        self->next = number * events + 1;
        fail = pthread_create(&self->thread, NULL, run, self) ? FAIL_FULL : FAIL_NONE;
    }
    if (fail) {
        if (self)
            pages_give(self, sizeof *self);
        return fail;
    }
    *reader_p = NULL;
    *ret_sealer = self;
    return FAIL_NONE;
}

bool sealer_done(const sealer_t *self, fail_t *ret_fail)
{
    if (!atomic_load(&self->done))
        return false;
    *ret_fail = self->fail;
    return true;
}

void sealer_destroy(sealer_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        atomic_store(&(*self_p)->stop, true);
        (void)pthread_join((*self_p)->thread, NULL);
        journal_reader_destroy(&(*self_p)->reader);
        pages_give(*self_p, sizeof **self_p);
        *self_p = NULL;
    }
}
