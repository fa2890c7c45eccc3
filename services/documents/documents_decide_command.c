#include "services/documents/documents_decide_command.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "services/documents/day.h"
#include "services/documents/documents_decide_numbers.h"
#include "services/documents/requisites.h"
#include <stdlib.h>

enum { DUE_WORKING_DAYS = 5 };
#define INVOICE_AMOUNT_MAX INT64_C(100000000000000) // kopecks

static span_t span_of_text(text_t text)
{
    return (span_t){text.data, text.size};
}

// --- requisites ---

static const char *wrong_requisites(const request_requisites_register_t *asked)
{
    size_t characters = 0;
    span_t name = span_of_text(asked->name);
    if (requisites_inn(span_of_text(asked->inn)))
        return "inn: expected 10 digits whose last follows from the others";
    if (asked->inn.size != DOCUMENTS_INN_DIGITS)
        return "inn: a sole proprietor's requisites are personal data, which no journal holds";
    if (requisites_kpp(span_of_text(asked->kpp)))
        return "kpp: expected 4 digits, 2 of 0-9 A-Z, 3 digits";
    if (!span_is_plain(name, &characters) || !characters || characters > DOCUMENTS_NAME_CHARACTERS)
        return "name: expected up to 160 characters in one line";
    return NULL;
}

static bool is_registered(const documents_account_t *account,
                          const request_requisites_register_t *asked)
{
    return span_is(span_of_text(asked->inn), (span_t){account->inn, sizeof account->inn}) &&
           span_is(span_of_text(asked->kpp), (span_t){account->kpp, sizeof account->kpp}) &&
           span_is(span_of_text(asked->name), (span_t){account->name, account->name_size});
}

fail_t documents_decide_register(const documents_state_t *self,
                                 const request_requisites_register_t *asked, decision_t *out)
{
    const char *wrong = wrong_requisites(asked);
    if (uid_is_zero(&asked->account) || posting_system_number(&asked->account))
        wrong = "account: expected a customer's";
    if (wrong)
        return decision_refuse(out, FAIL_INVALID, wrong);
    const documents_account_t *account = documents_state_account(self, &asked->account);
    if (!account && table_used(&self->accounts) == DOCUMENTS_ACCOUNTS_MAX)
        return decision_refuse(out, FAIL_LIMIT, "there are too many companies");
    if (!account || !is_registered(account, asked))
        decision_add(out, EVENT_requisites_registered)->requisites_registered =
            (event_requisites_registered_t){asked->account, asked->inn, asked->kpp, asked->name};
    return FAIL_NONE;
}

// --- invoices ---

static day_t moscow_day(instant_t at)
{
    return (day_t)((at + MOSCOW_OFFSET_US) / DAY_US);
}

static instant_t last_day_in_time(day_t today)
{
    day_t day = today;
    for (unsigned worked = 0; worked < DUE_WORKING_DAYS; worked += day_is_worked(day, NULL, 0))
        day++;
    return (instant_t)day * DAY_US - MOSCOW_OFFSET_US;
}

// One series a year without a gap: the next serial, the first one in a new year. 0 if none is left.
static uint64_t next_number(const documents_state_t *self, day_t today)
{
    invoice_number_t number;
    uint32_t year = day_year(today) % 100;
    uint32_t serial = year == self->year ? self->serial + 1 : 1;
    if (!invoice_number_make(year, serial, &number))
        return 0;
    return strtoull(number.digits, NULL, 10);
}

fail_t documents_decide_issue(const documents_state_t *self, const request_invoice_issue_t *asked,
                              decision_t *out)
{
    day_t today = moscow_day(out->input->now);
    const documents_account_t *account = documents_state_account(self, &asked->account);
    if (asked->amount <= 0 || asked->amount > INVOICE_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "amount: expected 1 to 10^14 kopecks");
    if (!account)
        return decision_refuse(out, FAIL_STATE, "the account's company is not registered");
    if (account->day == today && account->issued >= DOCUMENTS_ISSUED_A_DAY_MAX)
        return decision_refuse(out, FAIL_FULL, "20 invoices of this account were issued today");
    if (table_used(&self->invoices) == DOCUMENTS_INVOICES_MAX)
        return decision_refuse(out, FAIL_LIMIT, "there are too many invoices");
    fail_t fail = documents_decide_numbers_known(self, out);
    if (fail)
        return fail;
    uint64_t number = next_number(self, today);
    if (!number)
        return decision_refuse(out, FAIL_LIMIT, "the year has no number left");
    decision_add(out, EVENT_invoice_issued)->invoice_issued =
        (event_invoice_issued_t){.number = number,
                                 .account = asked->account,
                                 .amount = asked->amount,
                                 .inn = {account->inn, sizeof account->inn},
                                 .kpp = {account->kpp, sizeof account->kpp},
                                 .name = {account->name, account->name_size},
                                 .due = last_day_in_time(today)};
    return FAIL_NONE;
}
