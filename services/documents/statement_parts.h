#pragma once
// statement_parts - what the readers of the formats fill a statement with. All of them return false
// where the statement is refused, so that the caller stops.
#include "services/documents/statement.h"

bool statement_refuse(statement_t *self, statement_refusal_t refusal, uint32_t line,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
void statement_warn(statement_t *self, statement_warning_t warning, uint32_t line);

bool statement_add_account(statement_t *self, span_t account, uint32_t line);
// NULL after a refusal.
statement_section_t *statement_add_section(statement_t *self, uint32_t line);
statement_document_t *statement_add_document(statement_t *self, uint32_t line);

// Joins the pieces that are not empty by one blank. Owned by the statement, as is what follows.
span_t statement_join(statement_t *self, const span_t *pieces, size_t count);
// The text with each run of blanks made one.
span_t statement_plain(statement_t *self, span_t text);
