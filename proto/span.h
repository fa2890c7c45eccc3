#pragma once
// span - borrowed text, and a writer that fills the caller's buffer and never passes its end.
//
// Ownership  Both borrow. A text is valid as long as the buffer it points into.
// Failures   A writer that meets its end, or is refused, stays so: ask writer_end once.
// Threads    None: plain data.
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const char *bytes; // not NUL-terminated
    size_t size;       // 0 means absent
} span_t;

#define SPAN(literal) ((span_t){"" literal, sizeof(literal) - 1})

static inline span_t span_of(const char *string)
{
    return (span_t){string, strlen(string)};
}

static inline bool span_is(span_t a, span_t b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

// ASCII letters of either case are equal, as Robokassa's parameter names want it.
static inline bool span_is_any_case(span_t a, span_t b)
{
    return a.size == b.size && (a.size == 0 || strncasecmp(a.bytes, b.bytes, a.size) == 0);
}

// The characters of UTF-8 text into *ret_characters; false when it is not UTF-8 or holds a control
// character, which nothing we send to Robokassa may.
bool span_is_plain(span_t text, size_t *ret_characters);

typedef struct {
    char *bytes;
    size_t size, size_max;
    bool refused;
} writer_t;

static inline writer_t writer_on(char *buffer, size_t buffer_size)
{
    return (writer_t){.bytes = buffer, .size_max = buffer_size};
}

static inline void writer_put(writer_t *self, const char *bytes, size_t size)
{
    if (self->refused || size > self->size_max - self->size) {
        self->refused = true;
        return;
    }
    if (size > 0)
        memcpy(self->bytes + self->size, bytes, size);
    self->size += size;
}

static inline void writer_text(writer_t *self, span_t text)
{
    writer_put(self, text.bytes, text.size);
}

static inline void writer_string(writer_t *self, const char *string)
{
    writer_put(self, string, strlen(string));
}

// Closes with a NUL that is not counted. Returns the size, or 0 when the text did not fit or a part
// of it was refused.
static inline size_t writer_end(writer_t *self)
{
    size_t size = self->size;
    writer_put(self, "", 1);
    return self->refused ? 0 : size;
}
