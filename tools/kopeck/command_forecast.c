// What an account's meters burn, and what becomes of its balance if all that runs runs on.
#include "services/forecast/forecast.h"
#include "tools/kopeck/command.h"

static const column_t meters_columns[] = {{"meters", "meters", true},
                                          {"replicas", "replicas", true},
                                          {"burn", "burn", true},
                                          {"remainder", "remainder", true}};

static const column_t columns[] = {
    {"balance", "balance", true},
    {"burn_hour", "burn an hour", true},
    {"lasts", "lasts until, without payments", false},
    {"payment", "next automatic payment", false},
    {"payments", "automatic payments in 90 days", true},
    {"month_left", "left of this month", true},
    {"limit", "a limit keeps one back", false},
    {"limit_reason", "which limit", false},
    {"stops", "used up", false},
};

static const column_t coming_columns[] = {{"kind", "kind", false},
                                          {"tariff", "tariff", false},
                                          {"effective", "from", false},
                                          {"before", "price before", true},
                                          {"price", "price", true}};

// Prices of what runs now that are going to change.
static int print_coming(const session_t *session, bytes_t rows)
{
    static const field_t kinds = {.type = FIELD_TYPE_code, .family = CODES_resource_kind};
    enum { COLUMNS = sizeof coming_columns / sizeof coming_columns[0] };
    table_print_t *table =
        table_print_new(coming_columns, COLUMNS, TABLE_ROWS, session->json, stdout);
    wire_t wire;
    wire_start(&wire, rows.data, rows.size);
    while (wire_left(&wire) && wire_array(&wire, COLUMNS) == COLUMNS) {
        uint64_t kind;
        text_t code;
        int64_t effective, before, price;
        wire_u64(&wire, &kind);
        wire_text(&wire, &code);
        wire_i64(&wire, &effective);
        wire_i64(&wire, &before);
        wire_i64(&wire, &price);
        if (wire.fail)
            break;
        if (kind)
            table_print_field(table, &kinds, &kind);
        else
            table_print_none(table);
        table_print_slice(table, code);
        table_print_time(table, effective);
        table_print_money(table, before);
        table_print_money(table, price);
    }
    table_print_destroy(&table);
    return wire_end(&wire) == FAIL_NONE ? EX_OK : EX_DATAERR;
}

int command_meters(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_meters};
    answer_t answer;
    bool coming = args_flag(args, "coming");
    request.meters.account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    int status = session_ask(session, STREAM_METERING, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    if (coming)
        return print_coming(session, answer.meters.coming);
    table_print_t *table =
        table_print_new(meters_columns, sizeof meters_columns / sizeof meters_columns[0],
                        TABLE_RECORD, session->json, stdout);
    table_print_number(table, answer.meters.meters);
    table_print_number(table, answer.meters.replicas);
    table_print_number(table, (uint64_t)answer.meters.burn);
    table_print_number(table, (uint64_t)answer.meters.remainder);
    table_print_destroy(&table);
    return EX_OK;
}

typedef struct {
    answer_t balance, autopay, meters;
    bool mandated;
} asked_t;

// An account that autopay or metering has never heard of is one without autopay, or usage.
static int ask_one(session_t *session, stream_t stream, request_t *request, answer_t *ret_answer)
{
    int status = session_try(session, stream, CLIENT_COMMAND, request, ret_answer);
    if (status != EX_OK || ret_answer->fail == FAIL_NONE ||
        ret_answer->fail == FAIL_UNKNOWN_ACCOUNT)
        return status;
    return session_refused(stream, ret_answer->fail, ret_answer->detail);
}

static int ask_all(session_t *session, const uid_t16 *account, asked_t *out)
{
    request_t balance = {.type = REQUEST_balance, .balance.account = *account};
    request_t autopay = {.type = REQUEST_autopay, .autopay.account = *account};
    request_t meters = {.type = REQUEST_meters, .meters.account = *account};
    int status = session_ask(session, STREAM_LEDGER, CLIENT_COMMAND, &balance, &out->balance);
    if (status == EX_OK)
        status = ask_one(session, STREAM_AUTOPAY, &autopay, &out->autopay);
    out->mandated = status == EX_OK && out->autopay.fail == FAIL_NONE;
    if (status == EX_OK)
        status = ask_one(session, STREAM_METERING, &meters, &out->meters);
    if (status == EX_OK && out->meters.fail == FAIL_UNKNOWN_ACCOUNT)
        out->meters.meters = (answer_meters_t){0};
    return status;
}

static void print_instant(table_print_t *table, instant_t at)
{
    if (at == FORECAST_NEVER)
        table_print_none(table);
    else
        table_print_time(table, at);
}

static void print_limits(table_print_t *table, const autopay_inputs_t *autopay,
                         const forecast_t *told)
{
    if (autopay)
        table_print_number(
            table, autopay->count_max > autopay->count ? autopay->count_max - autopay->count : 0);
    else
        table_print_none(table);
    print_instant(table, told->limit);
    if (told->limit == FORECAST_NEVER)
        table_print_none(table);
    else
        table_print_text(table, codes_text(CODES_autopay_reason, told->limit_reason));
}

static void print(const session_t *session, kopecks_t balance, const autopay_inputs_t *autopay,
                  const forecast_t *told)
{
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0],
                                           TABLE_RECORD, session->json, stdout);
    table_print_money(table, balance);
    table_print_money(table, told->burn_hour);
    print_instant(table, told->lasts);
    print_instant(table, told->payment);
    table_print_number(table, told->payments);
    print_limits(table, autopay, told);
    print_instant(table, told->stops);
    table_print_destroy(&table);
}

int command_forecast(session_t *session, args_t *args)
{
    uid_t16 account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    asked_t asked;
    int status = ask_all(session, &account, &asked);
    if (status != EX_OK)
        return status;
    kopecks_t balance = asked.balance.balance.cash + asked.balance.balance.bonus;
    autopay_inputs_t inputs = {0};
    if (asked.mandated)
        inputs = forecast_autopay(&asked.autopay.autopay, asked.meters.meters.now);
    const autopay_inputs_t *autopay = asked.mandated ? &inputs : NULL;
    forecast_t told;
    if (forecast(balance, asked.balance.balance.endings, &asked.meters.meters, autopay, &told) !=
        FAIL_NONE) {
        fputs("kopeck: metering sent rows that are no meters\n", stderr);
        return EX_DATAERR;
    }
    print(session, balance, autopay, &told);
    return EX_OK;
}
