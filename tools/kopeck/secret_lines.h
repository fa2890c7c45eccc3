#pragma once
// secret_lines - what may not stand in an argument, which others may see: one or two lines of a
// file, or of standard input for `-`.
//
// Failures: EX_NOINPUT and EX_DATAERR, with a sentence on standard error. Threads: one.

enum { SECRET_LINE_SIZE = 1200 };

typedef struct {
    char first[SECRET_LINE_SIZE], second[SECRET_LINE_SIZE]; // empty if there is none
} secret_lines_t;

int secret_lines_read(const char *path, secret_lines_t *ret_lines);
