#pragma once
// bank_print - what would become of a bank's statement, for people as a table and for programs as
// one JSON object a file, a line each.
//
// Sums in JSON are kopecks, days ISO texts; what is absent is null. Ownership: all is borrowed.
// Failures: none. Threads: one.
#include "services/documents/bank_books.h"
#include <stdio.h>

typedef struct {
    const char *path;
    const statement_t *statement;
    const bank_result_t *results; // NULL where the statement is refused
    const char *const *files;     // paths by the number that bank_books gave the files
    bool own_accounts_assumed;    // none were named: those of the file were taken for own ones
    bool has_register;            // of invoices
} bank_report_t;

void bank_print(const bank_report_t *report, bool json, FILE *out);
