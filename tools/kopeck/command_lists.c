// Lists, page by page: accounts of the ledger, payments of an account.
#include "proto/event.h"
#include "tools/kopeck/command.h"

enum { PAYMENTS_PAGE = 100, PAYMENTS_DEFAULT = 50 };

// --- accounts ---

typedef struct {
    table_print_t *table;
    kopecks_t below; // shows those with less than this
    uint64_t left;   // rows that may still be shown
} accounts_t;

// False if the page's rows are none.
static bool print_accounts(accounts_t *self, const answer_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->table.rows.data, answer->table.rows.size);
    for (uint64_t i = 0; i < answer->table.count; i++) {
        uint64_t number;
        uid_t16 account;
        kopecks_t cash, bonus, balance;
        uint32_t fields = wire_array(&wire, 64);
        wire_u64(&wire, &number);
        wire_uid(&wire, &account);
        wire_i64(&wire, &cash);
        wire_i64(&wire, &bonus);
        for (uint32_t field = 4; field < fields; field++)
            wire_skip(&wire, 1);
        if (wire.fail || fields < 4 || !money_add(cash, bonus, &balance))
            return false;
        if (balance >= self->below || !self->left)
            continue;
        self->left--;
        table_print_number(self->table, number);
        table_print_uid(self->table, &account);
        table_print_money(self->table, balance);
        table_print_money(self->table, cash);
        table_print_money(self->table, bonus);
    }
    return wire_end(&wire) == FAIL_NONE;
}

int command_accounts(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"number", "number", true},
                                       {"account", "account", false},
                                       {"balance", "balance", true},
                                       {"cash", "cash", true},
                                       {"bonus", "bonus", true}};
    const char *below = args_option(args, "below");
    accounts_t self = {.below = INT64_MAX};
    self.left = args_option_number(args, "limit", UINT64_MAX, 1, UINT64_MAX);
    if (below && !args_read_rubles(below, &self.below))
        args_refuse(args, "below", below, "rubles, as 100 or -0.50");
    if (!command_ready(args))
        return EX_USAGE;
    request_t request = {.type = REQUEST_table};
    int status;
    self.table = table_print_new(columns, 5, TABLE_ROWS, session->json, stdout);
    do {
        answer_t answer;
        status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK && !print_accounts(&self, &answer)) {
            fputs("kopeck: ledger sent rows that are no accounts\n", stderr);
            status = EX_DATAERR;
        }
        request.table.from = status == EX_OK ? answer.table.next : 0;
    } while (request.table.from && self.left);
    table_print_destroy(&self.table);
    return status;
}

// --- payments ---

static void print_code(table_print_t *table, codes_family_t family, uint64_t number)
{
    const char *text = codes_text(family, number);
    table_print_text(table, text ? text : "unknown");
}

static void print_receipt(table_print_t *table, uint64_t state)
{
    if (state)
        print_code(table, CODES_receipt_state, state);
    else
        table_print_none(table);
}

static bool print_payments(table_print_t *table, const answer_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->payments.rows.data, answer->payments.rows.size);
    for (uint64_t i = 0; i < answer->payments.count; i++) {
        uint64_t invoice, kind, state, request, first, second;
        kopecks_t amount;
        instant_t created;
        uint32_t fields = wire_array(&wire, 64);
        wire_u64(&wire, &invoice);
        wire_u64(&wire, &kind);
        wire_u64(&wire, &state);
        wire_i64(&wire, &amount);
        wire_i64(&wire, &created);
        wire_u64(&wire, &request);
        wire_u64(&wire, &first);
        wire_u64(&wire, &second);
        for (uint32_t field = 8; field < fields; field++)
            wire_skip(&wire, 1);
        if (wire.fail || fields < 8)
            return false;
        char number[24]; // a text in JSON too, as every id64
        snprintf(number, sizeof number, "%llu", (unsigned long long)invoice);
        table_print_text(table, number);
        table_print_time(table, created);
        print_code(table, CODES_payment_kind, kind);
        table_print_money(table, amount);
        print_code(table, CODES_invoice_state, state);
        if (request)
            table_print_number(table, request);
        else
            table_print_none(table);
        print_receipt(table, first);
        print_receipt(table, second);
    }
    return wire_end(&wire) == FAIL_NONE;
}

int command_payments(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"invoice", "invoice", true},  {"created", "created", false},
        {"kind", "kind", false},       {"amount", "amount", true},
        {"state", "state", false},     {"request", "request", true},
        {"receipt", "receipt", false}, {"second_receipt", "second receipt", false}};
    uint64_t state = args_option_code(args, "state", CODES_invoice_state);
    bool all = args_flag(args, "all");
    uint64_t limit = args_option_number(args, "limit", PAYMENTS_DEFAULT, 1, UINT64_MAX);
    request_t request = {.type = REQUEST_payments};
    request.payments.account = args_operand_uid(args, "the account");
    request.payments.states = state ? UINT64_C(1) << state : 0;
    if (!command_ready(args))
        return EX_USAGE;
    uint64_t left = all ? UINT64_MAX : limit;
    int status;
    table_print_t *table = table_print_new(columns, 8, TABLE_ROWS, session->json, stdout);
    do {
        answer_t answer;
        request.payments.limit = left < PAYMENTS_PAGE ? left : PAYMENTS_PAGE;
        status = session_ask(session, STREAM_PAYMENT, CLIENT_COMMAND, &request, &answer);
        if (status != EX_OK)
            break;
        request.payments.before = answer.payments.next;
        left -= answer.payments.count < left ? answer.payments.count : left;
        if (!print_payments(table, &answer)) {
            fputs("kopeck: payment sent rows that are no payments\n", stderr);
            status = EX_DATAERR;
        }
    } while (status == EX_OK && request.payments.before && left);
    table_print_destroy(&table);
    return status;
}
