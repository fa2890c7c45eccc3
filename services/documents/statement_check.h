#pragma once
// statement_check - what is true of a statement as a whole, after its format was read: whose
// account each document moves and which way, its day, that the totals are those of the documents,
// and which of equal documents is which (docs/rules.md "Statements").
//
// Failures: false, and the statement says why. Threads: one a statement.
#include "services/documents/statement.h"

bool statement_check(statement_t *self, const statement_terms_t *terms);

// What makes a document the same in another file: own account, day, number, kopecks, payer's INN
// and account, purpose, and the ordinal among equals. `alike` leaves out account, purpose and
// ordinal.
typedef enum { IDENTITY_WHOLE, IDENTITY_WITHOUT_ORDINAL, IDENTITY_ALIKE } identity_t;
void statement_identity(const statement_document_t *document, identity_t identity,
                        uint8_t ret_digest[DIGEST_SHA256_SIZE]);
