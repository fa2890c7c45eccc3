#pragma once
// field - how each field type of the tables is held, packed, read, printed and put as JSON. A new
// field type is one line in each group here and nothing anywhere else.
//
// id64 is a number that names something outside the journal: a payment, a producer. Its bytes are a
// u64's. In JSON it is a string, since JavaScript and jq keep no integer above 2^53 exactly.
//
// secret is a text of a request alone: a promo code. It is never printed, and no hash of it is
// kept.
//
// code(family) is the one type with an argument: a u64 that is a number of proto/codes.def. In each
// group it is a macro that takes the family.
#include "proto/codes.h"
#include "proto/money.h"
#include "proto/utf8.h"
#include "proto/wire.h"
#include <stdio.h>

typedef uint64_t FIELD_u64;
typedef uint64_t FIELD_id64;
typedef int64_t FIELD_i64;
typedef kopecks_t FIELD_money;
typedef instant_t FIELD_time;
typedef bool FIELD_flag;
typedef uid_t16 FIELD_uid;
typedef hash_t FIELD_hash;
typedef text_t FIELD_text;
typedef text_t FIELD_secret;
typedef bytes_t FIELD_bytes;
#define FIELD_code(family) uint64_t

#define field_pack_u64(pack, v) pack_u64(pack, *(v))
#define field_pack_id64(pack, v) pack_u64(pack, *(v))
#define field_pack_i64(pack, v) pack_i64(pack, *(v))
#define field_pack_money(pack, v) pack_i64(pack, *(v))
#define field_pack_time(pack, v) pack_i64(pack, *(v))
#define field_pack_flag(pack, v) pack_flag(pack, *(v))
#define field_pack_uid(pack, v) pack_uid(pack, v)
#define field_pack_hash(pack, v) pack_hash(pack, v)
#define field_pack_text(pack, v) pack_text(pack, *(v))
#define field_pack_secret field_pack_text
#define field_pack_bytes(pack, v) pack_bytes(pack, (v)->data, (v)->size)
#define field_pack_code(family) field_pack_u64

#define field_read_u64(wire, v) wire_u64(wire, v)
#define field_read_id64(wire, v) wire_u64(wire, v)
#define field_read_i64(wire, v) wire_i64(wire, v)
#define field_read_money(wire, v) wire_i64(wire, v)
#define field_read_time(wire, v) wire_i64(wire, v)
#define field_read_flag(wire, v) wire_flag(wire, v)
#define field_read_uid(wire, v) wire_uid(wire, v)
#define field_read_hash(wire, v) wire_hash(wire, v)
#define field_read_text(wire, v) wire_text(wire, v)
#define field_read_secret field_read_text
#define field_read_bytes(wire, v) wire_bytes(wire, v)
#define field_read_code(family) field_read_u64

// May the value be taken from others? What was stored before this was asked is read all the same.
#define field_fits_u64(v) true
#define field_fits_id64(v) true
#define field_fits_i64(v) true
#define field_fits_money(v) true
#define field_fits_time(v) true
#define field_fits_flag(v) true
#define field_fits_uid(v) true
#define field_fits_hash(v) true
#define field_fits_text(v) utf8_is_text(*(v))
#define field_fits_secret field_fits_text
#define field_fits_bytes(v) true
#define field_fits_code(family) field_fits_u64

// The family of a field's codes.
#define FIELD_FAMILY_u64 CODES_NONE
#define FIELD_FAMILY_id64 CODES_NONE
#define FIELD_FAMILY_i64 CODES_NONE
#define FIELD_FAMILY_money CODES_NONE
#define FIELD_FAMILY_time CODES_NONE
#define FIELD_FAMILY_flag CODES_NONE
#define FIELD_FAMILY_uid CODES_NONE
#define FIELD_FAMILY_hash CODES_NONE
#define FIELD_FAMILY_text CODES_NONE
#define FIELD_FAMILY_secret CODES_NONE
#define FIELD_FAMILY_bytes CODES_NONE
#define FIELD_FAMILY_code(family) CODES_##family

#define FIELD_TYPE_LIST(TYPE)                                                                      \
    TYPE(u64)                                                                                      \
    TYPE(id64)                                                                                     \
    TYPE(i64)                                                                                      \
    TYPE(money)                                                                                    \
    TYPE(time)                                                                                     \
    TYPE(flag)                                                                                     \
    TYPE(uid)                                                                                      \
    TYPE(hash)                                                                                     \
    TYPE(text)                                                                                     \
    TYPE(bytes)                                                                                    \
    TYPE(secret)

typedef enum {
#define TYPE(type) FIELD_TYPE_##type,
    FIELD_TYPE_LIST(TYPE)
#undef TYPE
        FIELD_TYPE_code
} field_type_t;
#define FIELD_TYPE_code(family) FIELD_TYPE_code

// One row of a table, for everything that is not in the hot path: printer, JSON, docs.
typedef struct {
    const char *name, *meaning;
    field_type_t type;
    size_t offset; // in the event's, request's or answer's struct
    codes_family_t family;
} field_t;

const char *field_type_name(field_type_t type);

// For people: ids as UUID, money as rubles (12.34), times as RFC 3339 in Moscow, bytes as hex,
// codes by their short name (LATE), or by number if it is not known.
void field_print(const field_t *self, const void *body, FILE *out);

// A JSON value: ids as UUID text, id64 as a string of digits, integers and codes as numbers, money
// in kopecks, time in microseconds, flags as true/false, hashes and bytes as hex text, text escaped
// (utf8_json: whatever was stored, it is JSON), a secret as null.
void field_json(const field_t *self, const void *body, FILE *out);

// The id that a body of so many fields has under that name; NULL if it has none.
const uid_t16 *field_uid(const field_t *fields, size_t count, const char *name, const void *body);

// Shared by the printers: a UUID's text form, and back. uid_parse returns false on anything else.
enum { UID_TEXT_SIZE = 37, TIME_TEXT_SIZE = 48 };
void uid_format(const uid_t16 *id, char out[UID_TEXT_SIZE]);
bool uid_parse(const char *text, uid_t16 *ret_id);
void time_format(instant_t at, char out[TIME_TEXT_SIZE]); // 2026-01-01T00:00:00.000000Z
// The same instant as Moscow's clocks show it: 2026-01-01T03:00:00.000000+03:00.
void time_format_moscow(instant_t at, char out[TIME_TEXT_SIZE]);
// A date, or a date and a time with seconds or without, and maybe a zone: Z, or an offset as
// +03:00. What names no zone is Moscow's: 2026-01-01 begins at 2025-12-31T21:00:00Z. Every time
// that a person gives is read here.
bool time_parse(const char *text, instant_t *ret_at);
// What is said of a text that is none.
#define TIME_EXPECTED                                                                              \
    "a date, or a time as 2026-01-31T12:00:00; Moscow's, unless Z or +03:00 follows"
