#pragma once
// robokassa_json - the answers of Robokassa's newer services, read strictly: one flat JSON object
// whose members stand once, and no more after it.
//
// A number is given as the text that stands there, for a number of JSON read as binary is not the
// sum any more. Example: {"amount":150.000000} gives the number 150.000000.
//
// Ownership  Borrowed: values lie in the answer. Failures: false, or an absent value. Threads: any.
// Source     docs/robokassa.md "Refund service", "Second receipt".
#include "proto/span.h"

enum {
    ROBOKASSA_JSON_BYTES_MAX = 65536, // a longer answer is none
    ROBOKASSA_JSON_MEMBERS_MAX = 16,
};

typedef enum {
    ROBOKASSA_JSON_TEXT,
    ROBOKASSA_JSON_NUMBER,
    ROBOKASSA_JSON_WORD // true, false or null
} robokassa_json_kind_t;

typedef struct {
    span_t name, value; // of a text, what stands between its quotes
    robokassa_json_kind_t kind;
} robokassa_member_t;

typedef struct {
    robokassa_member_t members[ROBOKASSA_JSON_MEMBERS_MAX];
    size_t count;
} robokassa_json_t;

bool robokassa_json_read(span_t body, robokassa_json_t *object);
// Absent if there is none of that kind.
span_t robokassa_json_value(const robokassa_json_t *object, const char *name,
                            robokassa_json_kind_t kind);
// A number, in quotes or without: both are seen.
span_t robokassa_json_number(const robokassa_json_t *object, const char *name);
