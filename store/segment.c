#include "store/segment.h"
#include "proto/digest.h"
#include "store/segment_format.h"
#include "store/record.h"
#include "store/tree.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

struct segment {
    uint64_t number, events, records;
    hash_t root;
    const uint8_t *map;
    size_t map_size;
    uint64_t index_offset;
    ZSTD_DCtx *unpacker; // of a packed one, else NULL
    uint8_t *record;     // that it made last, JOURNAL_RECORD_MAX bytes
};

fail_t segment_path(const char *directory, uint64_t number, char out[SEGMENT_PATH_MAX])
{
    int size = snprintf(out, SEGMENT_PATH_MAX, "%s/%012" PRIu64 ".segment", directory, number);
    return size < SEGMENT_PATH_MAX ? FAIL_NONE : FAIL_INVALID;
}

static segment_entry_t entry_at(const segment_t *self, uint64_t position)
{
    segment_entry_t entry;
    memcpy(&entry, self->map + self->index_offset + position * sizeof entry, sizeof entry);
    return (segment_entry_t){le64toh(entry.first), le64toh(entry.offset)};
}

// The sequence and the offset at which the record at the position ends.
static segment_entry_t entry_after(const segment_t *self, uint64_t position)
{
    if (position + 1 < self->records)
        return entry_at(self, position + 1);
    return (segment_entry_t){(self->number + 1) * self->events + 1, self->index_offset};
}

static bool footer_fits(segment_t *self, const segment_footer_t *footer)
{
    hash_t digest;
    digest_sha256(footer, offsetof(segment_footer_t, digest), digest.bytes);
    self->records = le64toh(footer->records);
    self->index_offset = le64toh(footer->index_offset);
    self->root = footer->root;
    uint64_t body = self->map_size - sizeof *footer; // the index ends here
    return memcmp(digest.bytes, footer->digest.bytes, sizeof digest.bytes) == 0 &&
           memcmp(footer->magic, SEGMENT_FOOTER_MAGIC, sizeof footer->magic) == 0 &&
           le64toh(footer->number) == self->number && le64toh(footer->events) == self->events &&
           self->records >= 1 && self->records <= self->events && self->index_offset <= body &&
           (body - self->index_offset) / sizeof(segment_entry_t) == self->records &&
           (body - self->index_offset) % sizeof(segment_entry_t) == 0;
}

// That the records lie one after the other from the head to the index, each of a possible size.
static bool index_fits(const segment_t *self, const segment_footer_t *footer)
{
    hash_t digest;
    digest_sha256(self->map + self->index_offset, self->records * sizeof(segment_entry_t),
                  digest.bytes);
    if (memcmp(digest.bytes, footer->index_digest.bytes, sizeof digest.bytes) != 0)
        return false;
    segment_entry_t entry = entry_at(self, 0);
    if (entry.first != self->number * self->events + 1 || entry.offset != sizeof(segment_head_t))
        return false;
    for (uint64_t i = 0; i < self->records; i++) {
        segment_entry_t next = entry_after(self, i);
        if (next.first <= entry.first || next.offset <= entry.offset ||
            next.offset - entry.offset > JOURNAL_RECORD_MAX)
            return false;
        entry = next;
    }
    return true;
}

static bool make_unpacker(segment_t *self)
{
    self->unpacker = ZSTD_createDCtx();
    self->record = malloc(JOURNAL_RECORD_MAX);
    return self->unpacker && self->record;
}

static bool file_fits(segment_t *self)
{
    segment_head_t head;
    segment_footer_t footer;
    if (self->map_size < sizeof head + sizeof footer)
        return false;
    memcpy(&head, self->map, sizeof head);
    bool packed = memcmp(head.magic, SEGMENT_PACKED_MAGIC, sizeof head.magic) == 0;
    if (packed && !make_unpacker(self))
        return false;
    memcpy(&footer, self->map + self->map_size - sizeof footer, sizeof footer);
    return (packed || memcmp(head.magic, SEGMENT_HEAD_MAGIC, sizeof head.magic) == 0) &&
           le64toh(head.number) == self->number && le64toh(head.events) == self->events &&
           footer_fits(self, &footer) && index_fits(self, &footer);
}

static fail_t map_file(segment_t *self, const char *path)
{
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    fail_t fail = fstat(fd, &stat) ? FAIL_STORE : stat.st_size <= 0 ? FAIL_CORRUPT : FAIL_NONE;
    if (!fail) {
        void *map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED) {
            fail = FAIL_STORE;
        } else {
            self->map = map;
            self->map_size = (size_t)stat.st_size;
        }
    }
    (void)close(fd);
    return fail;
}

fail_t segment_open(const char *directory, uint64_t number, uint64_t events,
                    segment_t **ret_segment)
{
    char path[SEGMENT_PATH_MAX];
    fail_t fail = segment_path(directory, number, path);
    if (fail)
        return fail;
    segment_t *self = calloc(1, sizeof *self);
    if (!self)
        return FAIL_FULL;
    self->number = number;
    self->events = events;
    fail = map_file(self, path);
    if (!fail && !file_fits(self))
        fail = FAIL_CORRUPT;
    if (fail)
        segment_destroy(&self);
    else
        *ret_segment = self;
    return fail;
}

void segment_destroy(segment_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        if ((*self_p)->map)
            (void)munmap((void *)(uintptr_t)(*self_p)->map, (*self_p)->map_size);
        (void)ZSTD_freeDCtx((*self_p)->unpacker);
        free((*self_p)->record);
        free(*self_p);
        *self_p = NULL;
    }
}

uint64_t segment_number(const segment_t *self)
{
    return self->number;
}

uint64_t segment_events(const segment_t *self)
{
    return self->events;
}

const hash_t *segment_root(const segment_t *self)
{
    return &self->root;
}

size_t segment_records(const segment_t *self)
{
    return self->records;
}

const uint8_t *segment_file(const segment_t *self, size_t *ret_size)
{
    *ret_size = self->map_size;
    return self->map;
}

bool segment_same(const segment_t *self, const segment_t *other)
{
    size_t size = self->map_size, footer = size - sizeof(segment_footer_t);
    return size == other->map_size &&
           memcmp(self->map + footer, other->map + footer, sizeof(segment_footer_t)) == 0;
}

static bool unpack(const segment_t *self, bytes_t *bytes)
{
    size_t size = ZSTD_decompressDCtx(self->unpacker, self->record, JOURNAL_RECORD_MAX, bytes->data,
                                      bytes->size);
    if (ZSTD_isError(size))
        return false;
    *bytes = (bytes_t){self->record, (uint32_t)size};
    return true;
}

fail_t segment_record(const segment_t *self, size_t position, journal_record_t *ret_record)
{
    assert(position < self->records);
    segment_entry_t entry = entry_at(self, position), next = entry_after(self, position);
    journal_record_t record;
    bytes_t bytes = {self->map + entry.offset, (uint32_t)(next.offset - entry.offset)};
    if (self->unpacker && !unpack(self, &bytes))
        return FAIL_CORRUPT;
    if (record_check(bytes.data, bytes.size, &record) || record.first != entry.first ||
        record.count != next.first - entry.first)
        return FAIL_CORRUPT;
    *ret_record = record;
    return FAIL_NONE;
}

size_t segment_find(const segment_t *self, uint64_t sequence)
{
    assert(sequence > self->number * self->events);
    assert(sequence <= (self->number + 1) * self->events);
    uint64_t low = 0, high = self->records;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (entry_at(self, middle).first <= sequence)
            low = middle;
        else
            high = middle;
    }
    return low;
}

fail_t segment_check(const segment_t *self, const atomic_bool *stop)
{
    tree_t tree = {0};
    hash_t root;
    for (size_t i = 0; i < self->records; i++) {
        journal_record_t record;
        if (stop && atomic_load(stop))
            return FAIL_LATER;
        fail_t fail = segment_record(self, i, &record);
        if (fail)
            return fail;
        record_hash(&record, &tree);
    }
    tree_root(&tree, &root);
    return memcmp(&root, &self->root, sizeof root) == 0 ? FAIL_NONE : FAIL_CORRUPT;
}
