#include "services/documents/statement.h"
#include "services/documents/statement_1c.h"
#include "services/documents/statement_check.h"
#include "services/documents/statement_csv.h"
#include "services/documents/statement_parts.h"
#include "services/documents/statement_text.h"
#include <stdlib.h>

#define NAMES(LIST, ROW, index)                                                                    \
    static const char *const names[] = {LIST(ROW)};                                                \
    return names[index]
#define ROW_NAME(enumerator, name, meaning) name,
#define ROW_MEANING(enumerator, name, meaning) meaning,

const char *statement_refusal_name(statement_refusal_t refusal)
{
    NAMES(STATEMENT_REFUSALS, ROW_NAME, refusal);
}

const char *statement_refusal_meaning(statement_refusal_t refusal)
{
    NAMES(STATEMENT_REFUSALS, ROW_MEANING, refusal);
}

const char *statement_warning_name(statement_warning_t warning)
{
    NAMES(STATEMENT_WARNINGS, ROW_NAME, warning);
}

const char *statement_warning_meaning(statement_warning_t warning)
{
    NAMES(STATEMENT_WARNINGS, ROW_MEANING, warning);
}

const char *direction_name(direction_t direction)
{
    static const char *const names[] = {"in", "out", "own"};
    return names[direction];
}

void statement_release(statement_t *self)
{
    free(self->sections);
    free(self->documents);
    free(self->text);
    free(self->joined);
    *self = (statement_t){0};
}

static const char byte_order_mark[] = "\xef\xbb\xbf";
enum { MARK_SIZE = sizeof byte_order_mark - 1 };

static bool has_mark(span_t bytes)
{
    return bytes.size >= MARK_SIZE && memcmp(bytes.bytes, byte_order_mark, MARK_SIZE) == 0;
}

static bool is_white(char c)
{
    return c == '\r' || c == '\n' || c == ' ' || c == '\t';
}

// The first line that is not empty, in bytes: what it must be is ASCII in every encoding.
static bool is_1c(span_t bytes)
{
    size_t begin = 0;
    while (begin < bytes.size && is_white(bytes.bytes[begin]))
        begin++;
    static const char first[] = STATEMENT_1C_FIRST_LINE;
    size_t size = sizeof first - 1;
    span_t rest = {bytes.bytes + begin, bytes.size - begin};
    if (rest.size < size || memcmp(rest.bytes, first, size) != 0)
        return false;
    return rest.size == size || is_white(rest.bytes[size]);
}

static bool decode_as(statement_t *self, span_t bytes, statement_encoding_t encoding)
{
    self->encoding = encoding;
    if (!statement_text_decode(bytes, encoding, self->text, &self->text_size))
        return false;
    static const char version[] = STATEMENT_1C_VERSION;
    return self->format != STATEMENT_1C ||
           memmem(self->text, self->text_size, version, sizeof version - 1);
}

static bool decode(statement_t *self, span_t bytes)
{
    bool marked = has_mark(bytes);
    if (marked)
        bytes = (span_t){bytes.bytes + MARK_SIZE, bytes.size - MARK_SIZE};
    self->format = is_1c(bytes) ? STATEMENT_1C : STATEMENT_CSV;
    self->text = malloc(3 * bytes.size + 1);
    assert(self->text);
    if (decode_as(self, bytes, STATEMENT_UTF8))
        return true;
    if (!marked && decode_as(self, bytes, STATEMENT_WINDOWS_1251))
        return true;
    if (!marked && self->format == STATEMENT_1C && decode_as(self, bytes, STATEMENT_CP866))
        return true;
    return statement_refuse(self, STATEMENT_ENCODING, 0,
                            self->format == STATEMENT_1C
                                ? "ВерсияФормата= is in it neither as UTF-8 nor as Windows-1251 "
                                  "nor as CP866"
                                : "it is neither UTF-8 nor Windows-1251");
}

bool statement_read(statement_t *self, const void *bytes, size_t size,
                    const statement_terms_t *terms)
{
    *self = (statement_t){.created = DAY_NONE, .from = DAY_NONE, .to = DAY_NONE};
    digest_sha256(bytes, size, self->sha256);
    if (size > STATEMENT_BYTES_MAX)
        return statement_refuse(self, STATEMENT_TOO_LARGE, 0, "more than %d bytes",
                                STATEMENT_BYTES_MAX);
    span_t text = {bytes, size};
    while (text.size > 0 && text.bytes[text.size - 1] == '\x1a')
        text.size--; // where DOS ended a text
    if (!decode(self, text))
        return false;
    if (self->format == STATEMENT_1C)
        return statement_1c_read(self) && statement_check(self, terms);
    if (!statement_csv_is((span_t){self->text, self->text_size}))
        return statement_refuse(self, STATEMENT_FORMAT, 1,
                                "expected " STATEMENT_1C_FIRST_LINE
                                " in the first line, or the header of our CSV");
    return statement_csv_read(self) && statement_check(self, terms);
}
