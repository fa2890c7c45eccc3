#include "proto/digest.h"
#include "store/file.h"
#include "store/pages.h"
#include "store/record.h"
#include "store/segment.h"
#include "store/segment_format.h"
#include "store/tree.h"
#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

_Static_assert(ZSTD_COMPRESSBOUND(RECORD_TARGET) <= RECORD_TARGET + 1024, "PACKED_MORE");

enum {
    BUFFER_SIZE = 1 << 20,
    PACKED_MORE = 1024, // that a record may grow by packing
    PACK_LEVEL = 3,
    // Flushed every so often, so that the journal's own flushes never queue behind a gigabyte.
    FLUSH_BYTES = 16 << 20
};

struct segment_writer {
    uint64_t number, events, next; // next: sequence of the next event
    tree_t tree;
    record_builder_t builder; // in buffer, behind what is packed
    segment_entry_t *index;   // little-endian already
    size_t records, records_cap;
    uint64_t offset; // in the file, of the record being built
    size_t packed;   // bytes of finished records in buffer
    uint64_t unflushed;
    int directory_fd, fd;
    char name[64];
    ZSTD_CCtx *packer; // NULL: records are written as they are
    uint8_t packing[RECORD_TARGET];
    uint8_t buffer[BUFFER_SIZE + PACKED_MORE];
};

static fail_t write_all(segment_writer_t *self, const void *data, size_t size)
{
    self->unflushed += size;
    fail_t fail = file_write(self->fd, data, size);
    if (fail || self->unflushed < FLUSH_BYTES)
        return fail;
    self->unflushed = 0;
    return fdatasync(self->fd) ? file_failure() : FAIL_NONE;
}

static void begin_record(segment_writer_t *self)
{
    record_builder_begin(&self->builder, self->buffer + self->packed, RECORD_TARGET, self->next,
                         self->events);
}

// Each frame has a digest of its own, so that who reads a spoiled one notices it.
static bool make_packer(segment_writer_t *self)
{
    self->packer = ZSTD_createCCtx();
    return self->packer &&
           !ZSTD_isError(
               ZSTD_CCtx_setParameter(self->packer, ZSTD_c_compressionLevel, PACK_LEVEL)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(self->packer, ZSTD_c_checksumFlag, 1));
}

fail_t segment_writer_open(const char *directory, uint64_t number, uint64_t events, bool packs,
                           segment_writer_t **ret_writer)
{
    segment_writer_t *self = pages_take(sizeof *self);
    if (!self)
        return FAIL_FULL;
    self->number = number;
    self->events = events;
    self->next = number * events + 1;
    self->fd = -1;
    (void)snprintf(self->name, sizeof self->name, "%012" PRIu64 ".tmp", number);
    self->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->directory_fd >= 0)
        self->fd =
            openat(self->directory_fd, self->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    segment_head_t head = {.number = htole64(number), .events = htole64(events)};
    memcpy(head.magic, packs ? SEGMENT_PACKED_MAGIC : SEGMENT_HEAD_MAGIC, sizeof head.magic);
    fail_t fail = packs && !make_packer(self) ? FAIL_FULL
                  : self->fd < 0              ? file_failure()
                                              : write_all(self, &head, sizeof head);
    if (fail) {
        segment_writer_destroy(&self);
        return fail;
    }
    self->offset = sizeof head;
    begin_record(self);
    *ret_writer = self;
    return FAIL_NONE;
}

// Puts the record's frame in its place; 0 if memory is out.
static size_t pack(segment_writer_t *self, const journal_record_t *record)
{
    memcpy(self->packing, record->bytes.data, record->bytes.size);
    size_t size =
        ZSTD_compress2(self->packer, self->buffer + self->packed,
                       sizeof self->buffer - self->packed, self->packing, record->bytes.size);
    return ZSTD_isError(size) ? 0 : size;
}

static fail_t end_record(segment_writer_t *self)
{
    if (self->records == self->records_cap) {
        size_t cap = self->records_cap ? 2 * self->records_cap : 1024;
        segment_entry_t *index = realloc(self->index, cap * sizeof *index);
        if (!index)
            return FAIL_FULL;
        self->index = index;
        self->records_cap = cap;
    }
    journal_record_t record = record_builder_end(&self->builder);
    record_hash(&record, &self->tree);
    self->index[self->records++] = (segment_entry_t){htole64(record.first), htole64(self->offset)};
    size_t size = self->packer ? pack(self, &record) : record.bytes.size;
    if (!size)
        return FAIL_FULL;
    self->offset += size;
    self->packed += size;
    fail_t fail = FAIL_NONE;
    if (self->packed + RECORD_TARGET > BUFFER_SIZE) {
        fail = write_all(self, self->buffer, self->packed);
        self->packed = 0;
    }
    begin_record(self);
    return fail;
}

fail_t segment_writer_add(segment_writer_t *self, const void *event, size_t size)
{
    assert(self->next <= (self->number + 1) * self->events);
    if (!record_builder_add(&self->builder, event, size)) {
        fail_t fail = self->builder.count ? end_record(self) : FAIL_CORRUPT;
        if (fail)
            return fail;
        if (!record_builder_add(&self->builder, event, size))
            return FAIL_CORRUPT; // fits into no record
    }
    self->next++;
    return FAIL_NONE;
}

static fail_t write_index(segment_writer_t *self)
{
    segment_footer_t footer = {.number = htole64(self->number),
                               .events = htole64(self->events),
                               .records = htole64(self->records),
                               .index_offset = htole64(self->offset)};
    size_t index_size = self->records * sizeof *self->index;
    memcpy(footer.magic, SEGMENT_FOOTER_MAGIC, sizeof footer.magic);
    tree_root(&self->tree, &footer.root);
    digest_sha256(self->index, index_size, footer.index_digest.bytes);
    digest_sha256(&footer, offsetof(segment_footer_t, digest), footer.digest.bytes);
    fail_t fail = write_all(self, self->index, index_size);
    return fail ? fail : write_all(self, &footer, sizeof footer);
}

fail_t segment_writer_finish(segment_writer_t *self)
{
    assert(self->next == (self->number + 1) * self->events + 1);
    char path[SEGMENT_PATH_MAX];
    fail_t fail = segment_path(".", self->number, path);
    if (!fail)
        fail = end_record(self);
    if (!fail)
        fail = write_all(self, self->buffer, self->packed);
    if (!fail)
        fail = write_index(self);
    if (!fail &&
        (fsync(self->fd) || renameat(self->directory_fd, self->name, self->directory_fd, path) ||
         fsync(self->directory_fd)))
        fail = file_failure();
    if (!fail) {
        // Who reads it back now reads what the disk has, not what we remember of it.
        (void)posix_fadvise(self->fd, 0, 0, POSIX_FADV_DONTNEED);
        (void)close(self->fd);
        self->fd = -1;
    }
    return fail;
}

void segment_writer_destroy(segment_writer_t **self_p)
{
    assert(self_p);
    segment_writer_t *self = *self_p;
    if (self) {
        if (self->fd >= 0) {
            (void)close(self->fd);
            (void)unlinkat(self->directory_fd, self->name, 0);
        }
        if (self->directory_fd >= 0)
            (void)close(self->directory_fd);
        (void)ZSTD_freeCCtx(self->packer);
        free(self->index);
        pages_give(self, sizeof *self);
        *self_p = NULL;
    }
}
