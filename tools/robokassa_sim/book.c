#include "tools/robokassa_sim/book.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 16384
#define FIRST_FREE_INVOICE 2000000001

struct book {
    size_t max, count, capacity;
    operation_t **operations;
    size_t watched;
    operation_t **watch;
    int64_t next_invoice;
    operation_t *buckets[BUCKETS];
};

book_t *book_create(size_t operations_max)
{
    book_t *self = calloc(1, sizeof *self);
    assert(self);
    self->max = operations_max;
    self->next_invoice = FIRST_FREE_INVOICE;
    return self;
}

void book_destroy(book_t **self_p)
{
    book_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        operation_destroy(&self->operations[i]);
    free(self->operations);
    free(self->watch);
    free(self);
    *self_p = NULL;
}

operation_t *book_add(book_t *self)
{
    if (self->count == self->max)
        return NULL;
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->operations = realloc(self->operations, self->capacity * sizeof(operation_t *));
        self->watch = realloc(self->watch, self->capacity * sizeof(operation_t *));
        assert(self->operations);
        assert(self->watch);
    }
    operation_t *operation = operation_create();
    self->operations[self->count++] = operation;
    operation->id = (int64_t)self->count;
    return operation;
}

void book_index(book_t *self, operation_t *operation)
{
    operation_t **bucket = &self->buckets[(uint64_t)operation->invoice % BUCKETS];
    operation->older = *bucket;
    *bucket = operation;
}

size_t book_count(const book_t *self)
{
    return self->count;
}

operation_t *book_at(const book_t *self, size_t i)
{
    assert(i < self->count);
    return self->operations[i];
}

operation_t *book_find(const book_t *self, int64_t invoice, bool test)
{
    operation_t *newest = NULL;
    for (operation_t *o = self->buckets[(uint64_t)invoice % BUCKETS]; o; o = o->older) {
        if (o->invoice != invoice || o->test != test)
            continue;
        if (o->captured_us)
            return o;
        // A page that was only opened hides no operation.
        if (!newest || (newest->state == OPERATION_OPENED && o->state != OPERATION_OPENED))
            newest = o;
    }
    return newest;
}

operation_t *book_opened(const book_t *self, int64_t invoice)
{
    for (operation_t *o = self->buckets[(uint64_t)invoice % BUCKETS]; o; o = o->older)
        if (o->invoice == invoice && o->state == OPERATION_OPENED)
            return o;
    return NULL;
}

// Pages and keys begin with the operation's id in eight hexadecimal digits.
static operation_t *numbered(const book_t *self, const char *text)
{
    if (strspn(text, "0123456789ABCDEFabcdef") < 8)
        return NULL;
    char digits[9] = {0};
    memcpy(digits, text, 8);
    unsigned long id = strtoul(digits, NULL, 16);
    return id >= 1 && id <= self->count ? self->operations[id - 1] : NULL;
}

operation_t *book_by_page(const book_t *self, const char *page)
{
    operation_t *operation = numbered(self, page);
    return operation && strcmp(operation->page, page) == 0 ? operation : NULL;
}

operation_t *book_by_key(const book_t *self, const char *op_key)
{
    operation_t *operation = numbered(self, op_key);
    return operation && strcmp(operation->op_key, op_key) == 0 ? operation : NULL;
}

int64_t book_free_invoice(book_t *self)
{
    while (book_find(self, self->next_invoice, false) || book_find(self, self->next_invoice, true))
        self->next_invoice++;
    return self->next_invoice++;
}

void book_watch(book_t *self, operation_t *operation)
{
    for (size_t i = 0; i < self->watched; i++)
        if (self->watch[i] == operation)
            return;
    assert(self->watched < self->capacity);
    self->watch[self->watched++] = operation;
}

size_t book_watched(const book_t *self)
{
    return self->watched;
}

operation_t *book_watched_at(const book_t *self, size_t i)
{
    assert(i < self->watched);
    return self->watch[i];
}

void book_sweep(book_t *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->watched; i++) {
        const operation_t *o = self->watch[i];
        bool busy = operation_wake_us(o) != OPERATION_NEVER_US;
        for (size_t c = 0; c < OPERATION_CHANNELS; c++)
            busy = busy || o->channel[c].in_flight;
        if (busy)
            self->watch[kept++] = self->watch[i];
    }
    self->watched = kept;
}
