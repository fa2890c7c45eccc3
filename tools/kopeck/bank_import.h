#pragma once
// bank_import - sends the transfers of an accepted statement to documents, one by one, and shows
// what became of each, or only asks what would; and what is in suspense.
//
// What went out, moved between own accounts, or stands on a day that was not over is not sent. A
// run that was cut off is run again: what came before changes nothing. Failures: an exit status,
// said on stderr. Threads: one. Source: docs/rules.md "Matching".
#include "services/documents/statement.h"
#include "tools/kopeck/session.h"

// How a document of a statement is sent, and how it is asked for. Texts are borrowed.
request_transfer_receive_t bank_import_receive(const statement_t *statement,
                                               const statement_document_t *document);
request_transfer_look_t bank_import_look(const request_transfer_receive_t *received);

// `looks`: nothing is sent that changes anything.
int bank_import_send(session_t *session, const char *path, const statement_t *statement,
                     bool looks);
// Every transfer in suspense.
int bank_import_suspense(session_t *session);
