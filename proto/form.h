#pragma once
// form - application/x-www-form-urlencoded in both directions: what a browser, Robokassa
// and we send each other.
//
// Decoding happens exactly once; the bytes it yields are the bytes a signature is over. It is ours
// and not the HTTP library's, for it meets strangers' bytes (and theirs had the only CVE).
//
// Ownership  Decoded fields point into the caller's buffer.
// Failures   false: an escape is broken, a byte is NUL, or a maximum is passed; nothing was written
//            to the return parameter.
// Threads    None.
#include "proto/span.h"

enum {
    FORM_FIELDS_MAX = 64,
    FORM_SIZE_MAX = 16384, // of a received body or query
};

typedef struct {
    span_t name, value;
} form_field_t;

typedef struct {
    form_field_t fields[FORM_FIELDS_MAX]; // in the order received
    size_t fields_count;
} form_t;

// Decodes a body or a query (without its '?') into `buffer`, which needs `size` bytes at most.
// Empty pairs are skipped; a pair without '=' is a name with an empty value.
bool form_decode(const char *encoded, size_t size, char *buffer, size_t buffer_size,
                 form_t *ret_form);

// Writes percent-encoding as RFC 3986 has it: all but letters, digits and -._~ become %XX,
// upper-case.
void form_escape(writer_t *writer, span_t text);

// Writes name=value with both escaped, after '&' unless the writer is at `form_start`.
void form_add(writer_t *writer, size_t form_start, span_t name, span_t value);
