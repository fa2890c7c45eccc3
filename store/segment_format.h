#pragma once
// segment_format - the fixed parts of a segment file as segment.h describes them; only segment.c
// and segment_writer.c include this. All integers are little-endian.
#include "proto/types.h"

#define SEGMENT_HEAD_MAGIC "kopeck segment\0"  // 16 bytes with its closing NUL
#define SEGMENT_PACKED_MAGIC "kopeck zsegment" // each of its records is a frame of zstd
#define SEGMENT_FOOTER_MAGIC "segment footer\0"

typedef struct {
    char magic[16];
    uint64_t number, events;
    uint8_t reserved[32];
} segment_head_t;

typedef struct {
    uint64_t first, offset;
} segment_entry_t;

typedef struct {
    char magic[16];
    uint64_t number, events, records, index_offset;
    uint8_t reserved[16];
    hash_t root;
    hash_t index_digest;
    hash_t digest; // of this footer up to here
} segment_footer_t;

_Static_assert(sizeof(segment_head_t) == 64, "written as it is");
_Static_assert(sizeof(segment_entry_t) == 16, "written as it is");
_Static_assert(sizeof(segment_footer_t) == 160, "written as it is");
