// Balances, statements and totals.
#include "tools/kopeck/command.h"
#include "proto/event.h"
#include "proto/posting.h"
#include <inttypes.h>

enum { STATEMENT_ROWS_PAGE = 200, STATEMENT_ROWS_DEFAULT = 50 };

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

// --- statements ---

static const column_t statement_columns[] = {{"sequence", "sequence", true},
                                             {"at", "time", false},
                                             {"kind", "kind", false},
                                             {"amount", "amount", true},
                                             {"balance", "balance", true},
                                             {"cash", "cash", true},
                                             {"bonus", "bonus", true},
                                             {"hour", "hour", false},
                                             {"tariff", "tariff", false},
                                             {"minutes", "minutes", true},
                                             {"resource", "resource", false},
                                             {"reference", "reference", false},
                                             {"by", "by", false},
                                             {"reason", "reason", false},
                                             {"lots", "lots", false}};
enum { STATEMENT_COLUMNS = sizeof statement_columns / sizeof statement_columns[0] };

// What a charge was for: metering's line that caused it. False if it is none, or cannot be read:
// the statement is the ledger's and stands without it.
static bool find_usage(session_t *session, const event_t *posting, event_t *ret_usage)
{
    request_t request = {.type = REQUEST_event, .event.sequence = posting->cause.sequence};
    answer_t answer;
    return posting->cause.stream == STREAM_METERING &&
           session_try(session, STREAM_METERING, CLIENT_REPLAY, &request, &answer) == EX_OK &&
           !answer.fail &&
           event_decode(answer.event.event.data, answer.event.event.size, ret_usage) == FAIL_NONE &&
           ret_usage->type == EVENT_usage_charged;
}

enum { EVENTS_OF_A_COMMAND = 8 };

// Who sent the command that caused the posting: the last of its events. False if nobody knows.
static bool find_sender(session_t *session, uint64_t sequence, const event_t *posting,
                        event_t *ret_sender)
{
    const uid_t16 *command = &posting->cause.command;
    for (uint64_t i = 1; !uid_is_zero(command) && i <= EVENTS_OF_A_COMMAND; i++) {
        request_t request = {.type = REQUEST_event, .event.sequence = sequence + i};
        answer_t answer;
        if (session_try(session, STREAM_LEDGER, CLIENT_REPLAY, &request, &answer) != EX_OK ||
            answer.fail ||
            event_decode(answer.event.event.data, answer.event.event.size, ret_sender) ||
            !uid_equal(&ret_sender->cause.command, command))
            return false;
        if (ret_sender->type == EVENT_command_sent_by)
            return true;
    }
    return false;
}

static void print_sender(session_t *session, table_print_t *table, uint64_t sequence,
                         const event_t *posting)
{
    event_t sender;
    if (!find_sender(session, sequence, posting, &sender)) {
        table_print_none(table);
        table_print_none(table);
        return;
    }
    const char *reason = codes_text(CODES_reason, sender.command_sent_by.reason);
    table_print_slice(table, sender.command_sent_by.certificate);
    table_print_text(table, reason ? reason : "unknown");
}

static void print_usage(table_print_t *table, const event_t *usage)
{
    if (usage) {
        table_print_time(table, usage->usage_charged.hour);
        table_print_slice(table, usage->usage_charged.tariff);
        table_print_number(table, usage->usage_charged.minutes);
        table_print_uid(table, &usage->usage_charged.resource);
        return;
    }
    for (int i = 0; i < 4; i++)
        table_print_none(table);
}

static void print_posting(table_print_t *table, uint64_t sequence, const event_t *event,
                          const event_t *usage)
{
    const event_posted_t *posted = &event->posted;
    bool debit = posted->debit >= SYSTEM_END;
    const char *title = posting_kind_title(posted->kind);
    table_print_number(table, sequence);
    table_print_time(table, event->at);
    table_print_text(table, title ? title : "unknown");
    table_print_money(table, debit ? -posted->amount : posted->amount);
    table_print_money(table, posted->cash + posted->bonus);
    table_print_money(table, posted->cash);
    table_print_money(table, posted->bonus);
    print_usage(table, usage);
    if (uid_is_zero(&posted->reference))
        table_print_none(table);
    else
        table_print_uid(table, &posted->reference);
}

enum { LOTS_NAMED_MAX = 16, LOTS_TEXT_MAX = LOTS_NAMED_MAX * 48 };

// The lot that it is or took, or of several each with what was taken of it: 12 (3.00), 15 (1.50).
static void print_lots(table_print_t *table, const event_posted_t *posted)
{
    char text[LOTS_TEXT_MAX] = "";
    int used = 0;
    wire_t wire;
    wire_start(&wire, posted->lots.data, posted->lots.size);
    uint32_t count = posted->lots.size ? wire_array(&wire, LOTS_NAMED_MAX) : 0;
    for (uint32_t i = 0; i < count && !wire.fail && wire_array(&wire, 2) == 2; i++) {
        uint64_t lot = 0;
        int64_t part = 0;
        wire_u64(&wire, &lot);
        wire_i64(&wire, &part);
        used += snprintf(text + used, sizeof text - (size_t)used,
                         "%s%" PRIu64 " (%" PRId64 ".%02" PRId64 ")", i ? ", " : "", lot,
                         part / 100, part % 100);
    }
    if (used)
        table_print_text(table, text);
    else if (posted->lot) {
        (void)snprintf(text, sizeof text, "%" PRIu64, posted->lot);
        table_print_text(table, text);
    } else
        table_print_none(table);
}

// Prints the rows of one page; false if they do not decode.
static bool print_rows(session_t *session, table_print_t *table, const answer_t *answer, bool usage)
{
    wire_t wire;
    wire_start(&wire, answer->statement.rows.data, answer->statement.rows.size);
    for (uint64_t i = 0; i < answer->statement.count; i++) {
        uint64_t sequence;
        bytes_t bytes;
        event_t posting, line;
        if (wire_array(&wire, 2) != 2)
            return false;
        wire_u64(&wire, &sequence);
        wire_bytes(&wire, &bytes);
        if (wire.fail || event_decode(bytes.data, bytes.size, &posting) ||
            posting.type != EVENT_posted)
            return false;
        bool found = usage && find_usage(session, &posting, &line);
        print_posting(table, sequence, &posting, found ? &line : NULL);
        print_sender(session, table, sequence, &posting);
        print_lots(table, &posting.posted);
    }
    return wire_end(&wire) == FAIL_NONE;
}

static int print_statement(session_t *session, table_print_t *table, request_t *request,
                           uint64_t limit, bool usage)
{
    while (limit && request->statement.head) {
        answer_t answer;
        request->statement.limit = limit < STATEMENT_ROWS_PAGE ? limit : STATEMENT_ROWS_PAGE;
        int status = session_ask(session, STREAM_LEDGER, CLIENT_REPLAY, request, &answer);
        if (status != EX_OK)
            return status;
        request->statement.head = answer.statement.next;
        limit -= answer.statement.count < limit ? answer.statement.count : limit;
        if (!print_rows(session, table, &answer, usage)) {
            fputs("kopeck: ledger sent rows that are no postings\n", stderr);
            return EX_DATAERR;
        }
    }
    return EX_OK;
}

int command_statement(session_t *session, args_t *args)
{
    bool debits = args_flag(args, "debits"), credits = args_flag(args, "credits");
    bool all = args_flag(args, "all"), usage = !args_flag(args, "no-usage");
    uint64_t limit = args_option_number(args, "limit", STATEMENT_ROWS_DEFAULT, 1, UINT64_MAX);
    request_t request = {.type = REQUEST_statement};
    request.statement.side = debits ? SIDE_DEBITS : credits ? SIDE_CREDITS : SIDE_ALL;
    request.statement.from = args_option_time(args, "from", INT64_MIN);
    request.statement.to = args_option_time(args, "to", 0);
    request.statement.account = args_operand_uid(args, "the account");
    if (debits && credits)
        args_refuse(args, "--debits --credits", NULL, "one of them");
    if (!command_ready(args))
        return EX_USAGE;
    answer_t answer;
    int status = ask_balance(session, &request.statement.account, 0, &answer);
    if (status != EX_OK)
        return status;
    request.statement.head = answer.balance.head;
    table_print_t *table =
        table_print_new(statement_columns, STATEMENT_COLUMNS, TABLE_ROWS, session->json, stdout);
    status = print_statement(session, table, &request, all ? UINT64_MAX : limit, usage);
    table_print_destroy(&table);
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
