#pragma once
// metering_masks - the wire form of usage.accepted: which minutes of which replicas a batch
// brought.
//
// Entries (replica, tariff version, hour, mask) stand in strictly ascending order of (replica,
// version, hour); a mask is the hour's minutes, bit k being minute k, never 0. Each entry is coded
// against the one before it; before the first stands (0, 0, 0, 0). An entry is:
//
//   control  1 byte: bits 0-2 r, bit 3 v, bit 4 h, bits 5-6 m; bit 7 is 0
//   replica  r < 7: replica = previous + r. r = 7: varint d follows, replica = previous + d
//   version  v = 0: as before. v = 1: varint follows, the version
//   hour     h = 0: as before. h = 1: varint z follows, hour = previous + (z >> 1 ^ -(z & 1))
//   mask     m = 0: as before. m = 1: 1 byte b < 60 follows, mask = 2^b. m = 2: 2 bytes b, n
//            follow, mask = n ones from bit b on, b + n <= 60. m = 3: varint follows, the mask
//
// in that order. A varint is LEB128: 7 bits a byte, low first, the top bit of all but the last byte
// set, at most 10 bytes. Hours are whole hours since 1970-01-01T00:00:00Z. A minute's tick of
// replica after replica under one tariff is 1 byte each, with changing tariffs 2.
//
// The encoder sorts nothing; the decoder takes any bytes and refuses what is not of this form:
// FAIL_INVALID for zero or too large fields, wrong order, a count that differs, bytes left over.
#include "proto/fail.h"
#include "proto/types.h"

typedef struct {
    uint32_t replica, hour;
    uint64_t mask;
    uint16_t version;
} masks_entry_t;

enum { MASKS_ENTRY_BYTES_MAX = 26 }; // control, varints of 5, 3, 5 + slack, and 10 bytes

// Encodes into `out`; returns the number of bytes, 0 if cap is too small. For nothing to encode
// returns 0 too.
size_t masks_encode(const masks_entry_t *entries, size_t count, uint8_t *out, size_t cap);

// Sorts them, and makes one of those of one replica, version and hour; returns how many are left.
size_t masks_merge(masks_entry_t *entries, size_t count);

typedef struct {
    const uint8_t *next, *end;
    uint64_t left; // entries still to come by the declared count
    masks_entry_t before;
    fail_t fail;
} masks_reader_t;

void masks_start(masks_reader_t *self, bytes_t bytes, uint64_t count);
// The next entry; false at the end or at the first thing wrong, which masks_end tells apart.
bool masks_next(masks_reader_t *self, masks_entry_t *ret_entry);
fail_t masks_end(const masks_reader_t *self);

// Before, at, after: the order of entries.
int masks_compare(const masks_entry_t *a, const masks_entry_t *b);
