// Refunds through Robokassa: ask for one, cancel or resolve it, and the list of all.
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"

enum { REFUNDS_PAGE = 100, REFUNDS_DEFAULT = 50 };

#define TAKE(args, request, ...)                                                                   \
    ask_take(args, request, (const ask_field_t[]){__VA_ARGS__},                                    \
             sizeof((const ask_field_t[]){__VA_ARGS__}) / sizeof(ask_field_t))

// --- one refund ---

// All that the payment is, where no amount is said: a second person is to see a sum, and no "all".
static int ask_amount(session_t *session, uint64_t invoice, kopecks_t *ret_amount)
{
    request_t question = {.type = REQUEST_payment, .payment.invoice = invoice};
    answer_t answer;
    int status = session_ask(session, STREAM_PAYMENT, CLIENT_COMMAND, &question, &answer);
    if (status == EX_OK)
        *ret_amount = answer.payment.amount;
    return status;
}

static int begin(session_t *session, args_t *args)
{
    const char *amount = args_option(args, "amount");
    request_t request = {.type = REQUEST_refund};
    if (amount && (!args_read_rubles(amount, &request.refund.amount) || request.refund.amount <= 0))
        args_refuse(args, "amount", amount, ARGS_RUBLES);
    if (!TAKE(args, &request, {"invoice", NULL, NULL}, {"reason", "reason", "none"}))
        return EX_USAGE;
    int status =
        amount ? EX_OK : ask_amount(session, request.refund.invoice, &request.refund.amount);
    return status == EX_OK ? ask_send(session, STREAM_PAYMENT, &request) : status;
}

static int resolve(session_t *session, args_t *args)
{
    static const char *const outcomes[] = {"done", "failed", NULL};
    request_t request = {.type = REQUEST_refund_resolve};
    int outcome = args_word(args, outcomes);
    if (outcome < 0) {
        args_refuse(args, "the outcome", NULL, "done or failed after resolve");
        (void)command_ready(args);
        return EX_USAGE;
    }
    request.refund_resolve.done = outcome == 0;
    if (!TAKE(args, &request, {"refund", NULL, NULL}, {"amount", "amount", NULL},
              {"reason", "reason", "none"}))
        return EX_USAGE;
    return ask_send(session, STREAM_PAYMENT, &request);
}

int command_refund(session_t *session, args_t *args)
{
    static const char *const words[] = {"cancel", "resolve", NULL};
    request_t request = {.type = REQUEST_refund_cancel};
    int word = args_word(args, words);
    if (word < 0)
        return begin(session, args);
    if (word == 1)
        return resolve(session, args);
    if (!TAKE(args, &request, {"refund", NULL, NULL}, {"reason", "reason", "none"}))
        return EX_USAGE;
    return ask_send(session, STREAM_PAYMENT, &request);
}

// --- all of them ---

typedef struct {
    uint64_t refund, invoice, state, end, doubt, disputed, by_itself;
    uid_t16 account;
    kopecks_t amount;
    instant_t requested, changed;
    text_t request;
} refund_row_t;

static bool read_row(wire_t *wire, refund_row_t *ret)
{
    uint32_t fields = wire_array(wire, 64);
    wire_u64(wire, &ret->refund);
    wire_u64(wire, &ret->invoice);
    wire_uid(wire, &ret->account);
    wire_u64(wire, &ret->state);
    wire_i64(wire, &ret->amount);
    wire_i64(wire, &ret->requested);
    wire_i64(wire, &ret->changed);
    wire_u64(wire, &ret->end);
    wire_u64(wire, &ret->doubt);
    wire_u64(wire, &ret->disputed);
    wire_text(wire, &ret->request);
    ret->by_itself = 0; // older processes do not say it
    if (fields > 11)
        wire_u64(wire, &ret->by_itself);
    for (uint32_t field = 12; field < fields; field++)
        wire_skip(wire, 1);
    return !wire->fail && fields >= 11;
}

static void print_id(table_print_t *table, uint64_t number)
{
    char text[24]; // a text in JSON too, as every id64
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    table_print_text(table, text);
}

static void print_code(table_print_t *table, codes_family_t family, uint64_t number)
{
    const char *text = codes_text(family, number);
    if (number)
        table_print_text(table, text ? text : "unknown");
    else
        table_print_none(table);
}

static void print_row(table_print_t *table, const refund_row_t *row)
{
    char request[65];
    snprintf(request, sizeof request, "%.*s", (int)row->request.size, row->request.data);
    print_id(table, row->refund);
    print_id(table, row->invoice);
    table_print_uid(table, &row->account);
    table_print_money(table, row->amount);
    print_code(table, CODES_refund_state, row->state);
    table_print_time(table, row->requested);
    table_print_time(table, row->changed);
    if (row->end)
        print_code(table, CODES_refund_end, row->end);
    else
        print_code(table, CODES_refund_doubt, row->doubt);
    if (row->disputed)
        table_print_text(table, "yes");
    else
        table_print_none(table);
    print_code(table, CODES_unwanted, row->by_itself);
    if (*request)
        table_print_text(table, request);
    else
        table_print_none(table);
}

static bool print_page(table_print_t *table, const answer_refunds_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        refund_row_t row;
        if (!read_row(&wire, &row))
            return false;
        print_row(table, &row);
    }
    return wire_end(&wire) == FAIL_NONE;
}

static int print_refunds(session_t *session, table_print_t *table, request_t *request,
                         uint64_t left)
{
    do {
        answer_t answer;
        request->refunds.limit = left < REFUNDS_PAGE ? left : REFUNDS_PAGE;
        int status = session_ask(session, STREAM_PAYMENT, CLIENT_COMMAND, request, &answer);
        if (status != EX_OK)
            return status;
        request->refunds.before = answer.refunds.next;
        left -= answer.refunds.count < left ? answer.refunds.count : left;
        if (!print_page(table, &answer.refunds)) {
            fputs("kopeck: payment sent rows that are no refunds\n", stderr);
            return EX_DATAERR;
        }
    } while (request->refunds.before && left);
    return EX_OK;
}

// Those that are not over.
#define OPEN_STATES                                                                                \
    (UINT64_C(1) << REFUND_REQUESTED | UINT64_C(1) << REFUND_APPROVED |                            \
     UINT64_C(1) << REFUND_LEFT | UINT64_C(1) << REFUND_SENT | UINT64_C(1) << REFUND_UNKNOWN)

int command_refunds(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"refund", "refund", true},      {"payment", "payment", true},
        {"account", "account", false},   {"amount", "amount", true},
        {"state", "state", false},       {"requested", "requested", false},
        {"changed", "changed", false},   {"why", "why", false},
        {"disputed", "disputed", false}, {"by_itself", "by itself", false},
        {"request", "request", false}};
    uint64_t state = args_option_code(args, "state", CODES_refund_state);
    uint64_t limit = args_option_number(args, "limit", REFUNDS_DEFAULT, 1, UINT64_MAX);
    request_t request = {.type = REQUEST_refunds};
    request.refunds.invoice = args_option_number(args, "payment", 0, 1, UINT64_MAX);
    request.refunds.states = args_flag(args, "open") ? OPEN_STATES : 0;
    if (state)
        request.refunds.states = UINT64_C(1) << state;
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = print_refunds(session, table, &request, limit);
    table_print_destroy(&table);
    return status;
}
