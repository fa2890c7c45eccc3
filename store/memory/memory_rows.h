#pragma once
// memory_rows - the side store of the model disk: rows in their order, and what was there before
// each change since the last settling, so that a crash can take the changes back.
//
// Example: a row is put and then taken out in an append that is not settled; undone, neither was.
// Ownership: it copies bytes, and frees them. Failures: memory that is used up ends the process.
// Threads: the disk's lock guards it.
#include "store/journal.h"

typedef struct {
    journal_row_t *rows; // their bytes are its own
    size_t count, cap;
} memory_list_t;

typedef struct {
    memory_list_t now, before;
} memory_rows_t;

void memory_rows_release(memory_rows_t *self);
void memory_rows_change(memory_rows_t *self, const journal_row_t *rows, size_t count);
void memory_rows_settle(memory_rows_t *self); // nothing before it can be undone
void memory_rows_undo(memory_rows_t *self);   // all since the last settling
// As journal_rows.
fail_t memory_rows_visit(const memory_rows_t *self, const uid_t16 *from, size_t bytes_max,
                         journal_row_fn *visit, void *arg);
