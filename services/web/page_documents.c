#include "services/web/page_documents.h"
#include "proto/wire.h"
#include "services/web/page_topup.h"
#include <inttypes.h>
#include <stdio.h>

enum { ROWS = 20, NAME_TYPED_MAX = 640, NUMBER_TYPED_MAX = 32, RETRY_DAY_S = 3600 };
enum { ASK_COMPANY, ASK_INVOICES, ASK_ACTS };

static const char company_route[] = "/documents/company", invoice_route[] = "/documents/invoice";
static const char *const company_names[] = {"ticket", "name", "inn", "kpp", NULL};
static const char *const invoice_names[] = {"ticket", "amount", NULL};

typedef struct {
    uint64_t before;
    web_ticket_t ticket;
    bool sent;                              // a form, whose command is the first question
    bool company_wrong, amount_wrong, many; // the form is shown again
} documents_t;

// --- what is shown ---

static size_t fill_invoices(const answer_invoices_t *answer, page_documents_invoices_t rows[ROWS])
{
    wire_t wire;
    size_t count = 0;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    while (count < ROWS && count < answer->count && wire_array(&wire, 5) == 5) {
        page_documents_invoices_t *row = &rows[count];
        uint64_t paid;
        wire_u64(&wire, &row->number);
        wire_i64(&wire, &row->sum);
        wire_i64(&wire, &row->made);
        wire_i64(&wire, &row->due);
        wire_u64(&wire, &paid);
        row->paid = paid != 0;
        if (wire.fail)
            break;
        count++;
    }
    return count;
}

static size_t fill_acts(const answer_acts_t *answer, page_documents_acts_t rows[ROWS])
{
    wire_t wire;
    size_t count = 0;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    while (count < ROWS && count < answer->count && wire_array(&wire, 7) == 7) {
        page_documents_acts_t *row = &rows[count];
        uint64_t invoice, quarter, sequence;
        wire_u64(&wire, &row->number);
        wire_u64(&wire, &invoice);
        wire_u64(&wire, &quarter);
        wire_i64(&wire, &row->sum);
        wire_i64(&wire, &row->vat);
        wire_i64(&wire, &row->made);
        wire_u64(&wire, &sequence);
        row->year = quarter / 4;
        row->quarter = quarter % 4 + 1;
        if (wire.fail)
            break;
        count++;
    }
    return count;
}

static bool is_none(fail_t fail)
{
    return fail == FAIL_MISSING || fail == FAIL_UNKNOWN_ACCOUNT;
}

static span_t span_from(text_t text)
{
    return (span_t){text.data, text.size};
}

static void fill_company(const web_visit_t *visit, size_t first, page_documents_t *page)
{
    const answer_t *company = visit_answer(visit, first + ASK_COMPANY);
    page->may = visit->pays;
    page->has_company = company != NULL;
    page->can_invoice = company && visit->pays;
    if (!company)
        return;
    page->name = span_from(company->requisites.name);
    page->inn = span_from(company->requisites.inn);
    page->kpp = span_from(company->requisites.kpp);
}

// Of the list, so that an address alone says nothing.
static void tell_issued(const web_visit_t *visit, page_documents_t *page)
{
    uint64_t number;
    if (!visit_number(visit_field(visit, "issued"), &number) || !number)
        return;
    for (size_t i = 0; i < page->invoices_count; i++)
        page->has_issued = page->has_issued || page->invoices[i].number == number;
    page->issued = number;
}

static void fill_lists(const web_visit_t *visit, size_t first, page_documents_t *page,
                       page_documents_invoices_t invoices[ROWS], page_documents_acts_t acts[ROWS])
{
    const answer_t *said = visit_answer(visit, first + ASK_INVOICES);
    const answer_t *quarters = visit_answer(visit, first + ASK_ACTS);
    fail_t fail = visit_fail(visit, first + ASK_INVOICES);
    page->silent = fail && !is_none(fail);
    page->listed = !page->silent;
    page->invoices = invoices;
    page->acts = acts;
    if (said) {
        page->invoices_count = fill_invoices(&said->invoices, invoices);
        page->next = said->invoices.next;
        page->more = page->next != 0;
    }
    if (quarters)
        page->acts_count = fill_acts(&quarters->acts, acts);
    page->has_invoices = page->invoices_count > 0;
    page->has_acts = page->acts_count > 0;
}

static bool show(web_visit_t *visit, const documents_t *own)
{
    char company_ticket[TICKET_SIZE + 1], invoice_ticket[TICKET_SIZE + 1];
    page_documents_invoices_t invoices[ROWS];
    page_documents_acts_t acts[ROWS];
    size_t first = own->sent ? 1 : 0;
    bool wrong = own->company_wrong || own->amount_wrong || own->many;
    page_documents_t page = {.frame = visit_frame(visit, TEXT_TAB_DOCUMENTS, 0),
                             .company_wrong = own->company_wrong,
                             .amount_wrong = own->amount_wrong,
                             .many = own->many};
    page.frame.on_documents = true;
    page.frame.error = wrong;
    visit_new_ticket(visit, company_route, "", company_ticket);
    visit_new_ticket(visit, invoice_route, "", invoice_ticket);
    page.company_ticket = span_of(company_ticket);
    page.invoice_ticket = span_of(invoice_ticket);
    fill_company(visit, first, &page);
    fill_lists(visit, first, &page, invoices, acts);
    tell_issued(visit, &page);
    page.typed_name = visit_field(visit, "name"); // as it was typed
    page.typed_inn = visit_field(visit, "inn");
    page.typed_kpp = visit_field(visit, "kpp");
    page.amount = visit_field(visit, "amount");
    writer_t writer = visit_writer(visit);
    page_documents(&writer, visit->language, &page);
    return visit_show(visit, own->many ? 429 : wrong ? 422 : 200, &writer);
}

static bool ask_all(web_visit_t *visit, uint64_t before)
{
    visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_requisites, VISIT_LEDGER_MS)->requisites.account =
        visit->account;
    visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_invoices, VISIT_LEDGER_MS)->invoices =
        (request_invoices_t){.account = visit->account, .before = before, .limit = ROWS};
    visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_acts, VISIT_LEDGER_MS)->acts =
        (request_acts_t){.account = visit->account, .limit = ROWS};
    return false;
}

bool page_documents_show(web_visit_t *visit)
{
    static const char *const names[] = {"before", "issued", "amount", NULL};
    documents_t *own = visit_own(visit, sizeof *own);
    if (visit->round > 0)
        return show(visit, own);
    if (visit_needs_customer(visit, false))
        return true;
    if (!visit_form_has_only(visit, names) ||
        !visit_number(visit_field(visit, "before"), &own->before))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    return ask_all(visit, own->before);
}

// --- forms ---

// True when the reply is ready. Else the command's id is the ticket's.
static bool refuse_form(web_visit_t *visit, const char *route, const char *const *names,
                        documents_t *own)
{
    if (visit_needs_own_page(visit) || visit_needs_customer(visit, true))
        return true;
    if (!visit_form_has_only(visit, names))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    own->sent = true;
    return !visit_ticket(visit, route, &own->ticket) && visit_say(visit, 403, TEXT_E2, TEXT_E2);
}

static text_t text_from(span_t span)
{
    return (text_t){span.bytes, (uint32_t)span.size};
}

static bool send_company(web_visit_t *visit, documents_t *own)
{
    span_t name = visit_field(visit, "name"), inn = visit_field(visit, "inn");
    span_t kpp = visit_field(visit, "kpp");
    if (refuse_form(visit, company_route, company_names, own))
        return true;
    if (name.size > NAME_TYPED_MAX || inn.size > NUMBER_TYPED_MAX || kpp.size > NUMBER_TYPED_MAX)
        return visit_say(visit, 422, TEXT_TAB_DOCUMENTS, TEXT_COMPANY_BAD);
    request_t *request =
        visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_requisites_register, VISIT_COMMAND_MS);
    request->id = own->ticket.command;
    request->requisites_register = (request_requisites_register_t){.account = visit->account,
                                                                   .inn = text_from(inn),
                                                                   .kpp = text_from(kpp),
                                                                   .name = text_from(name)};
    return false;
}

// What became of the first question: said, or the page is made with the form as it was typed.
static bool say_again(web_visit_t *visit, const char *route, const char *const *names)
{
    fail_t fail = visit_fail(visit, 0);
    if (fail == FAIL_TIMEOUT || (fail && fail_retry(fail)))
        return visit_say_again(visit, route, names);
    return visit_say_failure(visit, fail);
}

bool page_documents_company(web_visit_t *visit)
{
    documents_t *own = visit_own(visit, sizeof *own);
    if (visit->round == 0)
        return send_company(visit, own);
    if (visit->round > 1)
        return show(visit, own);
    fail_t fail = visit_fail(visit, 0);
    if (!fail)
        return visit_redirect(visit, "/documents");
    own->company_wrong = fail == FAIL_INVALID;
    return own->company_wrong ? ask_all(visit, 0) : say_again(visit, company_route, company_names);
}

static bool send_invoice(web_visit_t *visit, documents_t *own)
{
    uint64_t rubles = page_topup_rubles(visit_field(visit, "amount"));
    if (refuse_form(visit, invoice_route, invoice_names, own))
        return true;
    own->amount_wrong = rubles == 0;
    if (own->amount_wrong) {
        own->sent = false;
        return ask_all(visit, 0);
    }
    request_t *request =
        visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_invoice_issue, VISIT_COMMAND_MS);
    request->id = own->ticket.command;
    request->invoice_issue =
        (request_invoice_issue_t){.account = visit->account, .amount = (kopecks_t)rubles * 100};
    return false;
}

bool page_documents_invoice(web_visit_t *visit)
{
    documents_t *own = visit_own(visit, sizeof *own);
    if (visit->round == 0)
        return send_invoice(visit, own);
    if (visit->round > 1 || own->amount_wrong)
        return show(visit, own);
    fail_t fail = visit_fail(visit, 0);
    own->many = fail == FAIL_FULL || fail == FAIL_LIMIT;
    if (own->many) {
        visit->retry_s = RETRY_DAY_S;
        return ask_all(visit, 0);
    }
    if (fail)
        return say_again(visit, invoice_route, invoice_names);
    char location[64];
    snprintf(location, sizeof location, "/documents?issued=%" PRIu64,
             visit_answer(visit, 0)->invoice_issue.number);
    return visit_redirect(visit, location);
}
