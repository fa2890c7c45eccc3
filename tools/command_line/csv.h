#pragma once
// csv - the records of a file of comma-separated values, one after the other.
//
// What RFC 4180 describes is read: lines end with CRLF or LF, the last one may lack its end, a
// field in quotes may hold commas, line ends and doubled quotes, blanks belong to their field. A
// UTF-8 byte-order mark at the file's begin, which spreadsheets write, is skipped, and so are blank
// lines. Refused are a quote inside a field without quotes, text behind a closing quote, a quoted
// field that does not end, a carriage return inside a line, zero bytes (as of UTF-16), bytes that
// are no UTF-8, a record of more than CSV_RECORD_MAX - 1 bytes or CSV_FIELDS_MAX fields. No byte of
// a file is passed over in silence.
//
// Ownership: the file is borrowed; fields live until the next record is read. Failures: false, and
// `error` is static text; it is about field `count` + 1 of the record that begins in line `line`.
// Threads: one. Source: RFC 4180, section 2.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CSV_RECORD_MAX = 4096, CSV_FIELDS_MAX = 64 };

typedef struct {
    FILE *file;
    uint64_t line;      // in which the record begins, from 1
    uint64_t next_line; // in which the next one does
    const char *fields[CSV_FIELDS_MAX];
    size_t count;
    char bytes[CSV_RECORD_MAX]; // the fields, each with a zero byte behind it
    size_t used;
    bool begun;
    char separator;    // 0 while the file has not shown it
    const char *error; // NULL while all is well
} csv_t;

void csv_init(csv_t *self, FILE *file);
// Before the first record: semicolons may part the fields, as a Russian Excel writes them. The
// first comma or semicolon outside quotes decides; in the header, that is.
void csv_take_semicolons(csv_t *self);
// The next record. False at the end, and after an error.
bool csv_next(csv_t *self);
// The next line that is not blank, as it stands, in fields[0]; refused as records are.
bool csv_line(csv_t *self);
// The first byte of what comes next, which stays; EOF at the end and after an error. For files that
// may hold something else than CSV.
int csv_peek(csv_t *self);
