#include "tools/desk/desk_upload.h"
#include <stdio.h>
#include <string.h>

enum { BOUNDARY_MAX = 70, PARTS_MAX = 16, NAME_MAX_BYTES = 64 };

// "--" and the boundary, as it stands before each part.
static bool read_boundary(const char *content_type, char ret_line[BOUNDARY_MAX + 3])
{
    static const char kind[] = "multipart/form-data;", word[] = "boundary=";
    if (!content_type || strncmp(content_type, kind, sizeof kind - 1) != 0)
        return false;
    const char *at = strstr(content_type, word);
    if (!at)
        return false;
    at += sizeof word - 1;
    bool quoted = *at == '"';
    at += quoted;
    size_t size = strcspn(at, quoted ? "\"" : "; \t");
    if (size == 0 || size > BOUNDARY_MAX)
        return false;
    snprintf(ret_line, BOUNDARY_MAX + 3, "--%.*s", (int)size, at);
    return true;
}

static bool take(span_t *left, const char *text)
{
    size_t size = strlen(text);
    if (left->size < size || memcmp(left->bytes, text, size) != 0)
        return false;
    *left = (span_t){left->bytes + size, left->size - size};
    return true;
}

// What stands before the text, which is passed over.
static bool take_until(span_t *left, const char *text, span_t *ret_before)
{
    size_t size = strlen(text);
    const char *found = memmem(left->bytes, left->size, text, size);
    if (!found)
        return false;
    size_t before = (size_t)(found - left->bytes);
    *ret_before = (span_t){left->bytes, before};
    *left = (span_t){found + size, left->size - before - size};
    return true;
}

static bool is_named(span_t head, const char *name)
{
    char wanted[NAME_MAX_BYTES];
    int size = snprintf(wanted, sizeof wanted, "; name=\"%s\"", name);
    return size > 0 && (size_t)size < sizeof wanted &&
           memmem(head.bytes, head.size, wanted, (size_t)size);
}

bool desk_upload_part(const char *content_type, span_t body, const char *name, span_t *ret_part)
{
    char line[BOUNDARY_MAX + 3], between[sizeof line + 2];
    if (!read_boundary(content_type, line) || !take(&body, line))
        return false;
    snprintf(between, sizeof between, "\r\n%s", line);
    for (size_t i = 0; i < PARTS_MAX && take(&body, "\r\n"); i++) {
        span_t head, part;
        if (!take_until(&body, "\r\n\r\n", &head) || !take_until(&body, between, &part))
            return false;
        if (is_named(head, name)) {
            *ret_part = part;
            return true;
        }
    }
    return false;
}
