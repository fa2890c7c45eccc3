#include "services/base/walk.h"
#include <assert.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024, SMALL_BYTES = 4096, PARTS_FIRST = 64 };

// --- saving ---

static void add_part(walk_t *self, const void *data, size_t size)
{
    digest_part_t *last = self->parts_count ? &self->parts[self->parts_count - 1] : NULL;
    if (last && (const uint8_t *)last->data + last->size == data) {
        last->size += size;
        return;
    }
    if (self->parts_count == self->parts_cap) {
        self->parts_cap = self->parts_cap ? self->parts_cap * 2 : PARTS_FIRST;
        self->parts = realloc(self->parts, self->parts_cap * sizeof *self->parts);
        assert(self->parts);
    }
    self->parts[self->parts_count++] = (digest_part_t){data, size};
}

static uint8_t *block_room(walk_t *self, size_t size)
{
    if (!self->blocks_count || self->block_used + size > BLOCK_BYTES) {
        self->blocks = realloc(self->blocks, (self->blocks_count + 1) * sizeof *self->blocks);
        assert(self->blocks);
        self->blocks[self->blocks_count] = malloc(BLOCK_BYTES);
        assert(self->blocks[self->blocks_count]);
        self->blocks_count++;
        self->block_used = 0;
    }
    uint8_t *room = self->blocks[self->blocks_count - 1] + self->block_used;
    self->block_used += size;
    return room;
}

static void save(walk_t *self, const void *data, size_t size)
{
    if (!size)
        return;
    const void *part = data;
    if (size <= SMALL_BYTES)
        part = memcpy(block_room(self, size), data, size);
    add_part(self, part, size);
}

// --- loading ---

bool walk_fits(walk_t *self, uint64_t count, size_t row_size)
{
    if (self->fail || count > self->left / row_size)
        self->fail = FAIL_CORRUPT;
    return !self->fail;
}

static void load(walk_t *self, void *data, size_t size)
{
    if (!size || !walk_fits(self, 1, size))
        return;
    memcpy(data, self->at, size);
    self->at += size;
    self->left -= size;
}

fail_t walk_end(walk_t *self)
{
    if (self->left)
        self->fail = FAIL_CORRUPT;
    return self->fail;
}

// --- the shape ---

static void see(walk_t *self, const void *at, size_t size)
{
    if (!size)
        return;
    assert(self->ranges_count < WALK_RANGES_MAX);
    self->ranges[self->ranges_count].at = at;
    self->ranges[self->ranges_count++].size = size;
}

static void mix(walk_t *self, const void *data, size_t size)
{
    hash_t before = self->shape;
    digest_sha256_2(before.bytes, sizeof before.bytes, data, size, self->shape.bytes);
}

static void mix_field(walk_t *self, const char *name, const void *mask, size_t size)
{
    uint64_t number = size;
    mix(self, name, strlen(name));
    mix(self, &number, sizeof number);
    if (mask)
        mix(self, mask, size);
}

static void mix_row(walk_t *self, const char *name, size_t row_size, walk_clear_fn *clear)
{
    uint8_t *mask = malloc(row_size);
    assert(mask);
    memset(mask, 0xff, row_size);
    if (clear)
        clear(mask);
    mix_field(self, name, mask, row_size);
    free(mask);
}

// How many bytes from this one on were seen together.
static size_t seen_from(const walk_t *self, const uint8_t *byte)
{
    for (size_t i = 0; i < self->ranges_count; i++)
        if (byte >= self->ranges[i].at && byte < self->ranges[i].at + self->ranges[i].size)
            return (size_t)(self->ranges[i].at + self->ranges[i].size - byte);
    return 0;
}

// What was seen of a struct that is whole needs no places any more.
static void forget_within(walk_t *self, const uint8_t *at, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->ranges_count; i++) {
        const uint8_t *from = self->ranges[i].at;
        if (from < at || from + self->ranges[i].size > at + size)
            self->ranges[kept++] = self->ranges[i];
    }
    self->ranges_count = kept;
}

void walk_whole(walk_t *self, const char *type, const void *value, const void *mask, size_t size)
{
    if (self->kind != WALK_SHAPE || !WALK_KNOWS_PADDING)
        return;
    for (size_t i = 0, seen; i < size && !self->missed; i += seen ? seen : 1) {
        seen = seen_from(self, (const uint8_t *)value + i);
        if (!seen && ((const uint8_t *)mask)[i]) {
            self->missed = type;
            self->missed_at = i;
        }
    }
    mix_field(self, type, mask, size);
    forget_within(self, value, size);
    see(self, value, size);
}

// --- all three ---

void walk_value(walk_t *self, const char *name, void *value, size_t size)
{
    switch (self->kind) {
    case WALK_SHAPE:
        see(self, value, size);
        mix_field(self, name, NULL, size);
        break;
    case WALK_SAVE:
        save(self, value, size);
        break;
    case WALK_LOAD:
        load(self, value, size);
        break;
    }
}

void walk_rows(walk_t *self, const char *name, void *rows, size_t row_size, size_t count,
               walk_clear_fn *clear)
{
    switch (self->kind) {
    case WALK_SHAPE:
        see(self, rows, row_size * count);
        mix_row(self, name, row_size, clear);
        break;
    case WALK_SAVE:
        for (size_t i = 0; i < count && clear; i++)
            clear((uint8_t *)rows + i * row_size);
        save(self, rows, count * row_size);
        break;
    case WALK_LOAD:
        load(self, rows, count * row_size);
        break;
    }
}

void walk_pass(walk_t *self, const void *value, size_t size)
{
    if (self->kind == WALK_SHAPE)
        see(self, value, size);
}

void walk_same(walk_t *self, const char *name, const void *value, size_t size)
{
    if (self->kind == WALK_SHAPE)
        see(self, value, size);
    if (self->kind == WALK_SHAPE)
        mix_field(self, name, NULL, size);
    if (self->kind == WALK_SAVE)
        save(self, value, size);
    if (self->kind != WALK_LOAD || !walk_fits(self, 1, size))
        return;
    if (memcmp(self->at, value, size) != 0)
        self->fail = FAIL_MISMATCH;
    self->at += size;
    self->left -= size;
}

uint64_t walk_bytes(const walk_t *self)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < self->parts_count; i++)
        bytes += self->parts[i].size;
    return bytes;
}

void walk_digest(const walk_t *self, hash_t *ret_digest)
{
    uint8_t digest[DIGEST_SIZE_MAX];
    (void)digest_parts(DIGEST_SHA256, self->parts, self->parts_count, digest);
    memcpy(ret_digest->bytes, digest, sizeof ret_digest->bytes);
}

void walk_release(walk_t *self)
{
    for (size_t i = 0; i < self->blocks_count; i++)
        free(self->blocks[i]);
    free(self->blocks);
    free(self->parts);
    self->blocks = NULL;
    self->parts = NULL;
    self->blocks_count = self->parts_count = self->parts_cap = self->block_used = 0;
}
