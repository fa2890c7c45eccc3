#pragma once
// bank_books - what transfers are held against: our invoices, and the documents that came before;
// and what becomes of each document of a statement (docs/rules.md "Matching").
//
// Nothing is posted here. A match marks its invoice as paid in these books, so that statements
// taken one after another give what importing them in this order would.
//
// Memory     At most BANK_BOOKS_INVOICES_MAX invoices and BANK_BOOKS_DOCUMENTS_MAX documents.
// Ownership  Copies what it keeps. Failures: false where there is no room, or the invoice is none.
// Threads    One.
#include "services/base/table.h"
#include "services/documents/invoice_number.h"
#include "services/documents/statement.h"

enum { BANK_BOOKS_INVOICES_MAX = 1000000, BANK_BOOKS_DOCUMENTS_MAX = 4000000 };

// CLASS(enumerator, name)
#define BANK_CLASSES(CLASS)                                                                        \
    CLASS(BANK_MATCH, "MATCH")                                                                     \
    CLASS(BANK_SUSPENSE, "SUSPENSE")                                                               \
    CLASS(BANK_DUPLICATE, "DUPLICATE")                                                             \
    CLASS(BANK_OUT, "OUT")                                                                         \
    CLASS(BANK_OWN, "OWN")                                                                         \
    CLASS(BANK_NOT_CLOSED, "NOT_CLOSED")

// REASON(enumerator, name, what it means)
#define BANK_REASONS(REASON)                                                                       \
    REASON(BANK_NO_REASON, "", "")                                                                 \
    REASON(BANK_NO_INVOICE, "NO_INVOICE", "the purpose names no invoice")                          \
    REASON(BANK_UNKNOWN_INVOICE, "UNKNOWN_INVOICE", "there is no invoice of this number")          \
    REASON(BANK_SEVERAL_INVOICES, "SEVERAL_INVOICES", "the purpose names several invoices")        \
    REASON(BANK_AMOUNT_DIFFERS, "AMOUNT_DIFFERS", "the invoice is of another sum")                 \
    REASON(BANK_PAYER_DIFFERS, "PAYER_DIFFERS", "the invoice is another company's")                \
    REASON(BANK_PAYER_UNKNOWN, "PAYER_UNKNOWN", "the payer has no INN here")                       \
    REASON(BANK_INVOICE_ALREADY_PAID, "INVOICE_ALREADY_PAID", "the invoice was paid before")       \
    REASON(BANK_RETURNED_TRANSFER, "RETURNED_TRANSFER", "our own money came back")                 \
    REASON(BANK_ACQUIRING_REGISTRY, "ACQUIRING_REGISTRY", "a day's total of card payments")        \
    REASON(BANK_POSSIBLE_DUPLICATE, "POSSIBLE_DUPLICATE",                                          \
           "a document that came before differs in purpose or account alone")

typedef enum {
#define CLASS(enumerator, name) enumerator,
    BANK_CLASSES(CLASS)
#undef CLASS
        BANK_CLASSES_COUNT
} bank_class_t;

typedef enum {
#define REASON(enumerator, name, meaning) enumerator,
    BANK_REASONS(REASON)
#undef REASON
        BANK_REASONS_COUNT
} bank_reason_t;

typedef struct {
    bank_class_t class;
    bank_reason_t reason;     // of BANK_SUSPENSE
    invoice_number_t invoice; // of a match, and where one alone was named; "" if none was
    uint32_t file, document;  // of BANK_DUPLICATE: the one that came before, as bank_books_take
                              // numbered its file, and counted from 0
} bank_result_t;

typedef struct {
    table_t invoices, documents, alike;
    uint32_t files;
} bank_books_t;

void bank_books_init(bank_books_t *self);
void bank_books_release(bank_books_t *self);

// An invoice that was issued; its customer's INN, or absent. False if it is there already, has no
// right number, or there is no room.
bool bank_books_add_invoice(bank_books_t *self, span_t number, span_t inn, kopecks_t amount);

// What becomes of each document of an accepted statement; ret_results has room for all of them.
// Remembers them as of the next file, numbered from 0. False, and nothing changed, without room.
bool bank_books_take(bank_books_t *self, const statement_t *statement, bank_result_t *ret_results);

const char *bank_class_name(bank_class_t class);
const char *bank_reason_name(bank_reason_t reason);
const char *bank_reason_meaning(bank_reason_t reason);
