#pragma once
// event - one remembered fact. Plain data; made from proto/events.def.
//
// Ownership: text and bytes fields are slices of the decoded buffer, or of the caller's memory.
// Failures: FAIL_INVALID for bytes that are not one event; FAIL_VERSION for a type not known here
// (the follower then goes by the publication's must-mark, PROTOCOL.md).
#include "proto/fail.h"
#include "proto/field.h"
#include "proto/types.h"
#include <stdio.h>

// What an event was caused by: an event of a stream or an item of a feed {stream, sequence}; or a
// command {id, first 16 bytes of the SHA-256 of its content}; or nothing (both zero): time.
typedef struct {
    stream_t stream;
    uint64_t sequence;
    uid_t16 command, content;
} cause_t;

#define EVENT(number, name, wire_name, since, must, meaning) typedef struct {
#define FIELD(type, name, meaning) FIELD_##type name;
#define EVENT_END(name)                                                                            \
    }                                                                                              \
    event_##name##_t;
#include "proto/events.def"

typedef enum {
    EVENT_NONE = 0,
#define EVENT(number, name, wire_name, since, must, meaning) EVENT_##name = number,
#define FIELD(type, name, meaning)
#define EVENT_END(name)
#include "proto/events.def"
} event_type_t;

typedef struct {
    event_type_t type;
    instant_t at;
    cause_t cause;
    union {
#define EVENT(number, name, wire_name, since, must, meaning) event_##name##_t name;
#define FIELD(type, name, meaning)
#define EVENT_END(name)
#include "proto/events.def"
    };
} event_t;

enum { EVENT_BYTES_MAX = 32 * 1024, EVENT_FIELDS_MAX = 64, EVENT_MAY_FIRST = 1000 };

// Encodes into `out`; returns the number of bytes, 0 if cap is too small. The form is
// [type, time, cause, cause detail, fields...], cause being a stream's number and sequence, or a
// command's id and content hash.
size_t event_encode(const event_t *self, void *out, size_t cap);

// Decodes exactly `size` bytes. *ret_event is untouched on failure, but for FAIL_VERSION: there
// type, at and cause are set. More fields than we know are skipped, missing ones are zero.
fail_t event_decode(const void *data, size_t size, event_t *ret_event);

// Reads one event from the front of `wire`, for events that stand one after the other in a message.
// It decodes in place, so *event holds rubbish on failure: a copy of each event would be a fifth of
// a replay. Otherwise as above.
fail_t event_read(wire_t *wire, event_t *event);

// Of an event that somebody else says: the name of its first field whose text may not be stored
// (utf8.h), NULL if there is none. Journals are read without asking.
const char *event_misfit(const event_t *self);

// The table, for printers, docs and tools.
typedef struct {
    event_type_t type;
    const char *name; // on the wire and in docs: usage.charged
    const char *meaning;
    const field_t *(*fields)(void);
    size_t fields_count;
    unsigned since;
    bool must;
} event_info_t;

const event_info_t *event_info(event_type_t type); // NULL if unknown
const event_info_t *event_info_at(size_t index);   // in table order, NULL at the end
const void *event_body(const event_t *self);       // the struct of its type

// One line: `posted at=2026-… cause=metering/17 account=… amount=0.40 …`
void event_print(const event_t *self, FILE *out);
// One JSON object on one line:
// {"sequence":…,"type":"posted","at":…,"cause":{…},"fields":{"account":"…",…}}
void event_json(const event_t *self, uint64_t sequence, FILE *out);
