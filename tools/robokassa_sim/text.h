#pragma once
// text - a string under construction: a memory stream that ends as a heap string of the caller's.
//
// Ownership: what text_take and text_copy return is the caller's to free. Running out of memory
// stops the process: a stand-in has nothing better to do.
#include <stdio.h>

typedef struct {
    FILE *file;
    char *bytes;
    size_t size;
} text_t;

void text_open(text_t *self); // `self` must stay where it is until taken
char *text_take(text_t *self);
char *text_copy(const char *string); // NULL becomes ""
void text_replace(char **string_p, const char *string);

// Percent-encodes all but RFC 3986's unreserved characters.
void text_put_encoded(FILE *out, const char *string);
// Escapes what HTML and XML give a meaning to; control characters become spaces.
void text_put_escaped(FILE *out, const char *string);
