// fuzz_statement - any bytes are a bank's statement or are refused with a reason; what is accepted
// adds up, reads the same again, is all text, and read twice credits nothing a second time.
#include "services/documents/bank_books.h"
#include "services/documents/requisites.h"
#include "services/documents/statement_text.h"
#include "proto/utf8.h"
#include "tests/fuzz/fuzz.h"

static const span_t own[] = {SPAN("40702810700000000101"), SPAN("40702810100000000303"),
                             SPAN("40702810500000000404"), SPAN("40702810800000000505")};

// Well-formed, and of control characters the tab alone.
static void check_text(span_t text)
{
    for (size_t at = 0, size; at < text.size; at += size) {
        uint8_t first = (uint8_t)text.bytes[at];
        size = utf8_character(text.bytes + at, text.size - at);
        require(size > 0 && (first >= 0x20 || first == '\t') && first != 0x7f);
    }
}

static void check_party(const statement_party_t *party)
{
    require(party->inn.size == 0 || party->inn.size == 10 || party->inn.size == 12);
    (void)requisites_inn(party->inn);
    (void)requisites_kpp(party->kpp);
    (void)requisites_account(party->bic, party->account);
    check_text(party->account);
    check_text(party->name);
}

static bool is_own(span_t account)
{
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (span_is(account, own[i]))
            return true;
    return false;
}

static void check_document(const statement_document_t *document)
{
    char plain[8192 * 3];
    require(document->amount > 0 && document->amount <= POSTING_AMOUNT_MAX);
    require(is_own(document->own_account));
    require(is_own(document->payer.account) == (document->direction != DIRECTION_IN));
    require(is_own(document->receiver.account) == (document->direction != DIRECTION_OUT));
    check_party(&document->payer);
    check_party(&document->receiver);
    check_text(document->number);
    check_text(document->kind);
    check_text(document->purpose);
    require(document->purpose.size <= sizeof plain);
    size_t size = statement_text_plain(document->purpose, plain);
    require(span_is(document->plain, (span_t){plain, size}));
}

// The same sums by another road: each section against its documents, one account and day at a time.
static void check_sections(const statement_t *statement)
{
    for (size_t i = 0; i < statement->sections_count; i++) {
        const statement_section_t *section = &statement->sections[i];
        __int128 in = 0, out = 0;
        for (size_t j = 0; j < statement->documents_count; j++) {
            const statement_document_t *document = &statement->documents[j];
            day_t in_day = document->receiver.booked, out_day = document->payer.booked;
            if (in_day == DAY_NONE)
                in_day = out_day == DAY_NONE ? document->day : out_day;
            if (out_day == DAY_NONE)
                out_day = document->receiver.booked == DAY_NONE ? document->day : in_day;
            if (span_is(document->receiver.account, section->account) && in_day >= section->from &&
                in_day <= section->to)
                in += document->amount;
            if (span_is(document->payer.account, section->account) && out_day >= section->from &&
                out_day <= section->to)
                out += document->amount;
        }
        require(!section->has_in || !section->covers || section->in == in);
        require(!section->has_out || !section->covers || section->out == out);
        require(!section->has_opening || !section->has_closing ||
                section->opening + in - out == section->closing);
    }
}

static void check_books(const statement_t *statement)
{
    size_t count = statement->documents_count;
    bank_result_t *first = calloc(count + 1, sizeof *first),
                  *second = calloc(count + 1, sizeof *first);
    bank_books_t books;
    size_t matches = 0;
    require(first && second);
    bank_books_init(&books);
    require(bank_books_add_invoice(&books, SPAN("26000000013"), SPAN("9999234565"), 14000000));
    require(bank_books_take(&books, statement, first));
    require(bank_books_take(&books, statement, second));
    for (size_t i = 0; i < count; i++) {
        const statement_document_t *document = &statement->documents[i];
        matches += first[i].class == BANK_MATCH;
        require(first[i].class != BANK_DUPLICATE && second[i].class != BANK_MATCH);
        if (first[i].class == BANK_MATCH)
            require(document->amount == 14000000 && document->closed &&
                    span_is(document->payer.inn, SPAN("9999234565")));
        if (document->direction == DIRECTION_IN)
            require(second[i].class == (document->closed ? BANK_DUPLICATE : BANK_NOT_CLOSED));
    }
    require(matches <= 1);
    bank_books_release(&books);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const statement_terms_t terms = {.own_accounts = own,
                                     .own_accounts_count = sizeof own / sizeof own[0],
                                     .without_totals = size % 2,
                                     .today = 20700};
    statement_t statement, again;
    char *bytes = text_copy(data, size);
    bool accepted = statement_read(&statement, bytes, size, &terms);
    require(accepted == (statement.refusal == STATEMENT_ACCEPTED));
    require(accepted == (statement.refusal_text[0] == '\0'));
    for (size_t i = 0; accepted && i < statement.documents_count; i++)
        check_document(&statement.documents[i]);
    if (accepted) {
        check_sections(&statement);
        check_books(&statement);
    }
    require(statement_read(&again, bytes, size, &terms) == accepted);
    require(again.refusal == statement.refusal && again.refusal_line == statement.refusal_line);
    require(again.documents_count == statement.documents_count);
    statement_release(&again);
    statement_release(&statement);
    free(bytes);
    return 0;
}
