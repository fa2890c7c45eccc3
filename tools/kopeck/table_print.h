#pragma once
// table_print - what a command answers with: rows of typed cells, as a table whose columns align on
// a terminal, as one value a line, or as JSON.
//
// A cell is text, a number, money, an instant, an id, a flag or a code; people read rubles, RFC
// 3339 and words, programs kopecks, microseconds and numbers (proto/field.h). Cells come in the
// order of the columns; the last one ends its row. Widths are those of a terminal: a Cyrillic
// letter takes one column, an ideograph two, a combining mark none; control characters are shown as
// `?`, for texts come from other machines.
//
// TABLE_ROWS: a table; as JSON one array of objects. TABLE_RECORD: each row as lines `title
// value`; as JSON one object a row, a line each.
// Memory: rows are kept until TABLE_PAGE_ROWS are there, then printed; widths never shrink.
// Ownership: `columns` is borrowed. Failures: none; a broken `out` is seen by its closer.
// Threads: one.
#include "proto/field.h"
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 32, TABLE_PAGE_ROWS = 1000 };

typedef struct {
    const char *key, *title; // in JSON, and for people
    bool right;              // numbers stand at the right
} column_t;

typedef enum { TABLE_ROWS, TABLE_RECORD } table_shape_t;

typedef struct table_print table_print_t;

table_print_t *table_print_new(const column_t *columns, size_t count, table_shape_t shape,
                               bool json, FILE *out);
void table_print_destroy(table_print_t **self_p); // prints what is left

void table_print_text(table_print_t *self, const char *text);
void table_print_slice(table_print_t *self, text_t text);
void table_print_number(table_print_t *self, uint64_t value);
void table_print_money(table_print_t *self, kopecks_t value);
void table_print_time(table_print_t *self, instant_t value);
void table_print_uid(table_print_t *self, const uid_t16 *value);
void table_print_flag(table_print_t *self, bool value);
void table_print_none(table_print_t *self); // nothing here: null in JSON
void table_print_field(table_print_t *self, const field_t *field, const void *body);

// Columns that a text takes on a terminal.
size_t table_print_width(const char *text);
