// What an account has and owes, part by part.
#include "tools/kopeck/command.h"
#include "tools/kopeck/lot_row.h"

enum { PAGES_MAX = 1000 * 1000 };

static const column_t columns[] = {
    {"kind", "kind", false},   {"number", "number", true}, {"amount", "amount", true},
    {"left", "left", true},    {"held", "held", true},     {"from", "from", false},
    {"until", "until", false}, {"for", "for", false},      {"apart", "apart", false}};

static void print_instant(table_print_t *table, instant_t at)
{
    if (at)
        table_print_time(table, at);
    else
        table_print_none(table);
}

static void print_row(table_print_t *table, const lot_row_t *row)
{
    const char *kind = codes_text(CODES_lot_kind, row->kind);
    bool debt = row->kind != LOT_CASH && row->kind != LOT_BONUS;
    table_print_text(table, kind ? kind : "unknown");
    table_print_number(table, row->number);
    table_print_money(table, debt ? -row->amount : row->amount);
    table_print_money(table, debt ? -row->left : row->left);
    table_print_money(table, row->held);
    print_instant(table, row->from);
    print_instant(table, row->until);
    const char *category = row->category ? codes_text(CODES_category, row->category) : NULL;
    if (category)
        table_print_text(table, category);
    else
        table_print_none(table);
    table_print_flag(table, row->apart);
}

static bool print_page(table_print_t *table, const answer_lots_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        lot_row_t row;
        if (!lot_row_read(&wire, &row))
            return false;
        print_row(table, &row);
    }
    return wire_end(&wire) == FAIL_NONE;
}

// Where postings go on between two pages, the second is of the later picture.
static int print_lots(session_t *session, table_print_t *table, const uid_t16 *account)
{
    request_t request = {.type = REQUEST_lots, .lots.account = *account};
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        answer_t answer;
        int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &request, &answer);
        if (status != EX_OK)
            return status;
        if (!print_page(table, &answer.lots)) {
            fputs("kopeck: ledger sent rows that are no lots\n", stderr);
            return EX_DATAERR;
        }
        request.lots.skip = answer.lots.next;
        if (!answer.lots.next)
            return EX_OK;
    }
    return EX_DATAERR;
}

int command_lots(session_t *session, args_t *args)
{
    uid_t16 account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = print_lots(session, table, &account);
    table_print_destroy(&table);
    return status;
}
