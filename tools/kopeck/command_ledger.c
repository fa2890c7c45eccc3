// Balances and totals.
#include "tools/kopeck/command.h"
#include "proto/posting.h"

static int ask_balance(session_t *session, const uid_t16 *account, uint64_t min_sequence,
                       answer_t *ret_answer)
{
    request_t request = {.type = REQUEST_balance,
                         .balance = {.account = *account, .min_sequence = min_sequence}};
    return session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, ret_answer);
}

int command_balance(session_t *session, args_t *args)
{
    uint64_t min_sequence = args_option_number(args, "min-sequence", 0, 0, UINT64_MAX);
    const char *as_of = args_option(args, "as-of");
    request_t request = {.type = REQUEST_as_of};
    if (as_of && !args_read_number(as_of, &request.as_of.sequence) &&
        !time_parse(as_of, &request.as_of.time))
        args_refuse(args, "as-of", as_of, "a sequence, or " TIME_EXPECTED);
    uid_t16 account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    answer_t answer;
    int status = ask_balance(session, &account, min_sequence, &answer);
    if (status == EX_OK && as_of) {
        request.as_of.account = account;
        request.as_of.head = answer.balance.head;
        status = session_ask(session, STREAM_LEDGER, CLIENT_REPLAY, &request, &answer);
    }
    if (status == EX_OK)
        session_print(session, &answer);
    return status;
}

// --- totals ---

int command_totals(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"account", "account", false}, {"number", "number", true}, {"balance", "balance", true}};
    request_t request = {.type = REQUEST_totals};
    answer_t answer;
    if (!command_ready(args))
        return EX_USAGE;
    int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    wire_t wire;
    wire_start(&wire, answer.totals.systems.data, answer.totals.systems.size);
    uint32_t count = wire_array(&wire, SYSTEM_END);
    table_print_t *table = table_print_new(columns, 3, TABLE_ROWS, session->json, stdout);
    for (uint32_t i = 0; i < count && !wire.fail; i++) {
        uint64_t number;
        int64_t balance;
        if (wire_array(&wire, 2) != 2)
            break;
        wire_u64(&wire, &number);
        wire_i64(&wire, &balance);
        const char *title = posting_system_title(number);
        table_print_text(table, title ? title : "unknown");
        table_print_number(table, number);
        table_print_money(table, balance);
    }
    table_print_text(table, "all customers");
    table_print_none(table);
    table_print_money(table, answer.totals.customers);
    table_print_text(table, "sum over all accounts");
    table_print_none(table);
    table_print_money(table, answer.totals.sum);
    table_print_destroy(&table);
    return wire.fail ? EX_DATAERR : EX_OK;
}
