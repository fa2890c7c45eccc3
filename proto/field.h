#pragma once
// field - how each field type of the tables is held, packed, read, printed and put as JSON. A new
// field type is one line in each group here and nothing anywhere else.
#include "proto/money.h"
#include "proto/wire.h"
#include <stdio.h>

typedef uint64_t FIELD_u64;
typedef int64_t FIELD_i64;
typedef kopecks_t FIELD_money;
typedef instant_t FIELD_time;
typedef bool FIELD_flag;
typedef uid_t16 FIELD_uid;
typedef hash_t FIELD_hash;
typedef text_t FIELD_text;
typedef bytes_t FIELD_bytes;

#define field_pack_u64(pack, v) pack_u64(pack, *(v))
#define field_pack_i64(pack, v) pack_i64(pack, *(v))
#define field_pack_money(pack, v) pack_i64(pack, *(v))
#define field_pack_time(pack, v) pack_i64(pack, *(v))
#define field_pack_flag(pack, v) pack_flag(pack, *(v))
#define field_pack_uid(pack, v) pack_uid(pack, v)
#define field_pack_hash(pack, v) pack_hash(pack, v)
#define field_pack_text(pack, v) pack_text(pack, *(v))
#define field_pack_bytes(pack, v) pack_bytes(pack, (v)->data, (v)->size)

#define field_read_u64(wire, v) wire_u64(wire, v)
#define field_read_i64(wire, v) wire_i64(wire, v)
#define field_read_money(wire, v) wire_i64(wire, v)
#define field_read_time(wire, v) wire_i64(wire, v)
#define field_read_flag(wire, v) wire_flag(wire, v)
#define field_read_uid(wire, v) wire_uid(wire, v)
#define field_read_hash(wire, v) wire_hash(wire, v)
#define field_read_text(wire, v) wire_text(wire, v)
#define field_read_bytes(wire, v) wire_bytes(wire, v)

#define FIELD_TYPE_LIST(TYPE)                                                                      \
    TYPE(u64)                                                                                      \
    TYPE(i64)                                                                                      \
    TYPE(money)                                                                                    \
    TYPE(time)                                                                                     \
    TYPE(flag)                                                                                     \
    TYPE(uid)                                                                                      \
    TYPE(hash)                                                                                     \
    TYPE(text)                                                                                     \
    TYPE(bytes)

typedef enum {
#define TYPE(type) FIELD_TYPE_##type,
    FIELD_TYPE_LIST(TYPE)
#undef TYPE
} field_type_t;

// One row of a table, for everything that is not in the hot path: printer, JSON, docs.
typedef struct {
    const char *name, *meaning;
    field_type_t type;
    size_t offset; // in the event's, request's or answer's struct
} field_t;

const char *field_type_name(field_type_t type);

// For people: ids as UUID, money as rubles (12.34), times as RFC 3339 UTC, bytes as hex.
void field_print(const field_t *self, const void *body, FILE *out);

// A JSON value: ids as UUID text, integers as numbers, money in kopecks, time in microseconds,
// flags as true/false, hashes and bytes as hex text, text escaped.
void field_json(const field_t *self, const void *body, FILE *out);

// Shared by the printers: a UUID's text form, and back. uid_parse returns false on anything else.
enum { UID_TEXT_SIZE = 37, TIME_TEXT_SIZE = 48 };
void uid_format(const uid_t16 *id, char out[UID_TEXT_SIZE]);
bool uid_parse(const char *text, uid_t16 *ret_id);
void time_format(instant_t at, char out[TIME_TEXT_SIZE]); // 2026-01-01T00:00:00.000000Z
bool time_parse(const char *text, instant_t *ret_at);     // RFC 3339 with Z or offset, or a date
