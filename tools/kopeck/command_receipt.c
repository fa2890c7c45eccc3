// Fiscal receipts of payments by card: the list of all, what an operator sees to, and the taxes
// that they say.
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/secret_lines.h"
#include "tools/kopeck/table_print.h"

enum { RECEIPTS_PAGE = 100, RECEIPTS_DEFAULT = 50, RECEIPT_FIELDS = 14 };

// --- all of them ---

typedef struct {
    uint64_t payment, kind, state, tax, why, number, drive, document, sign;
    uid_t16 account;
    kopecks_t amount, vat;
    instant_t since, changed;
} receipt_row_t;

static bool read_row(wire_t *wire, receipt_row_t *ret)
{
    uint32_t fields = wire_array(wire, 64);
    wire_u64(wire, &ret->payment);
    wire_u64(wire, &ret->kind);
    wire_uid(wire, &ret->account);
    wire_u64(wire, &ret->state);
    wire_i64(wire, &ret->amount);
    wire_i64(wire, &ret->vat);
    wire_u64(wire, &ret->tax);
    wire_i64(wire, &ret->since);
    wire_i64(wire, &ret->changed);
    wire_u64(wire, &ret->why);
    wire_u64(wire, &ret->number);
    wire_u64(wire, &ret->drive);
    wire_u64(wire, &ret->document);
    wire_u64(wire, &ret->sign);
    for (uint32_t field = RECEIPT_FIELDS; field < fields; field++)
        wire_skip(wire, 1);
    return !wire->fail && fields >= RECEIPT_FIELDS;
}

static void print_id(table_print_t *table, uint64_t number)
{
    char text[24]; // a text in JSON too, as every id64
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    if (number)
        table_print_text(table, text);
    else
        table_print_none(table);
}

static void print_code(table_print_t *table, codes_family_t family, uint64_t number)
{
    const char *text = codes_text(family, number);
    table_print_text(table, text ? text : "unknown");
}

// The tax of a first receipt is that of its day, which its link says and no row.
static void print_row(table_print_t *table, const receipt_row_t *row)
{
    bool said = row->kind == RECEIPT_SECOND && row->since;
    print_id(table, row->payment);
    print_code(table, CODES_receipt_kind, row->kind);
    table_print_uid(table, &row->account);
    print_code(table, CODES_receipt_state, row->state);
    table_print_money(table, row->amount);
    if (said) {
        table_print_money(table, row->vat);
        print_code(table, CODES_receipt_tax, row->tax);
    } else {
        table_print_none(table);
        table_print_none(table);
    }
    if (row->since)
        table_print_time(table, row->since);
    else
        table_print_none(table);
    if (row->changed)
        table_print_time(table, row->changed);
    else
        table_print_none(table);
    if (row->why)
        print_code(table, CODES_receipt_why, row->why);
    else
        table_print_none(table);
    print_id(table, row->number);
    print_id(table, row->drive);
    print_id(table, row->document);
    print_id(table, row->sign);
}

static bool print_page(table_print_t *table, const answer_receipts_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        receipt_row_t row;
        if (!read_row(&wire, &row))
            return false;
        print_row(table, &row);
    }
    return wire_end(&wire) == FAIL_NONE;
}

static int refuse_rows(void)
{
    fputs("kopeck: payment sent rows that are no receipts\n", stderr);
    return EX_DATAERR;
}

static int print_receipts(session_t *session, table_print_t *table, request_t *request,
                          uint64_t left)
{
    do {
        answer_t answer;
        request->receipts.limit = left < RECEIPTS_PAGE ? left : RECEIPTS_PAGE;
        int status = session_ask(session, STREAM_PAYMENT, CLIENT_COMMAND, request, &answer);
        if (status != EX_OK)
            return status;
        request->receipts.before = answer.receipts.next;
        left -= answer.receipts.count < left ? answer.receipts.count : left;
        if (!print_page(table, &answer.receipts))
            return refuse_rows();
    } while (request->receipts.before && left);
    return EX_OK;
}

#define OPEN_STATES                                                                                \
    (UINT64_C(1) << RECEIPT_STATE_DUE | UINT64_C(1) << RECEIPT_STATE_WAITING |                     \
     UINT64_C(1) << RECEIPT_STATE_FAILED | UINT64_C(1) << RECEIPT_STATE_MISSING |                  \
     UINT64_C(1) << RECEIPT_STATE_PEOPLE)

int command_receipts(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"payment", "payment", true},   {"receipt", "receipt", false},
        {"account", "account", false},  {"state", "state", false},
        {"amount", "amount", true},     {"vat", "VAT", true},
        {"tax", "tax", false},          {"since", "since", false},
        {"changed", "changed", false},  {"why", "why", false},
        {"number", "number", true},     {"drive", "drive", true},
        {"document", "document", true}, {"sign", "sign", true}};
    uint64_t state = args_option_code(args, "state", CODES_receipt_state);
    uint64_t limit = args_option_number(args, "limit", RECEIPTS_DEFAULT, 1, UINT64_MAX);
    request_t request = {.type = REQUEST_receipts};
    request.receipts.invoice = args_option_number(args, "payment", 0, 1, UINT64_MAX);
    request.receipts.states = args_flag(args, "open") ? OPEN_STATES : 0;
    if (state)
        request.receipts.states = UINT64_C(1) << state;
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = print_receipts(session, table, &request, limit);
    table_print_destroy(&table);
    return status;
}

// --- what an operator does ---

static int print_regimes(session_t *session)
{
    static const column_t columns[] = {
        {"from", "from", false}, {"system", "system", false}, {"vat", "VAT", false}};
    request_t request = {.type = REQUEST_receipts, .receipts.limit = 1};
    answer_t answer;
    wire_t wire;
    int status = session_ask(session, STREAM_PAYMENT, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    table_print_t *table = table_print_new(columns, 3, TABLE_ROWS, session->json, stdout);
    wire_start(&wire, answer.receipts.regimes.data, answer.receipts.regimes.size);
    for (uint32_t left = wire_array(&wire, 1024); left && !wire.fail; left--) {
        instant_t from = 0;
        uint64_t system = 0, vat = 0;
        (void)wire_array(&wire, 3);
        wire_i64(&wire, &from);
        wire_u64(&wire, &system);
        wire_u64(&wire, &vat);
        table_print_time(table, from);
        print_code(table, CODES_tax_system, system);
        print_code(table, CODES_vat_regime, vat);
    }
    table_print_destroy(&table);
    return wire_end(&wire) ? refuse_rows() : EX_OK;
}

static int set_regime(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_receipts_regime};
    return ask(session, args, STREAM_PAYMENT, &request,
               (const ask_field_t[]){{"from", NULL, NULL},
                                     {"system", NULL, NULL},
                                     {"vat_regime", NULL, NULL},
                                     {"reason", "reason", "none"}},
               4);
}

// --- where an account's receipts go ---

static int set_contact(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_receipt_contact_set};
    request_receipt_contact_set_t *asked = &request.receipt_contact_set;
    secret_lines_t lines = {"", ""};
    ask_take_id(args, &request);
    asked->reason = args_option_code(args, "reason", CODES_reason);
    asked->account = args_operand_uid(args, "the account");
    const char *path = args_operand(args, "the file with the address");
    if (!command_ready(args))
        return EX_USAGE;
    int status = secret_lines_read(path, &lines);
    asked->address = text_of(lines.first);
    return status == EX_OK ? ask_send(session, STREAM_PAYMENT, &request) : status;
}

static int contact(session_t *session, args_t *args)
{
    static const char *const words[] = {"set", "show", "erase", NULL};
    static const ask_field_t fields[] = {{"account", NULL, NULL}, {"reason", "reason", "none"}};
    request_t show = {.type = REQUEST_receipt_contact};
    request_t erase = {.type = REQUEST_receipt_contact_erase};
    switch (args_word(args, words)) {
    case 0:
        return set_contact(session, args);
    case 1:
        return ask(session, args, STREAM_PAYMENT, &show, fields, 1);
    case 2:
        return ask(session, args, STREAM_PAYMENT, &erase, fields, 2);
    default:
        args_refuse(args, "what to do", NULL, "set, show or erase");
        (void)command_ready(args);
        return EX_USAGE;
    }
}

int command_receipt(session_t *session, args_t *args)
{
    static const char *const words[] = {"again", "settled", "regime", "regimes", "contact", NULL};
    request_t request = {.type = REQUEST_receipt_resolve};
    int word = args_word(args, words);
    if (word < 0) {
        args_refuse(args, "the word", NULL, "again, settled, regime, regimes or contact");
        (void)command_ready(args);
        return EX_USAGE;
    }
    if (word == 2)
        return set_regime(session, args);
    if (word == 3)
        return command_ready(args) ? print_regimes(session) : EX_USAGE;
    if (word == 4)
        return contact(session, args);
    request.receipt_resolve.again = word == 0;
    return ask(session, args, STREAM_PAYMENT, &request,
               (const ask_field_t[]){
                   {"invoice", NULL, NULL}, {"kind", NULL, NULL}, {"reason", "reason", "none"}},
               3);
}
