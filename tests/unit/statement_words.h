#pragma once
// statement_words - small statements for tests: a file whose parts are as usual but for what a test
// says, and reading it.
#include "services/documents/statement.h"
#include "documents_fixture.h"

#define OWN_A "40702810700000000101"
#define OWN_B "40702810100000000303"
#define PAYER "40702810000000007001"

#define HEAD "1CClientBankExchange\nВерсияФормата=1.03\nКодировка=UTF-8\nДатаСоздания=31.12.2026\n"
#define SECTION_OF(account, from, to, opening, in, out, closing)                                   \
    "СекцияРасчСчет\nДатаНачала=" from "\nДатаКонца=" to "\nРасчСчет=" account                     \
    "\nНачальныйОстаток=" opening "\nВсегоПоступило=" in "\nВсегоСписано=" out                     \
    "\nКонечныйОстаток=" closing "\nКонецРасчСчет\n"
#define DOCUMENT_OF(number, day, amount, payer, receiver, rest)                                    \
    "СекцияДокумент=Платежное поручение\nНомер=" number "\nДата=" day "\nСумма=" amount            \
    "\nПлательщикСчет=" payer "\nПолучательСчет=" receiver "\n" rest "КонецДокумента\n"
#define INCOME(number, amount, rest)                                                               \
    DOCUMENT_OF(number, "01.09.2026", amount, PAYER, OWN_A,                                        \
                "ПлательщикИНН=9999234565\nПлательщик1=ООО\n" rest)
#define TAIL "КонецФайла\n"

static inline bool read_own(statement_t *self, const void *bytes, size_t size, bool word)
{
    const span_t own[] = {SPAN(OWN_A), SPAN(OWN_B)};
    day_t today = 0;
    assert_true(day_of(2026, 11, 29, &today));
    const statement_terms_t terms = {
        .own_accounts = own, .own_accounts_count = 2, .without_totals = word, .today = today};
    return statement_read(self, bytes, size, &terms);
}

// With an operator's word for what no totals cover.
static inline bool read_text(statement_t *self, const char *text)
{
    return read_own(self, text, strlen(text), true);
}

// The refusal of a text; STATEMENT_ACCEPTED if it is none. It names a line of the text.
static inline statement_refusal_t refusal_of(const char *text, bool word)
{
    statement_t statement;
    bool accepted = read_own(&statement, text, strlen(text), word);
    statement_refusal_t refusal = statement.refusal;
    assert_int_equal(accepted, refusal == STATEMENT_ACCEPTED);
    if (!accepted)
        assert_true(strlen(statement.refusal_text) > 10);
    statement_release(&statement);
    return refusal;
}

static inline bool has_warning(const statement_t *self, statement_warning_t warning)
{
    for (size_t i = 0; i < self->warnings_count; i++)
        if (self->warnings[i].warning == warning)
            return true;
    return false;
}

#define assert_span(span, text) assert_true(span_is(span, span_of(text)))
