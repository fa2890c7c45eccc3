#pragma once
// report - what was measured, as a table for people and as JSON for programs.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { REPORT_PEERS = 4, REPORT_ROWS_MAX = 32, REPORT_NOTES_MAX = 48 };

// A rate with its latencies; per_second 0: not measured.
typedef struct {
    double per_second, p50_ms, p99_ms;
    bool quoted; // a figure from elsewhere, not of this run: marked with a star
} report_rate_t;

// The bare design commits what it has before it takes more, or beside that; `%` is of the better
// one.
enum { CEILING_IN_STEP, CEILING_IN_PIPELINE, CEILINGS };

typedef struct {
    const char *name;
    report_rate_t ours, ceilings[CEILINGS], peers[REPORT_PEERS];
} report_row_t;

typedef struct {
    char name[96], unit[24];
    double value;
} report_note_t;

typedef struct {
    const char *peers[REPORT_PEERS];
    char remarks[REPORT_PEERS][200]; // why a peer was not measured, or what its figures are
    report_row_t rows[REPORT_ROWS_MAX];
    unsigned rows_count;
    report_note_t notes[REPORT_NOTES_MAX];
    unsigned notes_count;
    double seconds; // of each row
    bool conserved; // money: here and at every peer
} report_t;

void report_note(report_t *self, const char *name, double value, const char *unit);
void report_table(const report_t *self, FILE *out);
bool report_json(const report_t *self, const char *file);
