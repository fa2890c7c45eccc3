#include "store/memory/journal_memory.h"
#include "store/journal_backend.h"
#include "store/memory/memory_rows.h"
#include "store/record.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

// Records in order; each record's bytes are their own allocation and never move.
typedef struct {
    journal_record_t *records;
    size_t cap;
} shelf_t;

// What a flush makes durable at once. The head is last, so that only its used part is copied.
typedef struct {
    size_t records;  // of the live shelf
    size_t cleared;  // of these, which have left for a segment
    size_t packed;   // of the sealed shelf
    uint64_t sealed; // events
    uint64_t last;
    uint64_t term;
    size_t head_size;
    uint8_t head[JOURNAL_HEAD_MAX];
} state_t;

enum { NAME_MAX_BYTES = 64 };

struct journal_memory {
    pthread_mutex_t lock;
    char name[NAME_MAX_BYTES]; // "" if it can only be opened by its pointer
    journal_memory_t *next;    // of the named ones
    uint64_t segment_events;
    shelf_t live, sealed; // what was appended; the same, packed anew, of full segments
    size_t freed;         // of the live shelf's: no crash brings them back
    state_t now, settled;
    memory_rows_t rows; // of the side store
    bool settle_by_hand;
    uint64_t generation; // grows at every crash
    uint64_t fail_in;    // appends until the one that fails, 0 for none
    fail_t fail;
    bool fail_durable;
    uint64_t delay_us, took_us;
    uint64_t bytes; // of the live records
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

static void free_record(journal_record_t *record)
{
    free((void *)(uintptr_t)record->bytes.data);
    record->bytes.data = NULL;
}

static void settle(journal_memory_t *disk)
{
    memory_rows_settle(&disk->rows);
    memcpy(&disk->settled, &disk->now, offsetof(state_t, head) + disk->now.head_size);
    for (; disk->freed < disk->settled.cleared; disk->freed++)
        free_record(&disk->live.records[disk->freed]);
}

static void drop_live(journal_memory_t *disk, size_t keep)
{
    for (size_t i = keep; i < disk->now.records; i++) {
        disk->bytes -= disk->live.records[i].bytes.size;
        free_record(&disk->live.records[i]);
    }
    disk->now.records = keep;
}

static void drop_packed(journal_memory_t *disk, size_t keep)
{
    for (size_t i = keep; i < disk->now.packed; i++)
        free_record(&disk->sealed.records[i]);
    disk->now.packed = keep;
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

static fail_t copy_head(journal_t *base, void *out, size_t cap, size_t *ret_size,
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
    *ret_last = disk->now.last;
    return unlock(disk, FAIL_NONE);
}

static fail_t memory_head(journal_t *base, void *out, size_t cap, size_t *ret_size,
                          uint64_t *ret_last)
{
    fail_t fail = copy_head(base, out, cap, ret_size, ret_last);
    if (!fail)
        base->last = *ret_last;
    return fail;
}

// Puts a copy of the record at `place` of a shelf. False if memory is out.
static bool put(shelf_t *shelf, size_t place, const journal_record_t *record)
{
    if (place == shelf->cap) {
        size_t cap = shelf->cap ? 2 * shelf->cap : 64;
        journal_record_t *records = realloc(shelf->records, cap * sizeof *records);
        if (!records)
            return false;
        shelf->records = records;
        shelf->cap = cap;
    }
    uint8_t *bytes = malloc(record->bytes.size);
    if (!bytes)
        return false;
    memcpy(bytes, record->bytes.data, record->bytes.size);
    shelf->records[place] = *record;
    shelf->records[place].bytes.data = bytes;
    return true;
}

static bool store_records(journal_memory_t *disk, const journal_record_t *records, size_t count)
{
    size_t before = disk->now.records;
    for (size_t i = 0; i < count; i++) {
        if (!put(&disk->live, disk->now.records, &records[i])) {
            drop_live(disk, before);
            return false;
        }
        disk->now.records++;
        disk->bytes += records[i].bytes.size;
    }
    return true;
}

static bool has_leftover(const journal_memory_t *disk)
{
    return disk->now.cleared < disk->now.records &&
           disk->live.records[disk->now.cleared].first <= disk->now.sealed;
}

// Removes live records that lie in a segment, at least one and about `bytes` of them.
static void clear(journal_memory_t *disk, uint64_t bytes)
{
    for (uint64_t removed = 0; removed <= bytes && has_leftover(disk); disk->now.cleared++) {
        uint32_t size = disk->live.records[disk->now.cleared].bytes.size;
        removed += size;
        disk->bytes -= size;
    }
}

static fail_t memory_append(journal_t *base, uint64_t expected, uint64_t term,
                            const journal_record_t *records, size_t count, const void *head,
                            size_t head_size, const journal_row_t *rows, size_t rows_count)
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
    uint64_t added = 0;
    for (size_t i = 0; i < count; i++) {
        disk->now.last += records[i].count;
        added += records[i].bytes.size;
    }
    if (has_leftover(disk))
        clear(disk, journal_cleared_by(base, added));
    memory_rows_change(&disk->rows, rows, rows_count);
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
                                 .disk_total_bytes = UINT64_C(1) << 40,
                                 .sealed_events = disk->now.sealed,
                                 .leftover = has_leftover(disk)};
    return unlock(disk, killed(base) ? FAIL_STORE : FAIL_NONE);
}

// The record of a shelf's first `count` that holds the sequence, which must be in one of them.
static const journal_record_t *record_in(const shelf_t *shelf, size_t low, size_t count,
                                         uint64_t sequence)
{
    for (size_t high = count; high - low > 1;) {
        size_t middle = low + (high - low) / 2;
        if (shelf->records[middle].first <= sequence)
            low = middle;
        else
            high = middle;
    }
    return &shelf->records[low];
}

// What is sealed is found in its segment, also while it is still live.
static const journal_record_t *record_with(const journal_memory_t *disk, uint64_t sequence)
{
    return sequence > disk->now.sealed
               ? record_in(&disk->live, disk->now.cleared, disk->now.records, sequence)
               : record_in(&disk->sealed, 0, disk->now.packed, sequence);
}

// Packs the events up to `last`, which follow the sealed ones, as a segment's file has them.
static bool pack(journal_memory_t *disk, uint64_t last)
{
    static _Thread_local uint8_t buffer[RECORD_TARGET];
    size_t packed = disk->now.packed;
    record_builder_t builder;
    record_builder_begin(&builder, buffer, sizeof buffer, disk->now.sealed + 1,
                         disk->segment_events);
    for (uint64_t next = disk->now.sealed + 1; next <= last;) {
        const journal_record_t *live = record_with(disk, next);
        bytes_t event = record_event(live, (uint32_t)(next - live->first));
        bool added = record_builder_add(&builder, event.data, event.size);
        next += added;
        if (added && next <= last)
            continue;
        journal_record_t record = record_builder_end(&builder);
        if (!put(&disk->sealed, disk->now.packed, &record)) {
            drop_packed(disk, packed);
            return false;
        }
        disk->now.packed++;
        record_builder_begin(&builder, buffer, sizeof buffer, next, disk->segment_events);
    }
    disk->now.sealed = last;
    return true;
}

static fail_t memory_seal(journal_t *base, bool idle, bool *ret_sealed)
{
    journal_memory_t *disk = lock(base);
    *ret_sealed = false;
    if (killed(base))
        return unlock(disk, FAIL_STORE);
    bool full = disk->now.last - disk->now.sealed >= disk->segment_events;
    bool clears = has_leftover(disk) && idle;
    if (clears)
        clear(disk, journal_piece_bytes(base));
    else if (full && !pack(disk, disk->now.sealed + disk->segment_events))
        return unlock(disk, FAIL_FULL);
    else if (full) {
        clear(disk, journal_piece_bytes(base));
        *ret_sealed = true;
    }
    if (clears || full) // a commit of its own; there is none between an append and its flush
        settle(disk);
    return unlock(disk, FAIL_NONE);
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

static fail_t memory_reader_head(journal_reader_t *self, void *out, size_t cap, size_t *ret_size,
                                 uint64_t *ret_last)
{
    return copy_head(self->journal, out, cap, ret_size, ret_last);
}

// The lock is held while a record is visited: an append may free what it clears.
static fail_t memory_read(journal_reader_t *self, uint64_t from, size_t bytes_max,
                          journal_visit_fn *visit, void *arg)
{
    for (size_t bytes = 0; bytes < bytes_max || bytes == 0;) {
        journal_memory_t *disk = lock(self->journal);
        if (killed(self->journal))
            return unlock(disk, FAIL_STORE);
        if (from > disk->now.last)
            return unlock(disk, bytes ? FAIL_NONE : FAIL_MISSING);
        const journal_record_t *stored = record_with(disk, from);
        journal_record_t record;
        if (record_check(stored->bytes.data, stored->bytes.size, &record) ||
            record.first != stored->first || record.count != stored->count)
            return unlock(disk, FAIL_CORRUPT); // a bit was flipped
        fail_t fail = unlock(disk, visit(&record, arg));
        if (fail)
            return fail;
        from = record.first + record.count;
        bytes += record.bytes.size;
    }
    return FAIL_NONE;
}

static fail_t visit_rows(journal_reader_t *self, const uid_t16 *from, size_t bytes_max,
                         journal_row_fn *visit, void *arg)
{
    journal_memory_t *disk = lock(self->journal);
    fail_t fail = killed(self->journal) ? FAIL_STORE : FAIL_NONE;
    fail = fail ? fail : memory_rows_visit(&disk->rows, from, bytes_max, visit, arg);
    return unlock(disk, fail);
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
                                          .reader_head = memory_reader_head,
                                          .read = memory_read,
                                          .rows = visit_rows,
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

// The disks that have a name.
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static journal_memory_t *named;

static journal_memory_t **find_named(const char *name)
{
    journal_memory_t **place = &named;
    while (*place && strcmp((*place)->name, name) != 0)
        place = &(*place)->next;
    return place;
}

fail_t journal_memory_name(journal_memory_t *self, const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size >= sizeof self->name || *self->name)
        return FAIL_INVALID;
    (void)pthread_mutex_lock(&names_lock);
    journal_memory_t **place = find_named(name);
    fail_t fail = *place ? FAIL_CONFLICT : FAIL_NONE;
    if (!fail) {
        memcpy(self->name, name, size + 1);
        *place = self;
    }
    (void)pthread_mutex_unlock(&names_lock);
    return fail;
}

static void forget_name(const journal_memory_t *self)
{
    if (!*self->name)
        return;
    (void)pthread_mutex_lock(&names_lock);
    *find_named(self->name) = self->next;
    (void)pthread_mutex_unlock(&names_lock);
}

fail_t journal_memory_open_named(const char *name, const journal_options_t *options,
                                 journal_t **ret_journal)
{
    (void)options;
    (void)pthread_mutex_lock(&names_lock);
    journal_memory_t *disk = *find_named(name);
    (void)pthread_mutex_unlock(&names_lock);
    return disk ? journal_open_memory(disk, ret_journal) : FAIL_MISSING;
}

fail_t journal_memory_prepare(const char *name, bool create, journal_needs_t *ret_needs)
{
    (void)name;
    (void)create;
    (void)ret_needs;
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
        forget_name(*self_p);
        settle(*self_p);
        memory_rows_release(&(*self_p)->rows);
        drop_live(*self_p, (*self_p)->freed);
        drop_packed(*self_p, 0);
        free((*self_p)->live.records);
        free((*self_p)->sealed.records);
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
    memory_rows_undo(&self->rows);
    drop_live(self, self->settled.records);
    drop_packed(self, self->settled.packed);
    for (size_t i = self->settled.cleared; i < self->now.cleared; i++)
        self->bytes += self->live.records[i].bytes.size; // they were never removed
    self->now = self->settled;
    (void)unlock(self, FAIL_NONE);
}

bool journal_memory_flip(journal_memory_t *self, uint64_t sequence, uint64_t bit)
{
    (void)pthread_mutex_lock(&self->lock);
    bool there = sequence >= 1 && sequence <= self->now.last;
    if (there) {
        bytes_t bytes = record_with(self, sequence)->bytes;
        bit %= UINT64_C(8) * bytes.size;
        ((uint8_t *)(uintptr_t)bytes.data)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    (void)unlock(self, FAIL_NONE);
    return there;
}
