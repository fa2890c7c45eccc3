#include "services/documents/statement_parts.h"
#include "services/documents/statement_text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool statement_refuse(statement_t *self, statement_refusal_t refusal, uint32_t line,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line above
    vsnprintf(self->refusal_text, sizeof self->refusal_text, format, arguments);
    va_end(arguments);
    self->refusal = refusal;
    self->refusal_line = line;
    return false;
}

void statement_warn(statement_t *self, statement_warning_t warning, uint32_t line)
{
    if (self->warnings_count == STATEMENT_WARNINGS_MAX)
        return;
    self->warnings[self->warnings_count].warning = warning;
    self->warnings[self->warnings_count++].line = line;
}

bool statement_add_account(statement_t *self, span_t account, uint32_t line)
{
    for (size_t i = 0; i < self->accounts_count; i++)
        if (span_is(self->accounts[i], account))
            return true;
    if (self->accounts_count == STATEMENT_ACCOUNTS_MAX)
        return statement_refuse(self, STATEMENT_TOO_LARGE, line, "more than %d accounts",
                                STATEMENT_ACCOUNTS_MAX);
    self->accounts[self->accounts_count++] = account;
    return true;
}

// Room for one row more.
static void *grow(void *rows, size_t count, size_t *cap, size_t row_size)
{
    if (count < *cap)
        return rows;
    *cap = *cap ? 2 * *cap : 16;
    rows = realloc(rows, *cap * row_size);
    assert(rows);
    return rows;
}

statement_section_t *statement_add_section(statement_t *self, uint32_t line)
{
    if (self->sections_count == STATEMENT_SECTIONS_MAX) {
        statement_refuse(self, STATEMENT_TOO_LARGE, line, "more than %d sections",
                         STATEMENT_SECTIONS_MAX);
        return NULL;
    }
    self->sections =
        grow(self->sections, self->sections_count, &self->sections_cap, sizeof *self->sections);
    statement_section_t *section = &self->sections[self->sections_count++];
    *section = (statement_section_t){.line = line};
    return section;
}

statement_document_t *statement_add_document(statement_t *self, uint32_t line)
{
    if (self->documents_count == STATEMENT_DOCUMENTS_MAX) {
        statement_refuse(self, STATEMENT_TOO_LARGE, line, "more than %d documents",
                         STATEMENT_DOCUMENTS_MAX);
        return NULL;
    }
    self->documents =
        grow(self->documents, self->documents_count, &self->documents_cap, sizeof *self->documents);
    statement_document_t *document = &self->documents[self->documents_count++];
    *document = (statement_document_t){.line = line};
    return document;
}

// Room for what is made of the text: all pieces joined, which stand in it each once and with a key
// before it, and what statement_plain makes of purposes, each once.
static char *take_room(statement_t *self, size_t size)
{
    if (!self->joined) {
        self->joined = malloc(2 * self->text_size + 2);
        assert(self->joined);
    }
    assert(size <= 2 * self->text_size + 2 - self->joined_size);
    return self->joined + self->joined_size;
}

span_t statement_join(statement_t *self, const span_t *pieces, size_t count)
{
    span_t joined = {take_room(self, 0), 0};
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].size == 0)
            continue;
        char *at = take_room(self, pieces[i].size + 1);
        size_t blank = joined.size > 0;
        if (blank)
            *at = ' ';
        memcpy(at + blank, pieces[i].bytes, pieces[i].size);
        self->joined_size += pieces[i].size + blank;
        joined.size += pieces[i].size + blank;
    }
    return joined;
}

span_t statement_plain(statement_t *self, span_t text)
{
    char *at = take_room(self, text.size);
    span_t plain = {at, statement_text_plain(text, at)};
    self->joined_size += plain.size;
    return plain;
}
