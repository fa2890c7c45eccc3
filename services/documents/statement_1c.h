#pragma once
// statement_1c - the text of a 1CClientBankExchange file: lines `key=value` of a header, of
// sections of accounts and of documents, in any order (docs/rules.md "Statements").
//
// Unknown keys and unknown sections are passed over; a key that stands twice in a section refuses
// the file. Failures: false, and the statement says why. Threads: one a statement.
#include "services/documents/statement.h"

#define STATEMENT_1C_FIRST_LINE "1CClientBankExchange"
#define STATEMENT_1C_VERSION "ВерсияФормата="

// The text is the statement's own, decoded; its first line was looked at.
bool statement_1c_read(statement_t *self);
