// Invoices that companies pay by transfer: whose, how many, how much.
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"

enum { INVOICES_PAGE = 100, INVOICES_DEFAULT = 50 };

static int company(session_t *session, args_t *args)
{
    static const ask_field_t shown[] = {{"account", NULL, NULL}};
    static const ask_field_t registered[] = {{"account", NULL, NULL},
                                             {"inn", "inn", NULL},
                                             {"kpp", "kpp", NULL},
                                             {"name", "name", NULL}};
    request_t request = {.type = REQUEST_requisites};
    if (args->count <= 1)
        return ask(session, args, STREAM_DOCUMENTS, &request, shown, 1);
    request.type = REQUEST_requisites_register;
    return ask(session, args, STREAM_DOCUMENTS, &request, registered, 4);
}

static bool print_company(table_print_t *table, wire_t *wire)
{
    enum { COLUMNS = 3 };
    uid_t16 account;
    text_t kpp, name;
    if (wire_array(wire, COLUMNS) != COLUMNS)
        return false;
    wire_uid(wire, &account);
    wire_text(wire, &kpp);
    wire_text(wire, &name);
    if (wire->fail)
        return false;
    table_print_uid(table, &account);
    table_print_slice(table, kpp);
    table_print_slice(table, name);
    return true;
}

// Whose accounts they are.
static int find(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"account", "account", false}, {"kpp", "kpp", false}, {"name", "name", false}};
    request_t request = {.type = REQUEST_companies};
    answer_t answer;
    wire_t wire;
    request.companies.inn = text_of(args_operand(args, "the INN"));
    if (!command_ready(args))
        return EX_USAGE;
    int status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    table_print_t *table = table_print_new(columns, 3, TABLE_ROWS, session->json, stdout);
    wire_start(&wire, answer.companies.rows.data, answer.companies.rows.size);
    uint64_t shown = 0;
    while (shown < answer.companies.count && print_company(table, &wire))
        shown++;
    table_print_destroy(&table);
    if (answer.companies.more)
        fputs("kopeck: there are others\n", stderr);
    return shown == answer.companies.count ? EX_OK : EX_DATAERR;
}

static int issue(session_t *session, args_t *args)
{
    static const ask_field_t fields[] = {{"account", NULL, NULL}, {"amount", NULL, NULL}};
    request_t request = {.type = REQUEST_invoice_issue};
    return ask(session, args, STREAM_DOCUMENTS, &request, fields, 2);
}

// False if the page's rows are none.
static bool print_rows(table_print_t *table, const answer_invoices_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        uint64_t number, paid;
        kopecks_t amount;
        instant_t issued, due;
        uint32_t fields = wire_array(&wire, 64);
        wire_u64(&wire, &number);
        wire_i64(&wire, &amount);
        wire_i64(&wire, &issued);
        wire_i64(&wire, &due);
        wire_u64(&wire, &paid);
        for (uint32_t field = 5; field < fields; field++)
            wire_skip(&wire, 1);
        if (wire.fail || fields < 5)
            return false;
        table_print_number(table, number);
        table_print_money(table, amount);
        table_print_time(table, issued);
        table_print_time(table, due);
        if (paid)
            table_print_number(table, paid);
        else
            table_print_none(table);
    }
    return wire_end(&wire) == FAIL_NONE;
}

static int print_pages(session_t *session, request_t *request, uint64_t left, table_print_t *table)
{
    int status;
    do {
        answer_t answer;
        request->invoices.limit = left < INVOICES_PAGE ? left : INVOICES_PAGE;
        status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, request, &answer);
        if (status != EX_OK)
            break;
        request->invoices.before = answer.invoices.next;
        left -= answer.invoices.count < left ? answer.invoices.count : left;
        if (!print_rows(table, &answer.invoices)) {
            fputs("kopeck: documents sent rows that are no invoices\n", stderr);
            status = EX_DATAERR;
        }
    } while (status == EX_OK && request->invoices.before && left);
    return status;
}

static int list(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"number", "number", true},
                                       {"amount", "amount", true},
                                       {"issued", "issued", false},
                                       {"due", "due", false},
                                       {"paid", "paid by", true}};
    bool all = args_flag(args, "all");
    uint64_t limit = args_option_number(args, "limit", INVOICES_DEFAULT, 1, UINT64_MAX);
    request_t request = {.type = REQUEST_invoices};
    request.invoices.account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, 5, TABLE_ROWS, session->json, stdout);
    int status = print_pages(session, &request, all ? UINT64_MAX : limit, table);
    table_print_destroy(&table);
    return status;
}

int command_invoice(session_t *session, args_t *args)
{
    static const char *const words[] = {"company", "issue", "list", "find", NULL};
    switch (args_word(args, words)) {
    case 0:
        return company(session, args);
    case 1:
        return issue(session, args);
    case 2:
        return list(session, args);
    case 3:
        return find(session, args);
    default:
        args_refuse(args, "what to do", NULL, "company, issue, list or find");
        (void)command_ready(args);
        return EX_USAGE;
    }
}
