#include "store/journal_memory.h"
#include "store/journal_backend.h"
#include "store/record.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

// What a flush makes durable at once. The head is last, so that only its used part is copied.
typedef struct {
    size_t records; // of the disk's
    uint64_t last;
    uint64_t term;
    size_t head_size;
    uint8_t head[JOURNAL_HEAD_MAX];
} state_t;

struct journal_memory {
    pthread_mutex_t lock;
    uint64_t segment_events;
    journal_record_t *records; // each record's bytes are its own allocation and never move
    size_t records_cap;
    state_t now, settled;
    bool settle_by_hand;
    uint64_t generation; // grows at every crash
    uint64_t fail_in;    // appends until the one that fails, 0 for none
    fail_t fail;
    bool fail_durable;
    uint64_t delay_us, took_us;
    uint64_t bytes; // of all records
};

typedef struct {
    journal_t base;
    journal_memory_t *disk;
    uint64_t generation;
} memory_t;

static journal_memory_t *lock(const journal_t *base)
{
    journal_memory_t *disk = ((const memory_t *)base)->disk;
    (void)pthread_mutex_lock(&disk->lock);
    return disk;
}

static fail_t unlock(journal_memory_t *disk, fail_t fail)
{
    (void)pthread_mutex_unlock(&disk->lock);
    return fail;
}

static bool killed(const journal_t *base)
{
    const memory_t *self = (const memory_t *)base;
    return self->generation != self->disk->generation;
}

static void settle(journal_memory_t *disk)
{
    memcpy(&disk->settled, &disk->now, offsetof(state_t, head) + disk->now.head_size);
}

static void drop_records(journal_memory_t *disk, size_t keep)
{
    for (size_t i = keep; i < disk->now.records; i++) {
        disk->bytes -= disk->records[i].bytes.size;
        free((void *)(uintptr_t)disk->records[i].bytes.data);
    }
    disk->now.records = keep;
}

static fail_t memory_lead(journal_t *base, uint64_t *ret_term)
{
    journal_memory_t *disk = lock(base);
    if (killed(base))
        return unlock(disk, FAIL_STORE);
    *ret_term = ++disk->now.term;
    disk->settled.term = disk->now.term;
    base->last = disk->now.last;
    return unlock(disk, FAIL_NONE);
}

static fail_t memory_head(journal_t *base, void *out, size_t cap, size_t *ret_size,
                          uint64_t *ret_last)
{
    journal_memory_t *disk = lock(base);
    if (killed(base))
        return unlock(disk, FAIL_STORE);
    if (disk->now.head_size > cap)
        return unlock(disk, FAIL_FULL);
    if (disk->now.head_size)
        memcpy(out, disk->now.head, disk->now.head_size);
    *ret_size = disk->now.head_size;
    *ret_last = base->last = disk->now.last;
    return unlock(disk, FAIL_NONE);
}

static bool reserve(journal_memory_t *disk, size_t count)
{
    if (disk->now.records + count <= disk->records_cap)
        return true;
    size_t cap = 2 * (disk->now.records + count);
    journal_record_t *records = realloc(disk->records, cap * sizeof *records);
    if (!records)
        return false;
    disk->records = records;
    disk->records_cap = cap;
    return true;
}

static bool store_records(journal_memory_t *disk, const journal_record_t *records, size_t count)
{
    size_t before = disk->now.records;
    if (!reserve(disk, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes = malloc(records[i].bytes.size);
        if (!bytes) {
            drop_records(disk, before);
            return false;
        }
        memcpy(bytes, records[i].bytes.data, records[i].bytes.size);
        disk->records[disk->now.records] = records[i];
        disk->records[disk->now.records++].bytes.data = bytes;
        disk->bytes += records[i].bytes.size;
    }
    return true;
}

static fail_t memory_append(journal_t *base, uint64_t expected, uint64_t term,
                            const journal_record_t *records, size_t count, const void *head,
                            size_t head_size)
{
    journal_memory_t *disk = lock(base);
    if (killed(base))
        return unlock(disk, FAIL_STORE);
    if (term == 0 || term != disk->now.term)
        return unlock(disk, FAIL_FENCED);
    if (expected != disk->now.last)
        return unlock(disk, FAIL_CONFLICT);

    disk->took_us += disk->delay_us;
    fail_t fail = disk->fail_in && --disk->fail_in == 0 ? disk->fail : FAIL_NONE;
    if (fail && (!disk->fail_durable || fail == FAIL_FULL))
        return unlock(disk, fail);
    if (!store_records(disk, records, count))
        return unlock(disk, FAIL_FULL);
    for (size_t i = 0; i < count; i++)
        disk->now.last += records[i].count;
    if (head_size)
        memcpy(disk->now.head, head, head_size);
    disk->now.head_size = head_size;
    if (!disk->settle_by_hand)
        settle(disk);
    if (!fail)
        base->last = disk->now.last;
    return unlock(disk, fail);
}

static fail_t memory_room(journal_t *base, journal_room_t *ret_room)
{
    journal_memory_t *disk = lock(base);
    *ret_room = (journal_room_t){.used_bytes = disk->bytes,
                                 .disk_free_bytes = UINT64_C(1) << 40,
                                 .disk_total_bytes = UINT64_C(1) << 40};
    return unlock(disk, killed(base) ? FAIL_STORE : FAIL_NONE);
}

static fail_t memory_seal(journal_t *base, bool *ret_sealed)
{
    (void)base;
    *ret_sealed = false;
    return FAIL_NONE;
}

static void memory_close(journal_t *base)
{
    free(base);
}

static fail_t memory_reader_open(journal_t *base, journal_reader_t **ret_reader)
{
    (void)base;
    journal_reader_t *reader = calloc(1, sizeof *reader);
    if (!reader)
        return FAIL_FULL;
    *ret_reader = reader;
    return FAIL_NONE;
}

static fail_t memory_reader_last(journal_reader_t *self, uint64_t *ret_last)
{
    journal_memory_t *disk = lock(self->journal);
    if (killed(self->journal))
        return unlock(disk, FAIL_STORE);
    *ret_last = disk->now.last;
    return unlock(disk, FAIL_NONE);
}

// The index of the record that holds the sequence, which must not be beyond the last.
static size_t index_of(const journal_memory_t *disk, uint64_t sequence)
{
    size_t low = 0, high = disk->now.records;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (disk->records[middle].first <= sequence)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static fail_t memory_read(journal_reader_t *self, uint64_t from, size_t bytes_max,
                          journal_visit_fn *visit, void *arg)
{
    for (size_t bytes = 0;;) {
        journal_memory_t *disk = lock(self->journal);
        if (killed(self->journal))
            return unlock(disk, FAIL_STORE);
        if (from > disk->now.last)
            return unlock(disk, bytes ? FAIL_NONE : FAIL_MISSING);
        journal_record_t stored = disk->records[index_of(disk, from)], record;
        (void)unlock(disk, FAIL_NONE);

        if (record_check(stored.bytes.data, stored.bytes.size, &record) ||
            record.first != stored.first || record.count != stored.count)
            return FAIL_CORRUPT; // a bit was flipped
        fail_t fail = visit(&record, arg);
        if (fail)
            return fail;
        from = record.first + record.count;
        bytes += record.bytes.size;
        if (bytes >= bytes_max)
            return FAIL_NONE;
    }
}

static void memory_reader_close(journal_reader_t *self)
{
    free(self);
}

static const journal_backend_t BACKEND = {.lead = memory_lead,
                                          .head = memory_head,
                                          .append = memory_append,
                                          .room = memory_room,
                                          .seal = memory_seal,
                                          .close = memory_close,
                                          .reader_open = memory_reader_open,
                                          .reader_last = memory_reader_last,
                                          .read = memory_read,
                                          .reader_close = memory_reader_close};

fail_t journal_open_memory(journal_memory_t *disk, journal_t **ret_journal)
{
    memory_t *self = calloc(1, sizeof *self);
    if (!self)
        return FAIL_FULL;
    self->base.backend = &BACKEND;
    self->disk = disk;
    (void)lock(&self->base);
    self->base.segment_events = disk->segment_events;
    self->base.last = disk->now.last;
    self->generation = disk->generation;
    (void)unlock(disk, FAIL_NONE);
    *ret_journal = &self->base;
    return FAIL_NONE;
}

fail_t journal_memory_new(uint64_t segment_events, journal_memory_t **ret_disk)
{
    assert((segment_events & (segment_events - 1)) == 0);
    journal_memory_t *self = calloc(1, sizeof *self);
    if (!self)
        return FAIL_FULL;
    (void)pthread_mutex_init(&self->lock, NULL);
    self->segment_events = segment_events ? segment_events : JOURNAL_SEGMENT_EVENTS;
    *ret_disk = self;
    return FAIL_NONE;
}

void journal_memory_destroy(journal_memory_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        drop_records(*self_p, 0);
        free((*self_p)->records);
        (void)pthread_mutex_destroy(&(*self_p)->lock);
        free(*self_p);
        *self_p = NULL;
    }
}

void journal_memory_fail(journal_memory_t *self, uint64_t nth, fail_t fail, bool durable)
{
    (void)pthread_mutex_lock(&self->lock);
    self->fail_in = nth;
    self->fail = fail;
    self->fail_durable = durable;
    (void)unlock(self, FAIL_NONE);
}

void journal_memory_delay(journal_memory_t *self, uint64_t append_us)
{
    (void)pthread_mutex_lock(&self->lock);
    self->delay_us = append_us;
    (void)unlock(self, FAIL_NONE);
}

uint64_t journal_memory_took_us(const journal_memory_t *self)
{
    return self->took_us;
}

void journal_memory_settle_by_hand(journal_memory_t *self, bool by_hand)
{
    (void)pthread_mutex_lock(&self->lock);
    self->settle_by_hand = by_hand;
    (void)unlock(self, FAIL_NONE);
}

void journal_memory_settle(journal_memory_t *self)
{
    (void)pthread_mutex_lock(&self->lock);
    settle(self);
    (void)unlock(self, FAIL_NONE);
}

void journal_memory_crash(journal_memory_t *self, bool keep_unsettled)
{
    (void)pthread_mutex_lock(&self->lock);
    self->generation++;
    if (keep_unsettled)
        settle(self);
    drop_records(self, self->settled.records);
    self->now = self->settled;
    (void)unlock(self, FAIL_NONE);
}

bool journal_memory_flip(journal_memory_t *self, uint64_t sequence, uint64_t bit)
{
    (void)pthread_mutex_lock(&self->lock);
    bool there = sequence >= 1 && sequence <= self->now.last;
    if (there) {
        bytes_t bytes = self->records[index_of(self, sequence)].bytes;
        bit %= UINT64_C(8) * bytes.size;
        ((uint8_t *)(uintptr_t)bytes.data)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    (void)unlock(self, FAIL_NONE);
    return there;
}
