#include "services/node/head.h"
#include "proto/digest.h"
#include "proto/wire.h"

// Version 1 had no digest behind it, version 2 no clocks, and is read as one that knows none.
enum { HEAD_VERSION = 3, HEAD_FIELDS = 12, WITHOUT_CLOCKS = 2, OLD_FIELDS = 8, CURSOR_FIELDS = 5 };

size_t head_encode(const head_t *self, void *out, size_t cap)
{
    uint8_t saved[TREE_SAVED_MAX];
    pack_t pack;
    if (cap < DIGEST_SHA256_SIZE)
        return 0;
    pack_start(&pack, out, cap - DIGEST_SHA256_SIZE);
    pack_array(&pack, HEAD_FIELDS);
    pack_u64(&pack, HEAD_VERSION);
    pack_u64(&pack, self->epoch);
    pack_u64(&pack, self->term);
    pack_u64(&pack, self->last);
    pack_i64(&pack, self->time);
    pack_bytes(&pack, saved, tree_save(&self->tree, saved));
    pack_bytes(&pack, saved, tree_save(&self->tail, saved));
    pack_array(&pack, self->cursors_count);
    for (size_t i = 0; i < self->cursors_count; i++) {
        const cursor_t *cursor = &self->cursors[i];
        pack_array(&pack, CURSOR_FIELDS);
        pack_u64(&pack, cursor->stream);
        pack_u64(&pack, cursor->epoch);
        pack_u64(&pack, cursor->sequence);
        pack_hash(&pack, &cursor->leaf);
        pack_i64(&pack, cursor->through);
    }
    pack_uid(&pack, &self->clock.boot);
    pack_i64(&pack, self->clock.now);
    pack_i64(&pack, self->clock.monotonic);
    pack_i64(&pack, self->clock.crept_us);
    size_t size = pack_end(&pack);
    if (!size)
        return 0;
    digest_sha256(out, size, (uint8_t *)out + size);
    return size + DIGEST_SHA256_SIZE;
}

static bool is_intact(const uint8_t *data, size_t size)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    digest_sha256(data, size, digest);
    return memcmp(digest, data + size, sizeof digest) == 0;
}

fail_t head_decode(const void *data, size_t size, head_t *ret_head)
{
    wire_t wire;
    if (size < DIGEST_SHA256_SIZE)
        return FAIL_CORRUPT;
    size -= DIGEST_SHA256_SIZE;
    wire_start(&wire, data, size);
    uint64_t version = 0;
    bytes_t tree, tail;
    memset(ret_head, 0, sizeof *ret_head);
    uint32_t fields = wire_array(&wire, HEAD_FIELDS);
    if (wire.fail)
        return FAIL_CORRUPT;
    wire_u64(&wire, &version);
    if (!wire.fail && version != HEAD_VERSION && version != WITHOUT_CLOCKS)
        return FAIL_VERSION;
    bool clocks = version == HEAD_VERSION;
    if (fields != (clocks ? HEAD_FIELDS : OLD_FIELDS) || !is_intact(data, size))
        return FAIL_CORRUPT;
    wire_u64(&wire, &ret_head->epoch);
    wire_u64(&wire, &ret_head->term);
    wire_u64(&wire, &ret_head->last);
    wire_i64(&wire, &ret_head->time);
    wire_bytes(&wire, &tree);
    wire_bytes(&wire, &tail);
    size_t count = wire_array(&wire, HEAD_CURSORS_MAX);
    for (size_t i = 0; i < count && !wire.fail; i++) {
        cursor_t *cursor = &ret_head->cursors[i];
        if (wire_array(&wire, CURSOR_FIELDS) != CURSOR_FIELDS)
            return FAIL_CORRUPT;
        wire_u64(&wire, &cursor->stream);
        wire_u64(&wire, &cursor->epoch);
        wire_u64(&wire, &cursor->sequence);
        wire_hash(&wire, &cursor->leaf);
        wire_i64(&wire, &cursor->through);
    }
    if (clocks) {
        wire_uid(&wire, &ret_head->clock.boot);
        wire_i64(&wire, &ret_head->clock.now);
        wire_i64(&wire, &ret_head->clock.monotonic);
        wire_i64(&wire, &ret_head->clock.crept_us);
    }
    if (wire_end(&wire) || tree_load(tree.data, tree.size, &ret_head->tree) ||
        tree_load(tail.data, tail.size, &ret_head->tail) || ret_head->tree.size != ret_head->last ||
        ret_head->tail.size > ret_head->last)
        return FAIL_CORRUPT;
    ret_head->cursors_count = count;
    return FAIL_NONE;
}

cursor_t *head_cursor(head_t *self, stream_t stream)
{
    for (size_t i = 0; i < self->cursors_count; i++)
        if (self->cursors[i].stream == stream)
            return &self->cursors[i];
    return NULL;
}

cursor_t *head_cursor_make(head_t *self, stream_t stream)
{
    cursor_t *cursor = head_cursor(self, stream);
    if (!cursor && self->cursors_count < HEAD_CURSORS_MAX) {
        cursor = &self->cursors[self->cursors_count++];
        *cursor = (cursor_t){.stream = stream};
    }
    return cursor;
}
