#pragma once
// form - the fields of a query string or a form body, each decoded exactly once.
//
// Names are looked up without regard to case, as ASP.NET does; the spelling sent is kept, since
// signatures are made over it. Ownership: the form owns its strings.
#include <stdbool.h>
#include <stddef.h>

#define FORM_FIELDS_MAX 128
#define FORM_BYTES_MAX 65536

typedef struct {
    char *name;
    char *value;
} form_field_t;

typedef struct {
    size_t count;
    form_field_t fields[FORM_FIELDS_MAX];
} form_t;

// Adds the fields of `text`. False when there are too many, or one holds a NUL; a percent sign that
// starts no sequence stands for itself.
bool form_decode(form_t *self, const char *text, size_t size);
// Adds one field whose plus signs have their meaning already.
bool form_add(form_t *self, const char *name, const char *value);
void form_clear(form_t *self);

// The value of the first field with any of the names (NULL ends the list), or NULL.
const char *form_get(const form_t *self, const char *const *names);
size_t form_count(const form_t *self, const char *const *names);

#define FORM_GET(form, ...) form_get((form), (const char *const[]){__VA_ARGS__, NULL})

// One percent-decoding of `size` bytes; '+' is a space when `plus`. NULL when it holds a NUL.
char *form_unescape(const char *text, size_t size, bool plus);
