#pragma once
// counter - the numbers that a process tells of itself, made from proto/counters.def, which says
// what each column means: as lines `name value` of an answer to `status`, and what they are called
// as metrics.
//
// Ownership: rows are static. Failures: a line that does not fit is left out whole, and so are all
// behind it. Threads: any.
#include "proto/span.h"
#include "proto/types.h"

typedef enum {
#define COUNTER(name, line, metric, kind, unit, label, meaning) COUNTER_##name,
#include "proto/counters.def"
    COUNTERS
} counter_t;

typedef enum { COUNTER_KIND_LEVEL, COUNTER_KIND_TOTAL } counter_kind_t;
typedef enum {
    COUNTER_UNIT_NONE,
    COUNTER_UNIT_BYTES,
    COUNTER_UNIT_KOPECKS,
    COUNTER_UNIT_SECONDS,
    COUNTER_UNIT_MILLISECONDS,
    COUNTER_UNIT_MICROSECONDS,
    COUNTER_UNIT_MINUTES
} counter_unit_t;
typedef enum {
    COUNTER_LABEL_NONE,
    COUNTER_LABEL_STREAM,
    COUNTER_LABEL_ACCOUNT,
    COUNTER_LABEL_ALARM,
    COUNTER_LABEL_CODE
} counter_label_t;

typedef struct {
    const char *line; // "stream_*_applied"
    const char *metric;
    counter_kind_t kind;
    counter_unit_t unit;
    counter_label_t label;
    const char *meaning;
} counter_info_t;

enum { COUNTER_METRIC_MAX = 96 };

const counter_info_t *counter_info(counter_t counter);

// "kopeck_journal_used_bytes": the name of the family, without the _total of its samples; "bytes".
void counter_metric(counter_t counter, char ret_name[COUNTER_METRIC_MAX]);
const char *counter_base_unit(counter_t counter); // "" for none
// The same value in the base unit: 1234 of MILLISECONDS is "1.234".
void counter_put_value(writer_t *out, counter_t counter, int64_t value);

// Adds the line of a counter; `number` stands where its name has a *.
void counter_put(writer_t *out, counter_t counter, int64_t value);
void counter_put_of(writer_t *out, counter_t counter, uint64_t number, int64_t value);
// Is it a line of that counter? *ret_number is what stands where its name has a *, else 0.
bool counter_is(counter_t counter, text_t name, uint64_t *ret_number);
// Reads a value as it stands in a line.
bool counter_read(text_t text, int64_t *ret_value);
