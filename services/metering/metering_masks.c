#include "services/metering/metering_masks.h"
#include <stdlib.h>
#include "services/metering/metering_minutes.h"

enum {
    REPLICA_FOLLOWS = 7,
    VERSION_FOLLOWS = 1 << 3,
    HOUR_FOLLOWS = 1 << 4,
    MASK_SHIFT = 5,
    MASK_SAME = 0,
    MASK_BIT = 1,
    MASK_RUN = 2,
    MASK_RAW = 3,
    CONTROL_END = 1 << 7,
    VARINT_MAX = 10
};

int masks_compare(const masks_entry_t *a, const masks_entry_t *b)
{
    if (a->replica != b->replica)
        return a->replica < b->replica ? -1 : 1;
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    return (a->hour > b->hour) - (a->hour < b->hour);
}

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    for (; value > 0x7f; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *put_mask(uint8_t *at, uint64_t mask, uint8_t *ret_kind)
{
    unsigned first = (unsigned)__builtin_ctzll(mask), count = mask_count(mask);
    if (count == 1) {
        *ret_kind = MASK_BIT;
        *at++ = (uint8_t)first;
    } else if (mask >> first == (UINT64_C(1) << count) - 1) {
        *ret_kind = MASK_RUN;
        *at++ = (uint8_t)first;
        *at++ = (uint8_t)count;
    } else {
        *ret_kind = MASK_RAW;
        at = put_varint(at, mask);
    }
    return at;
}

size_t masks_encode(const masks_entry_t *entries, size_t count, uint8_t *out, size_t cap)
{
    masks_entry_t before = {0};
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const masks_entry_t *entry = &entries[i];
        assert(entry->replica && entry->version && entry->mask && entry->mask <= MASK_FULL &&
               masks_compare(&before, entry) < 0);
        uint8_t bytes[MASKS_ENTRY_BYTES_MAX], *at = bytes + 1, kind = MASK_SAME;
        uint32_t step = entry->replica - before.replica;
        bytes[0] = (uint8_t)(step < REPLICA_FOLLOWS ? step : REPLICA_FOLLOWS);
        if (step >= REPLICA_FOLLOWS)
            at = put_varint(at, step);
        if (entry->version != before.version) {
            bytes[0] |= VERSION_FOLLOWS;
            at = put_varint(at, entry->version);
        }
        if (entry->hour != before.hour) {
            bytes[0] |= HOUR_FOLLOWS;
            int64_t d = (int64_t)entry->hour - before.hour;
            // cppcheck-suppress shiftTooManyBitsSigned ; gcc and clang shift the sign in
            at = put_varint(at, (uint64_t)d << 1 ^ (uint64_t)(d >> 63));
        }
        if (entry->mask != before.mask)
            at = put_mask(at, entry->mask, &kind);
        bytes[0] |= (uint8_t)(kind << MASK_SHIFT);
        size_t size = (size_t)(at - bytes);
        if (cap - used < size)
            return 0;
        memcpy(out + used, bytes, size);
        used += size;
        before = *entry;
    }
    return used;
}

static int compare(const void *a, const void *b)
{
    return masks_compare(a, b);
}

size_t masks_merge(masks_entry_t *entries, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(entries, count, sizeof entries[0], compare);
    for (size_t i = 0; i < count; i++)
        if (kept && masks_compare(&entries[kept - 1], &entries[i]) == 0)
            entries[kept - 1].mask |= entries[i].mask;
        else
            entries[kept++] = entries[i];
    return kept;
}

void masks_start(masks_reader_t *self, bytes_t bytes, uint64_t count)
{
    *self = (masks_reader_t){.next = bytes.data, .end = bytes.data + bytes.size, .left = count};
    if (count > bytes.size || (bytes.size && !count))
        self->fail = FAIL_INVALID;
}

static uint8_t take_byte(masks_reader_t *self)
{
    if (self->fail || self->next == self->end) {
        self->fail = FAIL_INVALID;
        return 0;
    }
    return *self->next++;
}

static uint64_t take_varint(masks_reader_t *self, uint64_t max)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_MAX; i++) {
        uint8_t byte = take_byte(self);
        uint64_t part = byte & 0x7fu;
        if (self->fail || (i == VARINT_MAX - 1 && part > 1))
            break;
        value |= part << (7 * i);
        if (!(byte & 0x80)) {
            if (value > max)
                break;
            return value;
        }
    }
    self->fail = FAIL_INVALID;
    return 0;
}

static uint64_t take_mask(masks_reader_t *self, unsigned kind)
{
    uint8_t first, count;
    switch (kind) {
    case MASK_SAME:
        return self->before.mask;
    case MASK_BIT:
        first = take_byte(self);
        return first < HOUR_MINUTES ? UINT64_C(1) << first : 0;
    case MASK_RUN:
        first = take_byte(self);
        count = take_byte(self);
        if (count == 0 || first + count > HOUR_MINUTES)
            return 0;
        return ((UINT64_C(1) << count) - 1) << first;
    default:
        return take_varint(self, MASK_FULL);
    }
}

bool masks_next(masks_reader_t *self, masks_entry_t *ret_entry)
{
    if (self->fail || self->left == 0)
        return false;
    masks_entry_t entry = self->before;
    uint8_t control = take_byte(self);
    uint64_t step = control & REPLICA_FOLLOWS;
    if (step == REPLICA_FOLLOWS)
        step = take_varint(self, UINT32_MAX);
    if (step > UINT32_MAX - entry.replica)
        self->fail = FAIL_INVALID;
    entry.replica += (uint32_t)step;
    if (control & VERSION_FOLLOWS)
        entry.version = (uint16_t)take_varint(self, UINT16_MAX);
    if (control & HOUR_FOLLOWS) {
        uint64_t z = take_varint(self, UINT64_C(2) * UINT32_MAX + 1);
        int64_t hour = entry.hour + ((int64_t)(z >> 1) ^ -(int64_t)(z & 1));
        if (hour < 0 || hour > UINT32_MAX)
            self->fail = FAIL_INVALID;
        else
            entry.hour = (uint32_t)hour;
    }
    entry.mask = take_mask(self, control >> MASK_SHIFT & 3);
    if (control & CONTROL_END || !entry.replica || !entry.version || !entry.mask ||
        masks_compare(&self->before, &entry) >= 0)
        self->fail = FAIL_INVALID;
    if (self->fail)
        return false;
    self->left--;
    self->before = *ret_entry = entry;
    return true;
}

fail_t masks_end(const masks_reader_t *self)
{
    return self->fail || self->left || self->next != self->end ? FAIL_INVALID : FAIL_NONE;
}
