#pragma once
// robokassa_text - borrowed text, and a writer that fills the caller's buffer and never passes its
// end: the two things every file of the Robokassa protocol is written with.
//
// Ownership  Both borrow. A text is valid as long as the buffer it points into.
// Failures   A writer that meets its end, or is refused, stays so: ask robokassa_writer_end once.
// Threads    None: plain data.
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const char *bytes; // not NUL-terminated
    size_t size;       // 0 means absent
} robokassa_text_t;

#define ROBOKASSA_TEXT(literal) ((robokassa_text_t){"" literal, sizeof(literal) - 1})

static inline robokassa_text_t robokassa_text(const char *string)
{
    return (robokassa_text_t){string, strlen(string)};
}

static inline bool robokassa_text_is(robokassa_text_t a, robokassa_text_t b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

// ASCII letters of either case are equal, as Robokassa's parameter names want it.
static inline bool robokassa_text_is_any_case(robokassa_text_t a, robokassa_text_t b)
{
    return a.size == b.size && (a.size == 0 || strncasecmp(a.bytes, b.bytes, a.size) == 0);
}

// The characters of UTF-8 text into *ret_characters; false when it is not UTF-8 or holds a control
// character, which nothing we send to Robokassa may.
bool robokassa_text_is_plain(robokassa_text_t text, size_t *ret_characters);

typedef struct {
    char *bytes;
    size_t size, size_max;
    bool refused;
} robokassa_writer_t;

static inline robokassa_writer_t robokassa_writer(char *buffer, size_t buffer_size)
{
    return (robokassa_writer_t){.bytes = buffer, .size_max = buffer_size};
}

static inline void robokassa_writer_put(robokassa_writer_t *self, const char *bytes, size_t size)
{
    if (self->refused || size > self->size_max - self->size) {
        self->refused = true;
        return;
    }
    if (size > 0)
        memcpy(self->bytes + self->size, bytes, size);
    self->size += size;
}

static inline void robokassa_writer_text(robokassa_writer_t *self, robokassa_text_t text)
{
    robokassa_writer_put(self, text.bytes, text.size);
}

static inline void robokassa_writer_string(robokassa_writer_t *self, const char *string)
{
    robokassa_writer_put(self, string, strlen(string));
}

// Closes with a NUL that is not counted. Returns the size, or 0 when the text did not fit or a part
// of it was refused.
static inline size_t robokassa_writer_end(robokassa_writer_t *self)
{
    size_t size = self->size;
    robokassa_writer_put(self, "", 1);
    return self->refused ? 0 : size;
}
