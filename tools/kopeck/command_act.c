// Acts of quarters and advance invoices: issued from the journals, listed, shown, and made anew.
#include "proto/month.h"
#include "services/documents/act_period.h"
#include "services/documents/act_request.h"
#include "services/process/uuid7.h"
#include "tools/kopeck/act_journals.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include <inttypes.h>
#include <time.h>

enum { ACTS_PAGE = 100, ACTS_DEFAULT = 50, SERIES = 1000000, NUMBER_SIZE = 16, QUARTERS = 4 };
enum { AFTER_DAYS = 5, AFTER_DAYS_MAX = 80 };

// --- words ---

static void print_number(uint64_t number, char out[NUMBER_SIZE])
{
    snprintf(out, NUMBER_SIZE, "A%02u-%06u", (unsigned)(number / SERIES % 100),
             (unsigned)(number % SERIES));
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    unsigned year, serial;
    char end;
    if (sscanf(text, "A%2u-%6u%c", &year, &serial, &end) == 2 && serial) {
        *ret_number = (uint64_t)year * SERIES + serial;
        return true;
    }
    return args_read_number(text, ret_number);
}

static void print_quarter(uint64_t quarter, char out[NUMBER_SIZE])
{
    snprintf(out, NUMBER_SIZE, "%u-Q%u", (unsigned)(quarter / QUARTERS % 10000),
             (unsigned)(quarter % QUARTERS) + 1);
}

static uint64_t take_quarter(args_t *args)
{
    const char *text = args_operand(args, "the quarter");
    unsigned year = 0, quarter = 0;
    char end;
    if (*text && (sscanf(text, "%4u-Q%1u%c", &year, &quarter, &end) != 2 || year < 2020 ||
                  quarter < 1 || quarter > QUARTERS))
        args_refuse(args, "the quarter", text, "a year and a quarter, as 2026-Q2");
    return (uint64_t)year * QUARTERS + (quarter ? quarter - 1 : 0);
}

static uint64_t take_number(args_t *args)
{
    const char *text = args_operand(args, "the act");
    uint64_t number = 0;
    if (*text && !read_number(text, &number))
        args_refuse(args, "the act", text, "a number, as A26-000123");
    return number;
}

// --- issuing ---

static int command(session_t *session, request_t *request, answer_t *ret_answer)
{
    request->id = uuid7_new();
    int status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, request, ret_answer);
    if (status == EX_OK)
        session_did(session, request, ret_answer);
    return status;
}

static int issue_one(session_t *session, const act_fold_t *fold, const uid_t16 *account,
                     table_print_t *table)
{
    static uint8_t rows[ACT_REQUEST_BYTES];
    request_t request = {.type = REQUEST_act_issue};
    answer_t answer;
    char number[NUMBER_SIZE];
    if (!act_request_write(fold, account, rows, &request.act_issue))
        return EX_OK; // nothing to show
    int status = command(session, &request, &answer);
    if (status != EX_OK)
        return status;
    print_number(answer.act_issue.number, number);
    table_print_text(table, number);
    table_print_uid(table, account);
    table_print_number(table, answer.act_issue.invoice);
    table_print_money(table, request.act_issue.debt);
    return EX_OK;
}

static int issue_all(session_t *session, const act_fold_t *fold, const uid_t16 *only)
{
    static const column_t columns[] = {{"number", "number", false},
                                       {"account", "account", false},
                                       {"invoice", "invoice", true},
                                       {"debt", "debt", true}};
    int status = EX_OK;
    uid_t16 account;
    session_begin_change();
    table_print_t *table = table_print_new(columns, 4, TABLE_ROWS, session->json, stdout);
    for (uint32_t i = 0; status == EX_OK && act_fold_account(fold, i, &account); i++)
        if (uid_is_zero(only) || uid_equal(only, &account))
            status = issue_one(session, fold, &account, table);
    table_print_destroy(&table);
    return status;
}

static day_t moscow_day(instant_t at)
{
    return (day_t)((at + MOSCOW_OFFSET_US) / DAY_US);
}

// An advance invoice is due on its last day: until then the money may be used up.
static bool is_due(const act_money_t *money, day_t today)
{
    day_t last = 0, used = money->used ? moscow_day(money->used) : DAY_NONE;
    return !money->invoiced && money->amount > 0 &&
           act_period_advance(moscow_day(money->came), used, &last) && today >= last;
}

static int advance(session_t *session, const act_money_t *money, table_print_t *table)
{
    request_t request = {.type = REQUEST_advance_issue};
    request.advance_issue = (request_advance_issue_t){.account = money->account,
                                                      .reference = money->reference,
                                                      .amount = money->amount,
                                                      .came = money->came};
    answer_t answer;
    int status = command(session, &request, &answer);
    if (status != EX_OK)
        return status;
    table_print_number(table, answer.advance_issue.number);
    table_print_uid(table, &money->account);
    table_print_money(table, money->amount);
    table_print_time(table, money->came);
    return EX_OK;
}

static int issue_advances(session_t *session, day_t today)
{
    static const column_t columns[] = {{"number", "number", true},
                                       {"account", "account", false},
                                       {"amount", "amount", true},
                                       {"came", "came", false}};
    act_journals_t journals = {.session = session};
    act_money_t money;
    int status = act_journals_fold(&journals, 0);
    session_begin_change();
    table_print_t *table = table_print_new(columns, 4, TABLE_ROWS, session->json, stdout);
    for (uint32_t i = 0; !status && act_fold_money(&journals.fold, i, &money); i++)
        if (is_due(&money, today))
            status = advance(session, &money, table);
    table_print_destroy(&table);
    act_journals_close(&journals);
    return status;
}

static int issue_acts(session_t *session, uint64_t quarter, const uid_t16 *only)
{
    act_journals_t journals = {.session = session};
    int status = act_journals_fold(&journals, quarter);
    status = status ? status : issue_all(session, &journals.fold, only);
    act_journals_close(&journals);
    return status;
}

static int issue(session_t *session, args_t *args)
{
    const uint64_t quarter = take_quarter(args);
    uid_t16 only = {{0}};
    if (args->count)
        only = args_operand_uid(args, "the account");
    return command_ready(args) ? issue_acts(session, quarter, &only) : EX_USAGE;
}

static instant_t take_today(args_t *args)
{
    return args_option_time(args, "today", (instant_t)time(NULL) * SECOND_US);
}

static int advances(session_t *session, args_t *args)
{
    const instant_t now = take_today(args);
    return command_ready(args) ? issue_advances(session, moscow_day(now)) : EX_USAGE;
}

// All that is due on that day, for a supervisor's daily job. Usage of a quarter's last days may
// come for some days more, so its acts wait for them.
static int issue_due(session_t *session, args_t *args)
{
    const instant_t now = take_today(args);
    const uint64_t after = args_option_number(args, "after-days", AFTER_DAYS, 0, AFTER_DAYS_MAX);
    const uid_t16 all = {{0}};
    if (!command_ready(args))
        return EX_USAGE;
    fputs(session->json ? "{\"advances\":" : "advance invoices\n", stdout);
    int status = issue_advances(session, moscow_day(now));
    fputs(session->json ? ",\"acts\":" : "acts\n", stdout);
    // The last one that was over then; the instant at which one ends is of it, an hour's end.
    uint64_t quarter = act_period_of(now - (instant_t)after * DAY_US + 1) - 1;
    int acts = issue_acts(session, quarter, &all);
    if (session->json)
        fputs("}\n", stdout);
    return status ? status : acts;
}

// --- after an older journal was put back ---

static uint64_t take_last(args_t *args, const char *option, const char *expected)
{
    const char *text = args_option(args, option);
    uint64_t number = 0;
    if (text && !read_number(text, &number))
        args_refuse(args, option, text, expected);
    return number;
}

static int note_numbers(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_numbers_note};
    request_numbers_note_t *fields = &request.numbers_note;
    const char *reason = args_option(args, "reason");
    ask_take_id(args, &request);
    fields->invoice = take_last(args, "invoice", "the 11 digits of the last invoice");
    fields->act = take_last(args, "act", "the last act's number, as A26-000123");
    fields->shipment = take_last(args, "shipment", "the last one's number, as 26000019");
    if (reason && !args_read_code(CODES_reason, reason, &fields->reason))
        args_refuse(args, "reason", reason, "mistake, goodwill, dispute, migration, test, other");
    return command_ready(args) ? ask_send(session, STREAM_DOCUMENTS, &request) : EX_USAGE;
}

// --- listing ---

static bool print_rows(table_print_t *table, const answer_acts_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        uint64_t number, invoice, quarter, sequence;
        kopecks_t amount, vat;
        instant_t issued;
        char text[NUMBER_SIZE];
        uint32_t fields = wire_array(&wire, 64);
        wire_u64(&wire, &number);
        wire_u64(&wire, &invoice);
        wire_u64(&wire, &quarter);
        wire_i64(&wire, &amount);
        wire_i64(&wire, &vat);
        wire_i64(&wire, &issued);
        wire_u64(&wire, &sequence);
        for (uint32_t field = 7; field < fields; field++)
            wire_skip(&wire, 1);
        if (wire.fail || fields < 7)
            return false;
        print_number(number, text);
        table_print_text(table, text);
        table_print_number(table, invoice);
        print_quarter(quarter, text);
        table_print_text(table, text);
        table_print_money(table, amount);
        table_print_money(table, vat);
        table_print_time(table, issued);
        table_print_number(table, sequence);
    }
    return wire_end(&wire) == FAIL_NONE;
}

static int print_pages(session_t *session, request_t *request, uint64_t left, table_print_t *table)
{
    int status;
    do {
        answer_t answer;
        request->acts.limit = left < ACTS_PAGE ? left : ACTS_PAGE;
        status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, request, &answer);
        if (status != EX_OK)
            break;
        request->acts.before = answer.acts.next;
        left -= answer.acts.count < left ? answer.acts.count : left;
        if (!print_rows(table, &answer.acts)) {
            fputs("kopeck: documents sent rows that are no acts\n", stderr);
            status = EX_DATAERR;
        }
    } while (status == EX_OK && request->acts.before && left);
    return status;
}

static int list(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"number", "number", false},   {"invoice", "invoice", true},
                                       {"quarter", "quarter", false}, {"amount", "amount", true},
                                       {"vat", "VAT", true},          {"issued", "issued", false},
                                       {"sequence", "sequence", true}};
    bool all = args_flag(args, "all");
    uint64_t limit = args_option_number(args, "limit", ACTS_DEFAULT, 1, UINT64_MAX);
    request_t request = {.type = REQUEST_acts};
    request.acts.account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, 7, TABLE_ROWS, session->json, stdout);
    int status = print_pages(session, &request, all ? UINT64_MAX : limit, table);
    table_print_destroy(&table);
    return status;
}

// --- one act ---

typedef void print_row_fn(table_print_t *table, wire_t *wire);

static void print_line(table_print_t *table, wire_t *wire)
{
    uint64_t service, rate;
    kopecks_t amount, vat;
    wire_u64(wire, &service);
    wire_u64(wire, &rate);
    wire_i64(wire, &amount);
    wire_i64(wire, &vat);
    const char *text = codes_text(CODES_resource_kind, service);
    table_print_text(table, text ? text : "unknown");
    table_print_number(table, rate);
    table_print_money(table, amount);
    table_print_money(table, vat);
}

static void print_advance(table_print_t *table, wire_t *wire)
{
    uint64_t number;
    int64_t day;
    kopecks_t amount;
    char text[DAY_TEXT_SIZE];
    wire_u64(wire, &number);
    wire_i64(wire, &day);
    wire_i64(wire, &amount);
    day_print((day_t)day, text);
    table_print_number(table, number);
    table_print_text(table, text);
    table_print_money(table, amount);
}

static void print_table(const session_t *session, bytes_t rows, const column_t *columns,
                        size_t count, print_row_fn *print)
{
    wire_t wire;
    wire_start(&wire, rows.data, rows.size);
    table_print_t *table = table_print_new(columns, count, TABLE_ROWS, session->json, stdout);
    while (!wire.fail && wire_left(&wire) && wire_array(&wire, (uint32_t)count) == count)
        print(table, &wire);
    table_print_destroy(&table);
}

static void print_act(const session_t *session, const event_act_issued_t *e)
{
    static const column_t lines[] = {{"service", "service", false},
                                     {"rate", "rate", true},
                                     {"amount", "amount", true},
                                     {"vat", "VAT", true}};
    static const column_t advances[] = {
        {"number", "advance invoice", true}, {"day", "of", false}, {"amount", "paid", true}};
    fputs(session->json ? ",\"lines\":" : "\n", stdout);
    print_table(session, e->lines, lines, 4, print_line);
    fputs(session->json ? ",\"advances\":" : "\n", stdout);
    print_table(session, e->advances, advances, 3, print_advance);
    if (session->json)
        fputs("}\n", stdout);
}

static void print_record(const session_t *session, const act_record_t *act)
{
    const event_act_issued_t *e = &act->event.act_issued;
    char number[NUMBER_SIZE], quarter[NUMBER_SIZE];
    print_number(e->number, number);
    print_quarter(e->quarter, quarter);
    if (session->json) {
        printf("{\"number\":\"%s\",\"quarter\":\"%s\",\"act\":", number, quarter);
        event_json(&act->event, act->sequence, stdout);
    } else {
        printf("act %s of %s\n", number, quarter);
        event_print(&act->event, stdout);
    }
    print_act(session, e);
}

// Each act there is, made anew; the exit status is EX_VIOLATED if one is another.
static int check_all(act_journals_t *journals, table_print_t *table)
{
    static act_record_t act;
    bool same, all = true;
    char number[NUMBER_SIZE], quarter[NUMBER_SIZE];
    for (uint64_t after = 0; !act_journals_next(journals, after, &act) && act.sequence;
         after = act.sequence) {
        if (act_journals_again(journals, &act, &same))
            break;
        print_number(act.event.act_issued.number, number);
        print_quarter(act.event.act_issued.quarter, quarter);
        table_print_text(table, number);
        table_print_text(table, quarter);
        table_print_uid(table, &act.event.act_issued.account);
        table_print_money(table, act.event.act_issued.amount);
        table_print_text(table, same ? "same" : "ANOTHER");
        all &= same;
    }
    return journals->status ? journals->status : all ? EX_OK : EX_VIOLATED;
}

static int check_every(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"number", "number", false},
                                       {"quarter", "quarter", false},
                                       {"account", "account", false},
                                       {"amount", "amount", true},
                                       {"anew", "made anew", false}};
    act_journals_t journals;
    (void)act_journals_take(&journals, session, args);
    if (!command_ready(args))
        return EX_USAGE;
    int status = EX_NOINPUT;
    if (act_journals_begin(&journals)) {
        table_print_t *table = table_print_new(columns, 5, TABLE_ROWS, session->json, stdout);
        status = check_all(&journals, table);
        table_print_destroy(&table);
    } else {
        status = journals.status;
    }
    act_journals_close(&journals);
    return status;
}

// `again`: made anew from all three journals, which must come to the same bytes.
static int show(session_t *session, args_t *args, bool again)
{
    static act_record_t act;
    act_journals_t journals;
    bool same = true;
    (void)act_journals_take(&journals, session, args);
    const uint64_t number = take_number(args);
    if (!command_ready(args))
        return EX_USAGE;
    int status = act_journals_begin(&journals) ? act_journals_find(&journals, number, &act)
                                               : journals.status;
    if (!status && again)
        status = act_journals_again(&journals, &act, &same);
    act_journals_close(&journals);
    if (status)
        return status;
    print_record(session, &act);
    if (!same)
        fputs("kopeck: the journals come to another act than the one that was issued\n", stderr);
    return same ? EX_OK : EX_VIOLATED;
}

int command_act(session_t *session, args_t *args)
{
    static const char *const words[] = {"issue", "advances", "list", "show",
                                        "check", "numbers",  "due",  NULL};
    switch (args_word(args, words)) {
    case 0:
        return issue(session, args);
    case 1:
        return advances(session, args);
    case 2:
        return list(session, args);
    case 3:
        return show(session, args, false);
    case 4:
        return args_flag(args, "all") ? check_every(session, args) : show(session, args, true);
    case 5:
        return note_numbers(session, args);
    case 6:
        return issue_due(session, args);
    default:
        args_refuse(args, "what to do", NULL, "issue, advances, due, list, show, check or numbers");
        (void)command_ready(args);
        return EX_USAGE;
    }
}
