#pragma once
// api_json - the fields of our requests, answers and events as JSON of /api/v1, and JSON of
// strangers as fields.
//
// An id is the text of a UUID, null for zero; an id64 is a string of digits, for JavaScript keeps
// no integer above 2^53; money is an integer of kopecks under the field's name and `_kop`; an
// instant is RFC 3339 in UTC with microseconds, null for none; a code is its short name
// ("SUCCEEDED"), or its digits where it is newer than we are; a hash is hex. Example:
// {"account":"1111…","amount_kop":50000}.
//
// Ownership: as jansson's; what is read borrows its texts from the JSON value, and its bytes from
// nothing. Failures: false, and `why` says what was expected. Threads: any. Pure.
// Source: docs/api.md "Values".
#include "proto/field.h"
#include "proto/span.h"
#include <jansson.h>

enum { API_WHY_MAX = 192, API_NAME_MAX = 48, API_DEPTH_MAX = 8 };

// What a field is called in JSON.
const char *api_json_name(const field_t *field, char buffer[API_NAME_MAX]);
// A field that is not for JSON: bytes.
bool api_json_hides(const field_t *field);
// A new reference.
json_t *api_json_value(const field_t *field, const void *body);
// An object of all fields that are not hidden or among `left_out`, which NULL ends.
json_t *api_json_object(const field_t *fields, size_t count, const void *body,
                        const char *const *left_out);

// One value into its field.
bool api_json_read(const json_t *value, const field_t *field, void *body, char why[API_WHY_MAX]);
// The same of the text of a query.
bool api_json_read_text(span_t text, const field_t *field, void *body, char why[API_WHY_MAX]);
// What is expected of a value, for people: "an integer of kopecks".
const char *api_json_expected(const field_t *field);
// Its schema, of OpenAPI 3.1. A new reference.
json_t *api_json_schema(const field_t *field);

// Bytes as a JSON value, nested at most API_DEPTH_MAX deep; NULL and why. A new reference.
json_t *api_json_parse(span_t bytes, char why[API_WHY_MAX]);
// The text, in memory of its own.
char *api_json_text(const json_t *value, size_t *ret_size);
