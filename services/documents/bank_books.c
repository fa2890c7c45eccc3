#include "services/documents/bank_books.h"
#include "services/documents/bank_match.h"
#include "services/documents/statement_check.h"
#include <assert.h>

// A reason is the code of its name.
static_assert((int)BANK_NO_REASON == (int)TRANSFER_MATCHED, "");
static_assert((int)BANK_NO_INVOICE == (int)TRANSFER_NO_INVOICE, "");
static_assert((int)BANK_UNKNOWN_INVOICE == (int)TRANSFER_UNKNOWN_INVOICE, "");
static_assert((int)BANK_SEVERAL_INVOICES == (int)TRANSFER_SEVERAL_INVOICES, "");
static_assert((int)BANK_AMOUNT_DIFFERS == (int)TRANSFER_AMOUNT_DIFFERS, "");
static_assert((int)BANK_PAYER_DIFFERS == (int)TRANSFER_PAYER_DIFFERS, "");
static_assert((int)BANK_PAYER_UNKNOWN == (int)TRANSFER_PAYER_UNKNOWN, "");
static_assert((int)BANK_INVOICE_ALREADY_PAID == (int)TRANSFER_INVOICE_ALREADY_PAID, "");
static_assert((int)BANK_RETURNED_TRANSFER == (int)TRANSFER_RETURNED_TRANSFER, "");
static_assert((int)BANK_ACQUIRING_REGISTRY == (int)TRANSFER_ACQUIRING_REGISTRY, "");
static_assert((int)BANK_POSSIBLE_DUPLICATE == (int)TRANSFER_POSSIBLE_DUPLICATE, "");

enum { INN_SIZE = 12 };

typedef struct {
    uid_t16 key; // the number
    kopecks_t amount;
    char inn[INN_SIZE];
    uint8_t inn_size;
    bool paid;
} invoice_row_t;

typedef struct {
    uid_t16 key; // of the identity
    uint32_t file, document;
} document_row_t;

const char *bank_class_name(bank_class_t class)
{
    static const char *const names[] = {
#define CLASS(enumerator, name) name,
        BANK_CLASSES(CLASS)
#undef CLASS
    };
    return names[class];
}

const char *bank_reason_name(bank_reason_t reason)
{
    static const char *const names[] = {
#define REASON(enumerator, name, meaning) name,
        BANK_REASONS(REASON)
#undef REASON
    };
    return names[reason];
}

const char *bank_reason_meaning(bank_reason_t reason)
{
    static const char *const meanings[] = {
#define REASON(enumerator, name, meaning) meaning,
        BANK_REASONS(REASON)
#undef REASON
    };
    return meanings[reason];
}

void bank_books_init(bank_books_t *self)
{
    *self = (bank_books_t){.files = 0};
    table_init(&self->invoices, sizeof(invoice_row_t));
    table_init(&self->documents, sizeof(document_row_t));
    table_init(&self->alike, sizeof(document_row_t));
}

void bank_books_release(bank_books_t *self)
{
    table_release(&self->invoices);
    table_release(&self->documents);
    table_release(&self->alike);
}

// --- invoices ---

static uid_t16 key_of_number(const char *digits)
{
    uid_t16 key = {{0}};
    memcpy(key.bytes, digits, INVOICE_NUMBER_DIGITS);
    return key;
}

static invoice_row_t *find_invoice(const bank_books_t *self, const char *digits)
{
    uid_t16 key = key_of_number(digits);
    uint32_t row = table_find(&self->invoices, &key);
    return row == TABLE_NONE ? NULL : table_row(&self->invoices, row);
}

bool bank_books_add_invoice(bank_books_t *self, span_t number, span_t inn, kopecks_t amount)
{
    if (!invoice_number_is(number) || inn.size > INN_SIZE || amount <= 0 ||
        find_invoice(self, number.bytes) || table_used(&self->invoices) == BANK_BOOKS_INVOICES_MAX)
        return false;
    uid_t16 key = key_of_number(number.bytes);
    invoice_row_t *row = table_row(&self->invoices, table_insert(&self->invoices, &key));
    row->amount = amount;
    row->inn_size = (uint8_t)inn.size;
    if (inn.size > 0)
        memcpy(row->inn, inn.bytes, inn.size);
    return true;
}

// --- matching ---

static bool find_for_match(const void *books, const invoice_number_t *number,
                           bank_invoice_t *ret_invoice)
{
    const invoice_row_t *row = find_invoice(books, number->digits);
    if (row)
        *ret_invoice = (bank_invoice_t){row->amount, {row->inn, row->inn_size}, row->paid};
    return row;
}

static bank_reason_t match(bank_books_t *self, const statement_document_t *document,
                           invoice_number_t *ret_invoice)
{
    bank_transfer_t transfer = {document->purpose, document->plain, document->payer.inn,
                                document->amount};
    transfer_reason_t reason = bank_match(&transfer, find_for_match, self, ret_invoice);
    if (reason == TRANSFER_MATCHED) {
        invoice_row_t *row = find_invoice(self, ret_invoice->digits);
        assert(row); // it was matched with it
        row->paid = true;
    }
    return (bank_reason_t)reason;
}

// --- documents that came before ---

static uid_t16 key_of(const statement_document_t *document, identity_t identity)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    uid_t16 key;
    statement_identity(document, identity, digest);
    memcpy(key.bytes, digest, sizeof key.bytes);
    return key;
}

static void remember(table_t *table, const statement_document_t *document, identity_t identity,
                     uint32_t file, uint32_t number)
{
    uid_t16 key = key_of(document, identity);
    if (table_find(table, &key) != TABLE_NONE)
        return;
    document_row_t *row = table_row(table, table_insert(table, &key));
    row->file = file;
    row->document = number;
}

static bank_result_t judge(bank_books_t *self, const statement_document_t *document)
{
    bank_result_t result = {.class = BANK_MATCH};
    if (document->direction != DIRECTION_IN) {
        result.class = document->direction == DIRECTION_OUT ? BANK_OUT : BANK_OWN;
        return result;
    }
    uid_t16 key = key_of(document, IDENTITY_WHOLE);
    uint32_t row = table_find(&self->documents, &key);
    if (row != TABLE_NONE) {
        const document_row_t *before = table_row(&self->documents, row);
        return (bank_result_t){
            .class = BANK_DUPLICATE, .file = before->file, .document = before->document};
    }
    if (!document->closed) {
        result.class = BANK_NOT_CLOSED;
        return result;
    }
    key = key_of(document, IDENTITY_ALIKE);
    // Those of this file are remembered after it: equal ones in one file are as many payments.
    if (table_find(&self->alike, &key) != TABLE_NONE)
        result.reason = BANK_POSSIBLE_DUPLICATE;
    else
        result.reason = match(self, document, &result.invoice);
    if (result.reason != BANK_NO_REASON)
        result.class = BANK_SUSPENSE;
    return result;
}

bool bank_books_take(bank_books_t *self, const statement_t *statement, bank_result_t *ret_results)
{
    if (statement->documents_count > BANK_BOOKS_DOCUMENTS_MAX - table_used(&self->documents))
        return false;
    for (size_t i = 0; i < statement->documents_count; i++)
        ret_results[i] = judge(self, &statement->documents[i]);
    for (size_t i = 0; i < statement->documents_count; i++) {
        const statement_document_t *document = &statement->documents[i];
        if (!document->closed)
            continue;
        remember(&self->documents, document, IDENTITY_WHOLE, self->files, (uint32_t)i);
        if (document->direction == DIRECTION_IN)
            remember(&self->alike, document, IDENTITY_ALIKE, self->files, (uint32_t)i);
    }
    self->files++;
    return true;
}
