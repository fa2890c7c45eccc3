#pragma once
// book - every operation of the shop, found by number, page, key, and by what is due next.
//
// Ownership: the book owns its operations; pointers stay good as long as the book. Failures:
// book_add returns NULL when the book is full.
#include "tools/robokassa_sim/operation.h"

typedef struct book book_t;

book_t *book_create(size_t operations_max);
void book_destroy(book_t **self_p);

operation_t *book_add(book_t *self);
void book_index(book_t *self, operation_t *operation); // once its invoice is known
size_t book_count(const book_t *self);
operation_t *book_at(const book_t *self, size_t i); // in order of creation

// The operation that stands for a number: the one that took money, else the newest.
operation_t *book_find(const book_t *self, int64_t invoice, bool test);
// The newest page opened for a number that the payer has not decided on.
operation_t *book_opened(const book_t *self, int64_t invoice);
operation_t *book_by_page(const book_t *self, const char *page);
operation_t *book_by_key(const book_t *self, const char *op_key);
int64_t book_free_invoice(book_t *self);

// Operations that have something to do some day; an operation is put there by book_watch.
void book_watch(book_t *self, operation_t *operation);
size_t book_watched(const book_t *self);
operation_t *book_watched_at(const book_t *self, size_t i);
void book_sweep(book_t *self); // forgets those that have nothing left to do
