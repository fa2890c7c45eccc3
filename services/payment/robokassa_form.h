#pragma once
// robokassa_form - application/x-www-form-urlencoded in both directions: what a browser, Robokassa
// and we send each other.
//
// Decoding happens exactly once; the bytes it yields are the bytes a signature is over. It is ours
// and not the HTTP library's, for it meets strangers' bytes (and theirs had the only CVE).
//
// Ownership  Decoded fields point into the caller's buffer.
// Failures   false: an escape is broken, a byte is NUL, or a maximum is passed; nothing was written
//            to the return parameter.
// Threads    None.
#include "services/payment/robokassa_text.h"

enum {
    ROBOKASSA_FORM_FIELDS_MAX = 64,
    ROBOKASSA_FORM_SIZE_MAX = 16384, // of a received body or query
};

typedef struct {
    robokassa_text_t name, value;
} robokassa_field_t;

typedef struct {
    robokassa_field_t fields[ROBOKASSA_FORM_FIELDS_MAX]; // in the order received
    size_t fields_count;
} robokassa_form_t;

// Decodes a body or a query (without its '?') into `buffer`, which needs `size` bytes at most.
// Empty pairs are skipped; a pair without '=' is a name with an empty value.
bool robokassa_form_decode(const char *encoded, size_t size, char *buffer, size_t buffer_size,
                           robokassa_form_t *ret_form);

// Writes percent-encoding as RFC 3986 has it: all but letters, digits and -._~ become %XX,
// upper-case.
void robokassa_form_escape(robokassa_writer_t *writer, robokassa_text_t text);

// Writes name=value with both escaped, after '&' unless the writer is at `form_start`.
void robokassa_form_add(robokassa_writer_t *writer, size_t form_start, robokassa_text_t name,
                        robokassa_text_t value);
