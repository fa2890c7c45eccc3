#pragma once
// registry_csv - Robokassa's registry of a day or more, as CSV: which payments came, what went
// back, and what was kept of them. A file is taken whole or refused whole, by line and column.
//
// UTF-8, with or without a byte-order mark, or Windows-1251; commas or semicolons between fields
// (tools/command_line/csv.h); columns by their names, in any order, others are passed over; sums
// with a point or a comma. The last row may be TOTAL, and must agree then.
//
// Units      Kopecks; days of Moscow (services/documents/day.h); lines from 1.
// Ownership  The rows are the value's own. Payers' data is in no row.
// Failures   registry_csv_read: false, and `error` says where and what was expected. Threads: one.
// Source     docs/robokassa.md "Registry".
#include "proto/money.h"
#include "services/documents/day.h"

enum {
    REGISTRY_BYTES_MAX = 32 * 1024 * 1024,
    REGISTRY_ROWS_MAX = 1 << 20,
    REGISTRY_ERROR_MAX = 256,
};

typedef enum { REGISTRY_DONE, REGISTRY_UNDER_WAY, REGISTRY_NOTHING } registry_state_t;

typedef struct {
    uint64_t line, number; // number: the payment's InvId
    day_t day;
    registry_state_t state;
    bool refund; // of that payment; else the payment itself
    bool has_fee;
    kopecks_t amount; // more than nought
    kopecks_t fee;    // that Robokassa kept of it
} registry_row_t;

typedef struct {
    registry_row_t *rows;
    size_t count, room;
    size_t totals; // files whose last row was TOTAL
    char error[REGISTRY_ERROR_MAX];
} registry_csv_t;

// Reads one more file, whose rows come behind those of files before. After a failure the value
// holds what it held before.
bool registry_csv_read(registry_csv_t *self, const void *bytes, size_t size);
void registry_csv_release(registry_csv_t *self);
