#pragma once
// rows_print - rows of a fixed table of columns, for other programs: CSV (RFC 4180), CSV as a
// Russian Excel opens it, and JSON Lines.
//
// csv: UTF-8 without a byte-order mark, commas, CRLF, a header; money in rubles with a point.
// excel: with a byte-order mark, else Cyrillic breaks; semicolons; money with a decimal comma, else
// 22.5 is read as a date; long numbers as ="...", else their digits are rounded; a text that begins
// with = + - @, a tab or CR gets an apostrophe before it, else it is run as a formula.
// jsonl: an object a line; money in kopecks, an id64 as a text, for readers round above 2^53.
// Cells come in the order of the columns; the last one ends its row.
// Ownership: `columns` is borrowed. Failures: none; a broken `out` is seen by its closer.
// Threads: one. Source: RFC 4180; docs/books.md.
#include "proto/field.h"
#include "proto/money.h"
#include <stdio.h>

typedef enum { ROWS_CSV, ROWS_EXCEL, ROWS_JSONL } rows_format_t;

typedef struct {
    const char *const *columns;
    size_t count, column; // `column`: where the next cell goes
    rows_format_t format;
    FILE *out;
} rows_print_t;

// Writes the header.
rows_print_t rows_print_begin(const char *const *columns, size_t count, rows_format_t format,
                              FILE *out);
void rows_print_text(rows_print_t *self, const char *text);
void rows_print_number(rows_print_t *self, uint64_t value);
void rows_print_id64(rows_print_t *self, uint64_t value); // proto/field.h
void rows_print_money(rows_print_t *self, kopecks_t value);
void rows_print_time(rows_print_t *self, instant_t value); // Moscow's, with its offset
void rows_print_uid(rows_print_t *self, const uid_t16 *value);
void rows_print_none(rows_print_t *self); // an empty cell, null in JSON

// The format of that name: csv, excel, jsonl.
bool rows_format_read(const char *text, rows_format_t *ret_format);
