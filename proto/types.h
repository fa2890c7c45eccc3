#pragma once
// types - the few value types that every event, request and answer is made of.
//
// Ownership: uid_t16, instant_t, hash_t are plain data. text_t and bytes_t are slices: they borrow
// from the buffer that was decoded (or from whoever filled the event in) and live as long as it.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// An id of 128 bits. An account's is random; a command's is a UUIDv7, made where the intention is.
typedef struct {
    uint8_t bytes[16];
} uid_t16;

typedef struct {
    uint8_t bytes[32];
} hash_t; // A SHA-256 digest

typedef int64_t instant_t; // Microseconds since 1970-01-01T00:00:00Z

typedef struct {
    const char *data;
    uint32_t size;
} text_t; // UTF-8 without NUL, not terminated

typedef struct {
    const uint8_t *data;
    uint32_t size;
} bytes_t;

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

static inline bool uid_equal(const uid_t16 *a, const uid_t16 *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static inline bool uid_is_zero(const uid_t16 *id)
{
    static const uid_t16 zero;
    return uid_equal(id, &zero);
}

static inline text_t text_of(const char *string)
{
    return (text_t){string, (uint32_t)strlen(string)};
}

static inline bool text_equal(text_t a, text_t b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

// The streams (journals) that are ours, STREAM_METERING and so on; other numbers belong to
// producers of feeds. What is indexed by stream has STREAM_END rows, the first of them unused.
typedef uint64_t stream_t;
enum {
    STREAM_NONE = 0,
    STREAM_FIRST = 1,
#define SERVICE(name, NAME, role, stream, ...) STREAM_##NAME = stream,
#include "proto/services.def"
    STREAM_END,           // behind the last one that is given out
    STREAM_OURS_END = 16, // behind those that may be
    PRODUCER_FIRST = 100  // Producers of feeds (platforms, bulk posters) are numbered from here
};
