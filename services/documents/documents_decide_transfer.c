#include "services/documents/documents_decide_transfer.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "services/documents/bank_match.h"
#include "services/documents/documents_row.h"
#include "services/documents/statement_check.h"
#include "services/documents/statement_text.h"
#include <stdio.h>
#include <stdlib.h>

#define TRANSFER_AMOUNT_MAX INT64_C(100000000000000) // kopecks

enum { ACCOUNT_DIGITS = 20, DAYS_MAX = 84000, ALIKE_BYTES = 4 };

static span_t span_of_text(text_t text)
{
    return (span_t){text.data, text.size};
}

// --- identity ---

// As the reader of statements has it; `plain` has room for the purpose.
static statement_document_t document_of(const request_transfer_receive_t *asked, char *plain)
{
    span_t purpose = span_of_text(asked->purpose);
    return (statement_document_t){
        .number = span_of_text(asked->number),
        .purpose = purpose,
        .plain = {plain, statement_text_plain(purpose, plain)},
        .amount = asked->amount,
        .booked = (day_t)asked->day,
        .own_account = span_of_text(asked->own_account),
        .payer = {.account = span_of_text(asked->payer_account),
                  .inn = span_of_text(asked->payer_inn)},
        .ordinal = (uint32_t)asked->ordinal,
    };
}

static uint64_t alike_of(const statement_document_t *document)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    uint64_t bits = 0;
    statement_identity(document, IDENTITY_ALIKE, digest);
    for (size_t i = 0; i < ALIKE_BYTES; i++)
        bits = bits << 8 | digest[i];
    return bits;
}

void documents_transfer_identity(const request_transfer_receive_t *asked, hash_t *ret_identity)
{
    char plain[TRANSFER_TEXT_MAX];
    statement_document_t document = document_of(asked, plain);
    statement_identity(&document, IDENTITY_WHOLE, ret_identity->bytes);
}

// --- receiving ---

static const char *wrong_transfer(const request_transfer_receive_t *asked)
{
    const text_t texts[] = {asked->own_account, asked->number, asked->payer_inn,
                            asked->payer_account, asked->purpose};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].size && memchr(texts[i].data, '\x1f', texts[i].size))
            return "a text holds the sign that parts them in an identity";
    if (asked->amount <= 0 || asked->amount > TRANSFER_AMOUNT_MAX)
        return "amount: expected 1 to 10^14 kopecks";
    if (asked->own_account.size != ACCOUNT_DIGITS)
        return "own_account: expected 20 digits";
    if (asked->day > DAYS_MAX || asked->ordinal >= STATEMENT_DOCUMENTS_MAX)
        return "day, ordinal: expected those of a statement";
    if (asked->payer_inn.size && asked->payer_inn.size != 10 && asked->payer_inn.size != 12)
        return "payer_inn: expected 10 or 12 digits, or none";
    if (asked->number.size > TRANSFER_WORD_MAX || asked->payer_account.size > TRANSFER_WORD_MAX ||
        asked->purpose.size > TRANSFER_TEXT_MAX || asked->payer.size > TRANSFER_TEXT_MAX)
        return "number, payer_account, purpose, payer: expected up to 64, 64, 4096 and 4096 bytes";
    return NULL;
}

static bool find_invoice(const void *books, const invoice_number_t *number,
                         bank_invoice_t *ret_invoice)
{
    const documents_invoice_t *invoice =
        documents_state_invoice(books, strtoull(number->digits, NULL, 10));
    if (invoice)
        *ret_invoice = (bank_invoice_t){
            invoice->amount, {invoice->inn, sizeof invoice->inn}, invoice->paid > 0};
    return invoice;
}

static uid_t16 account_of(const documents_state_t *self, uint64_t number)
{
    const documents_invoice_t *invoice = documents_state_invoice(self, number);
    return ((const documents_account_t *)table_row(&self->accounts, invoice->account))->key;
}

static void match(const documents_state_t *self, const statement_document_t *document,
                  event_transfer_received_t *e)
{
    invoice_number_t named = {.digits = ""};
    bank_transfer_t transfer = {document->purpose, document->plain, document->payer.inn,
                                document->amount};
    e->reason = documents_state_is_alike(self, e)
                    ? TRANSFER_POSSIBLE_DUPLICATE
                    : bank_match(&transfer, find_invoice, self, &named);
    e->invoice = strtoull(named.digits, NULL, 10);
    if (e->reason == TRANSFER_MATCHED)
        e->account = account_of(self, e->invoice);
}

// But for what is matched.
static event_transfer_received_t received_of(const request_transfer_receive_t *asked,
                                             const statement_document_t *document)
{
    event_transfer_received_t e = {.alike = alike_of(document),
                                   .statement = asked->statement,
                                   .booked = (instant_t)asked->day * DAY_US - MOSCOW_OFFSET_US,
                                   .amount = asked->amount};
    statement_identity(document, IDENTITY_WHOLE, e.identity.bytes);
    return e;
}

// A day that is not over may still lose what stands in it.
static bool is_over(uint64_t day, instant_t now)
{
    return (instant_t)(day + 1) * DAY_US - MOSCOW_OFFSET_US <= now;
}

// Who is to place it reads what stood there. What is matched nobody needs to read.
static void keep_texts(const documents_state_t *self, const request_transfer_receive_t *asked,
                       const event_transfer_received_t *e, decision_t *out)
{
    if (!self->settings.rows || e->reason == TRANSFER_MATCHED)
        return;
    documents_row_t row = documents_row_of(asked);
    uid_t16 owner = documents_row_owner(&e->identity);
    uint8_t *bytes = decision_scratch(out, SIDE_ROW_MAX);
    size_t size = documents_row_write(&row, bytes);
    decision_put_row(out, &owner, DOCUMENTS_ROW_TRANSFER, (bytes_t){bytes, (uint32_t)size});
}

// It is placed: its texts are needed no more.
static void forget_texts(const documents_state_t *self, const hash_t *identity, decision_t *out)
{
    uid_t16 owner = documents_row_owner(identity);
    if (self->settings.rows)
        decision_erase_rows(out, &owner);
}

fail_t documents_decide_receive(const documents_state_t *self,
                                const request_transfer_receive_t *asked, decision_t *out)
{
    const char *wrong = wrong_transfer(asked);
    if (wrong)
        return decision_refuse(out, FAIL_INVALID, wrong);
    char plain[TRANSFER_TEXT_MAX];
    statement_document_t document = document_of(asked, plain);
    event_transfer_received_t e = received_of(asked, &document);
    if (documents_state_transfer(self, &e.identity))
        return FAIL_NONE; // read twice it credits once
    if (!is_over(asked->day, out->input->now))
        return decision_refuse(out, FAIL_FUTURE, "day: it is not over");
    if (table_used(&self->transfers) == DOCUMENTS_TRANSFERS_MAX)
        return decision_refuse(out, FAIL_LIMIT, "there are too many transfers");
    match(self, &document, &e);
    decision_add(out, EVENT_transfer_received)->transfer_received = e;
    keep_texts(self, asked, &e, out);
    return FAIL_NONE;
}

fail_t documents_transfer_look(const documents_state_t *self, const request_transfer_look_t *asked,
                               answer_transfer_look_t *ret_answer)
{
    const request_transfer_receive_t received = {.statement = asked->statement,
                                                 .own_account = asked->own_account,
                                                 .day = asked->day,
                                                 .number = asked->number,
                                                 .amount = asked->amount,
                                                 .payer_inn = asked->payer_inn,
                                                 .payer_account = asked->payer_account,
                                                 .purpose = asked->purpose,
                                                 .ordinal = asked->ordinal};
    char plain[TRANSFER_TEXT_MAX];
    if (wrong_transfer(&received))
        return FAIL_INVALID;
    statement_document_t document = document_of(&received, plain);
    event_transfer_received_t e = received_of(&received, &document);
    bool known = documents_state_transfer(self, &e.identity);
    if (!known)
        match(self, &document, &e);
    *ret_answer =
        (answer_transfer_look_t){.known = known, .reason = e.reason, .invoice = e.invoice};
    return FAIL_NONE;
}

// --- what two persons say ---

static const char *wrong_invoice(const documents_state_t *self,
                                 const request_transfer_assign_t *asked)
{
    const documents_invoice_t *invoice = documents_state_invoice(self, asked->invoice);
    if (!invoice)
        return "there is no invoice of this number";
    uid_t16 account = account_of(self, asked->invoice);
    if (!uid_equal(&account, &asked->account))
        return "the invoice is another account's";
    return invoice->paid ? "the invoice was paid before" : NULL;
}

fail_t documents_decide_assign(const documents_state_t *self,
                               const request_transfer_assign_t *asked, decision_t *out)
{
    const documents_transfer_t *transfer = documents_state_received(self, asked->transfer);
    if (posting_system_number(&asked->account))
        return decision_refuse(out, FAIL_INVALID, "account: expected a customer's");
    if (!transfer)
        return decision_refuse(out, FAIL_MISSING, "no transfer was received at that sequence");
    if (!transfer->open)
        return decision_refuse(out, FAIL_STATE, "the transfer is not in suspense");
    const char *wrong = asked->invoice ? wrong_invoice(self, asked) : NULL;
    if (wrong)
        return decision_refuse(out, FAIL_STATE, wrong);
    event_transfer_assigned_t *e = &decision_add(out, EVENT_transfer_assigned)->transfer_assigned;
    *e = (event_transfer_assigned_t){.transfer = asked->transfer,
                                     .amount = transfer->amount,
                                     .account = asked->account,
                                     .invoice = asked->invoice};
    e->identity = transfer->identity;
    forget_texts(self, &transfer->identity, out);
    return FAIL_NONE;
}

fail_t documents_decide_settle(const documents_state_t *self,
                               const request_transfer_settle_t *asked, decision_t *out)
{
    const documents_transfer_t *transfer = documents_state_received(self, asked->transfer);
    if (asked->fee < 0 || asked->fee > TRANSFER_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "fee: expected 0 to 10^14 kopecks");
    if (!transfer)
        return decision_refuse(out, FAIL_MISSING, "no transfer was received at that sequence");
    if (!transfer->open)
        return decision_refuse(out, FAIL_STATE, "the transfer is not in suspense");
    event_transfer_settled_t *e = &decision_add(out, EVENT_transfer_settled)->transfer_settled;
    *e = (event_transfer_settled_t){.transfer = asked->transfer,
                                    .identity = transfer->identity,
                                    .amount = transfer->amount,
                                    .fee = asked->fee};
    forget_texts(self, &transfer->identity, out);
    return FAIL_NONE;
}
