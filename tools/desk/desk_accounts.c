#include "services/process/log.h"
#include "services/web/page_payments.h"
#include "services/web/page_rows.h"
#include "tools/desk/desk_fields.h"
#include "tools/desk/desk_rows.h"
#include "tools/desk/desk_screens.h"
#include <stdio.h>

enum { ACCOUNTS_SHOWN = 50, ROWS = 15, LOTS_SHOWN = 30, PATH_BYTES = 96 };

static const char of_one[] = "desk/accounts/";

// --- the list ---

void desk_cell_account(desk_sheet_t *sheet, const uid_t16 *account)
{
    char path[PATH_BYTES];
    span_t id = desk_uid(sheet, account);
    snprintf(path, sizeof path, "%s%.*s", of_one, (int)id.size, id.bytes);
    desk_cell_link(sheet, id, path, NULL, SPAN(""));
}

static void add_search(desk_sheet_t *sheet, const web_visit_t *visit, bool wrong)
{
    desk_part(sheet, TEXT_DESK_FIND);
    if (wrong)
        desk_note(sheet, desk_text(sheet, TEXT_DESK_FIND_NONE));
    desk_form(sheet, "desk/find", TEXT_DESK_FIND_DO);
    desk_typed(sheet, "what", desk_text(sheet, TEXT_DESK_FIND_HOW), visit_field(visit, "what"),
               TEXT_NONE, wrong);
}

static void add_accounts(desk_sheet_t *sheet, const answer_table_t *table)
{
    static const text_id_t heads[] = {TEXT_DESK_NUMBER, TEXT_DESK_ACCOUNT, TEXT_DESK_BALANCE,
                                      TEXT_DESK_CASH,   TEXT_DESK_BONUS,   TEXT_DESK_CLOSED};
    desk_walk_t walk;
    desk_account_row_t row;
    uint64_t shown = 0, last = 0;
    desk_walk(&walk, table->rows, table->count);
    desk_table(sheet, heads, 6, 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4);
    while (shown < ACCOUNTS_SHOWN && desk_walk_account(&walk, &row)) {
        kopecks_t balance = 0;
        (void)money_add(row.cash, row.bonus, &balance);
        desk_row(sheet);
        desk_cell(sheet, desk_number(sheet, row.number));
        desk_cell_account(sheet, &row.account);
        desk_cell(sheet, desk_money(sheet, balance));
        desk_cell(sheet, desk_money(sheet, row.cash));
        desk_cell(sheet, desk_money(sheet, row.bonus));
        desk_cell(sheet, desk_yes(sheet, row.closed));
        last = row.number;
        shown++;
    }
    if (!shown)
        desk_note(sheet, desk_text(sheet, TEXT_DESK_NONE));
    if (table->next || walk.left) // numbers are dense, from 64 on, as the table's rows are from 0
        desk_link(sheet, desk_text(sheet, TEXT_DESK_MORE), "desk/accounts", "from",
                  desk_number(sheet, last - 64 + 1));
}

bool desk_accounts_show(web_visit_t *visit)
{
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_table, VISIT_LEDGER_MS)->table.from =
            desk_query_number(visit, "from");
        return false;
    }
    const answer_t *answer = visit_answer(visit, 0);
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_ACCOUNTS);
    desk_sheet_frame(sheet)->on_accounts = true;
    add_search(sheet, visit, false);
    desk_part(sheet, TEXT_DESK_ACCOUNTS);
    if (answer)
        add_accounts(sheet, &answer->table);
    else
        desk_note(sheet, desk_text(sheet, TEXT_DESK_SILENT));
    return desk_sheet_show(&sheet, 200);
}

// --- search: an account's id, the number of a payment or an invoice, an INN ---

enum { INN_DIGITS = 10, FIND_PAYMENT = 0, FIND_COMPANIES = 1 };

static bool go_to(web_visit_t *visit, const uid_t16 *account)
{
    char location[PATH_BYTES], id[UID_TEXT_SIZE];
    uid_format(account, id);
    snprintf(location, sizeof location, "/%s%s", of_one, id);
    return visit_redirect(visit, location);
}

static bool say_none(web_visit_t *visit)
{
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_ACCOUNTS);
    desk_sheet_frame(sheet)->on_accounts = true;
    add_search(sheet, visit, true);
    return desk_sheet_show(&sheet, 404);
}

// Whose company has that INN: the one account, or a list of them. False where there is none.
static bool found_company(web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_ACCOUNT, TEXT_DESK_COMPANY, TEXT_DESK_KPP};
    const answer_t *answer =
        visit->asks_count > FIND_COMPANIES ? visit_answer(visit, FIND_COMPANIES) : NULL;
    desk_walk_t walk;
    desk_company_row_t row;
    if (!answer || !answer->companies.count)
        return false;
    desk_walk(&walk, answer->companies.rows, answer->companies.count);
    if (answer->companies.count == 1 && desk_walk_company(&walk, &row))
        return go_to(visit, &row.account);
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_ACCOUNTS);
    desk_sheet_frame(sheet)->on_accounts = true;
    add_search(sheet, visit, false);
    desk_part(sheet, TEXT_DESK_ACCOUNTS);
    desk_table(sheet, heads, 3, 0);
    while (desk_walk_company(&walk, &row)) {
        desk_row(sheet);
        desk_cell_account(sheet, &row.account);
        desk_cell(sheet, (span_t){row.name.data, row.name.size});
        desk_cell(sheet, (span_t){row.kpp.data, row.kpp.size});
    }
    if (answer->companies.more)
        desk_note(sheet, desk_text(sheet, TEXT_DESK_FIND_MORE));
    return desk_sheet_show(&sheet, 200);
}

static void ask_number(web_visit_t *visit, span_t what, uint64_t number)
{
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payment, VISIT_LEDGER_MS)->payment.invoice = number;
    if (what.size == INN_DIGITS)
        visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_companies, VISIT_LEDGER_MS)->companies.inn =
            (text_t){what.bytes, (uint32_t)what.size};
}

bool desk_accounts_find(web_visit_t *visit)
{
    uid_t16 account;
    uint64_t number;
    char location[PATH_BYTES];
    if (visit->round == 0) {
        if (desk_needs_own_form(visit))
            return true;
        span_t what = visit_field(visit, "what");
        if (desk_read_uid(what, &account))
            return go_to(visit, &account);
        if (!what.size || !visit_number(what, &number))
            return say_none(visit);
        ask_number(visit, what, number);
        return false;
    }
    if (!visit_answer(visit, FIND_PAYMENT))
        return found_company(visit) || say_none(visit);
    snprintf(location, sizeof location, "/desk/payment?invoice=%llu",
             (unsigned long long)visit->requests[0].payment.invoice);
    return visit_redirect(visit, location);
}

// --- one account ---

enum {
    ASK_BALANCE,
    ASK_LOTS,
    ASK_MANDATE,
    ASK_AUTOPAY,
    ASK_PAYMENTS,
    ASK_NOTICES,
    ASK_COMPANY,
    ASK_STATEMENT
};

static void ask_account(web_visit_t *visit, const uid_t16 *account)
{
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_balance, VISIT_LEDGER_MS)->balance.account = *account;
    visit_ask(visit, WEB_DOOR_LEDGER, REQUEST_lots, VISIT_LEDGER_MS)->lots.account = *account;
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_mandate, VISIT_LEDGER_MS)->mandate.account =
        *account;
    visit_ask(visit, WEB_DOOR_AUTOPAY, REQUEST_autopay, VISIT_LEDGER_MS)->autopay.account =
        *account;
    visit_ask(visit, WEB_DOOR_PAYMENT, REQUEST_payments, VISIT_LEDGER_MS)->payments =
        (request_payments_t){
            .account = *account, .before = desk_query_number(visit, "before"), .limit = ROWS};
    visit_ask(visit, WEB_DOOR_NOTIFY, REQUEST_notices, VISIT_LEDGER_MS)->notices.account = *account;
    visit_ask(visit, WEB_DOOR_DOCUMENTS, REQUEST_requisites, VISIT_LEDGER_MS)->requisites.account =
        *account;
}

// What the n-th question brought; says in the part why there is nothing.
static const answer_t *told(desk_sheet_t *sheet, const web_visit_t *visit, size_t index)
{
    const answer_t *answer = visit_answer(visit, index);
    if (!answer)
        desk_note(sheet,
                  desk_text(sheet, desk_is_none(visit_fail(visit, index)) ? TEXT_DESK_NONE
                                                                          : TEXT_DESK_SILENT));
    return answer;
}

static void add_balance(desk_sheet_t *sheet, const web_visit_t *visit)
{
    desk_part(sheet, TEXT_DESK_BALANCE);
    const answer_t *answer = told(sheet, visit, ASK_BALANCE);
    if (answer) {
        const answer_balance_t *balance = &answer->balance;
        desk_fact(sheet, TEXT_DESK_CASH, desk_money(sheet, balance->cash));
        desk_fact(sheet, TEXT_DESK_BONUS, desk_money(sheet, balance->bonus));
        desk_fact(sheet, TEXT_DESK_LIMIT, desk_money(sheet, balance->limit));
        desk_fact(sheet, TEXT_DESK_CLOSED, desk_yes(sheet, balance->closed));
    }
    answer = visit_answer(visit, ASK_LOTS);
    if (answer) {
        const answer_lots_t *lots = &answer->lots;
        desk_fact(sheet, TEXT_DESK_HELD, desk_money(sheet, lots->held));
        desk_fact(sheet, TEXT_DESK_APART, desk_money(sheet, lots->apart));
        desk_fact(sheet, TEXT_DESK_DEBT, desk_money(sheet, lots->usage_debt));
        desk_fact(sheet, TEXT_DESK_REVERSED, desk_money(sheet, lots->reversal_debt));
    }
}

static void add_lots(desk_sheet_t *sheet, const web_visit_t *visit)
{
    static const text_id_t heads[] = {TEXT_DESK_NUMBER, TEXT_DESK_KIND, TEXT_DESK_SUM,
                                      TEXT_DESK_LEFT,   TEXT_DESK_HELD, TEXT_DESK_UNTIL};
    desk_walk_t walk;
    desk_lot_row_t row;
    size_t shown = 0;
    desk_part(sheet, TEXT_DESK_LOTS);
    const answer_t *answer = told(sheet, visit, ASK_LOTS);
    if (!answer || !answer->lots.count)
        return;
    desk_table(sheet, heads, 6, 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4);
    desk_walk(&walk, answer->lots.rows, answer->lots.count);
    while (shown++ < LOTS_SHOWN && desk_walk_lot(&walk, &row)) {
        desk_row(sheet);
        desk_cell(sheet, desk_number(sheet, row.number));
        desk_cell(sheet, desk_code(sheet, CODES_lot_kind, row.kind));
        desk_cell(sheet, desk_money(sheet, row.amount));
        desk_cell(sheet, desk_money(sheet, row.left));
        desk_cell(sheet, desk_money(sheet, row.held));
        desk_cell(sheet, row.until ? desk_time(sheet, row.until) : SPAN("—"));
    }
}

static void add_autopay(desk_sheet_t *sheet, const web_visit_t *visit)
{
    desk_part(sheet, TEXT_DESK_MANDATE);
    const answer_t *answer = told(sheet, visit, ASK_MANDATE);
    if (answer)
        desk_fact(sheet, TEXT_DESK_MANDATE,
                  desk_code(sheet, CODES_mandate_state, answer->mandate.state));
    answer = visit_answer(visit, ASK_AUTOPAY);
    if (!answer)
        return;
    const answer_autopay_t *autopay = &answer->autopay;
    desk_fact(sheet, TEXT_DESK_VERDICT, desk_code(sheet, CODES_autopay_reason, autopay->verdict));
    desk_fact(sheet, TEXT_DESK_A_AMOUNT, desk_money(sheet, autopay->amount));
    desk_fact(sheet, TEXT_DESK_A_COUNT, desk_number(sheet, autopay->count));
    desk_fact(sheet, TEXT_DESK_A_COUNT_MAX, desk_number(sheet, autopay->count_max));
    desk_fact(sheet, TEXT_DESK_A_SUSPENDED, desk_yes(sheet, autopay->suspended));
    desk_fact(sheet, TEXT_DESK_A_HELD, desk_yes(sheet, autopay->held));
    desk_fact(sheet, TEXT_DESK_A_SEEN, desk_money(sheet, autopay->balance));
}

// The next page of one of its lists, on the same screen.
static void link_more(desk_sheet_t *sheet, span_t id, const char *key, uint64_t next)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s%.*s", of_one, (int)id.size, id.bytes);
    if (next)
        desk_link(sheet, desk_text(sheet, TEXT_DESK_MORE), path, key, desk_number(sheet, next));
}

static span_t receipt_of(desk_sheet_t *sheet, const page_payments_row_t *row)
{
    return row->receipts[0] ? desk_code(sheet, CODES_receipt_state, row->receipts[0]) : SPAN("—");
}

static void add_payments(desk_sheet_t *sheet, const web_visit_t *visit, span_t id)
{
    static const text_id_t heads[] = {TEXT_DESK_PAYMENT, TEXT_DESK_CREATED, TEXT_DESK_KIND,
                                      TEXT_DESK_SUM,     TEXT_DESK_STATE,   TEXT_DESK_RECEIPT};
    page_payments_walk_t walk;
    page_payments_row_t row;
    desk_part(sheet, TEXT_DESK_PAYMENTS_OF);
    const answer_t *answer = told(sheet, visit, ASK_PAYMENTS);
    if (!answer)
        return;
    desk_table(sheet, heads, 6, 1 << 3);
    page_payments_start(&walk, &answer->payments);
    while (page_payments_next(&walk, &row)) {
        span_t number = desk_number(sheet, row.invoice);
        desk_row(sheet);
        desk_cell_link(sheet, number, "desk/payment", "invoice", number);
        desk_cell(sheet, desk_time(sheet, row.created));
        desk_cell(sheet, desk_code(sheet, CODES_payment_kind, row.kind));
        desk_cell(sheet, desk_money(sheet, row.amount));
        desk_cell(sheet, desk_code(sheet, CODES_invoice_state, row.state));
        desk_cell(sheet, receipt_of(sheet, &row));
    }
    link_more(sheet, id, "before", answer->payments.next);
}

static void add_statement(desk_sheet_t *sheet, const web_visit_t *visit, span_t id)
{
    static const text_id_t heads[] = {TEXT_DESK_WHEN, TEXT_DESK_WHAT, TEXT_DESK_SUM,
                                      TEXT_DESK_AFTER, TEXT_DESK_NUMBER};
    page_walk_t walk;
    page_posting_t posting;
    if (visit->asks_count <= ASK_STATEMENT)
        return;
    desk_part(sheet, TEXT_DESK_STATEMENT);
    const answer_t *answer = told(sheet, visit, ASK_STATEMENT);
    if (!answer)
        return;
    desk_table(sheet, heads, 5, 1 << 2 | 1 << 3 | 1 << 4);
    page_walk_start(&walk, &answer->statement);
    while (page_walk_next(&walk, &posting)) {
        desk_row(sheet);
        desk_cell(sheet, desk_time(sheet, posting.at));
        desk_cell(sheet, page_posting_what(&posting, visit->language));
        desk_cell(sheet, desk_money(sheet, posting.sum));
        desk_cell(sheet, desk_money(sheet, posting.after));
        desk_cell(sheet, desk_number(sheet, posting.sequence));
    }
    link_more(sheet, id, "head", answer->statement.next);
}

static void add_company(desk_sheet_t *sheet, const web_visit_t *visit)
{
    const answer_t *answer = visit_answer(visit, ASK_NOTICES);
    desk_part(sheet, TEXT_DESK_COMPANY);
    if (answer)
        desk_fact(sheet, TEXT_DESK_LADDER,
                  desk_code(sheet, CODES_ladder_step, answer->notices.rung));
    answer = told(sheet, visit, ASK_COMPANY);
    if (!answer)
        return;
    const answer_requisites_t *company = &answer->requisites;
    desk_fact(sheet, TEXT_DESK_COMPANY, (span_t){company->name.data, company->name.size});
    desk_fact(sheet, TEXT_DESK_INN,
              desk_joined(sheet, (span_t){company->inn.data, company->inn.size}, " / ",
                          (span_t){company->kpp.data, company->kpp.size}));
}

static void add_actions(desk_sheet_t *sheet, const web_visit_t *visit, span_t id)
{
    static const struct {
        text_id_t text;
        const char *path, *key;
    } actions[] = {{TEXT_DESK_C_HOLD, "desk/do/hold", "account"},
                   {TEXT_DESK_C_RELEASE, "desk/do/release", "account"},
                   {TEXT_DESK_C_RESUME, "desk/do/resume", "account"},
                   {TEXT_DESK_C_REVOKE, "desk/do/revoke", "account"},
                   {TEXT_DESK_C_CREDIT, "desk/do/credit", "credit"},
                   {TEXT_DESK_C_DEBIT, "desk/do/debit", "debit"},
                   {TEXT_DESK_C_BONUS, "desk/do/bonus", "account"},
                   {TEXT_DESK_C_VOID, "desk/do/void", "account"},
                   {TEXT_DESK_C_LIMIT, "desk/do/limit", "account"},
                   {TEXT_DESK_C_CLOSE, "desk/do/close", "account"},
                   {TEXT_DESK_C_REOPEN, "desk/do/reopen", "account"}};
    char action[PATH_BYTES], ticket[TICKET_SIZE + 1];
    desk_part(sheet, TEXT_DESK_DO);
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        desk_link(sheet, desk_text(sheet, actions[i].text), actions[i].path, actions[i].key, id);
    snprintf(action, sizeof action, "desk/view/%.*s", (int)id.size, id.bytes);
    visit_new_ticket(visit, "/desk/view", "", ticket);
    desk_part(sheet, TEXT_DESK_VIEW);
    desk_second(sheet, desk_text(sheet, TEXT_DESK_VIEW_HOW));
    desk_form(sheet, action, TEXT_DESK_VIEW);
    desk_hidden(sheet, "ticket", desk_kept(sheet, span_of(ticket)));
}

static bool show_account(web_visit_t *visit, const uid_t16 *account)
{
    desk_sheet_t *sheet = desk_sheet_new(visit, TEXT_DESK_ACCOUNT);
    span_t id = desk_uid(sheet, account);
    desk_sheet_frame(sheet)->on_accounts = true;
    desk_part_untitled(sheet);
    desk_note(sheet, id);
    add_balance(sheet, visit);
    add_autopay(sheet, visit);
    add_actions(sheet, visit, id);
    add_statement(sheet, visit, id);
    add_payments(sheet, visit, id);
    add_lots(sheet, visit);
    add_company(sheet, visit);
    return desk_sheet_show(&sheet, 200);
}

// The account that the path names, behind a route's prefix.
static bool read_account(const web_visit_t *visit, const char *prefix, uid_t16 *ret_account)
{
    char id[UID_TEXT_SIZE];
    desk_rest(visit, prefix, id, sizeof id);
    return uid_parse(id, ret_account) && !uid_is_zero(ret_account);
}

bool desk_account_show(web_visit_t *visit)
{
    uid_t16 account;
    if (!read_account(visit, "/desk/accounts/", &account))
        return desk_needs_operator(visit) || visit_say(visit, 404, TEXT_E3, TEXT_E3);
    if (visit->round == 0) {
        if (desk_needs_operator(visit))
            return true;
        ask_account(visit, &account);
        return false;
    }
    const answer_t *balance = visit_answer(visit, ASK_BALANCE);
    if (visit->round == 1 && balance && balance->balance.head) {
        uint64_t head = desk_query_number(visit, "head");
        visit_ask(visit, WEB_DOOR_LEDGER_REPLAY, REQUEST_statement, VISIT_LEDGER_MS)->statement =
            (request_statement_t){
                .account = account, .head = head ? head : balance->balance.head, .limit = ROWS};
        return false;
    }
    return show_account(visit, &account);
}

// --- the customer's own page, read only ---

bool desk_account_view(web_visit_t *visit)
{
    static const char *const names[] = {"ticket", NULL};
    uid_t16 account;
    web_ticket_t ticket;
    char id[UID_TEXT_SIZE];
    if (desk_needs_own_form(visit))
        return true;
    if (!read_account(visit, "/desk/view/", &account))
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    if (!visit_form_has_only(visit, names) || !visit_ticket(visit, "/desk/view", &ticket))
        return visit_say(visit, 403, TEXT_E2, TEXT_E2);
    uid_format(&account, id);
    log_info("looks at a customer's page", "operator", visit->site->operator_name, "account", id);
    visit->session->account = account;
    return visit_redirect(visit, "/balance");
}
