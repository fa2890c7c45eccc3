#include "tests/vectors/money_statement.h"
#include <stdio.h>

enum { TEXT_MAX = 32768 };

static const char *or_usual(const char *text, const char *usual)
{
    return text ? text : usual;
}

static size_t write_paper(char *text, size_t size, const money_paper_t *paper)
{
    return (size_t)snprintf(
        text, size,
        "СекцияДокумент=Платежное поручение\nНомер=%s\nДата=%s\nСумма=%s\nПлательщикСчет=%s\n"
        "ДатаСписано=%s\nПлательщикИНН=%s\nПлательщик1=ООО \"Ромашка\"\nПолучательСчет=%s\n"
        "ДатаПоступило=%s\nНазначениеПлатежа=%s\nКонецДокумента\n",
        or_usual(paper->number, "1"), or_usual(paper->day, "01.09.2026"),
        or_usual(paper->amount, "100.00"), or_usual(paper->payer, MONEY_PAYER),
        or_usual(paper->day_out, ""), or_usual(paper->inn, MONEY_INN),
        or_usual(paper->receiver, MONEY_OWN), or_usual(paper->day_in, ""),
        or_usual(paper->purpose, "Оплата услуг"));
}

bool money_statement_read(const money_frame_t *frame, const money_paper_t *papers, size_t count,
                          statement_t *ret_statement)
{
    static char text[TEXT_MAX];
    const span_t own[] = {SPAN(MONEY_OWN), SPAN(MONEY_OWN_TOO)};
    const statement_terms_t terms = {
        .own_accounts = own, .own_accounts_count = 2, .without_totals = !frame->sections};
    size_t size =
        (size_t)snprintf(text, sizeof text,
                         "1CClientBankExchange\nВерсияФормата=1.03\nКодировка=%s\n"
                         "ДатаСоздания=31.12.2026\n%s",
                         or_usual(frame->declared, "UTF-8"), or_usual(frame->sections, ""));
    for (size_t i = 0; i < count && size < sizeof text; i++)
        size += write_paper(text + size, sizeof text - size, &papers[i]);
    if (size < sizeof text)
        size += (size_t)snprintf(text + size, sizeof text - size, "КонецФайла\n");
    assert(size < sizeof text);
    return statement_read(ret_statement, text, size, &terms);
}
