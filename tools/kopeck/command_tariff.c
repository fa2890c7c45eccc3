// Tariffs and rates: metering's journal is their list.
#include "proto/codes.h"
#include "proto/event.h"
#include "proto/wire.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/stream_reader.h"

enum { VERSIONS_MAX = 1 << 16, PRICES_A_PAGE = 100 };

// The list at hand, and what was withdrawn of it.
typedef struct {
    table_print_t *table;
    bool withdrawn[VERSIONS_MAX];
} list_t;

static int note_withdrawn(void *arg, uint64_t sequence, bytes_t bytes)
{
    list_t *list = arg;
    event_t event;
    (void)sequence;
    if (event_decode(bytes.data, bytes.size, &event) == FAIL_NONE &&
        event.type == EVENT_tariff_withdrawn && event.tariff_withdrawn.version < VERSIONS_MAX)
        list->withdrawn[event.tariff_withdrawn.version] = true;
    return EX_OK;
}

static void print_withdrawn(list_t *list, uint64_t version)
{
    table_print_flag(list->table, version < VERSIONS_MAX && list->withdrawn[version]);
}

static int print_list(session_t *session, table_print_t *table,
                      int (*print)(void *, uint64_t, bytes_t))
{
    static list_t list;
    list = (list_t){.table = table};
    stream_reader_t reader = {.session = session, .stream = STREAM_METERING, .next = 1};
    int status = stream_reader_read(&reader, UINT64_MAX, note_withdrawn, &list);
    reader = (stream_reader_t){.session = session, .stream = STREAM_METERING, .next = 1};
    return status == EX_OK ? stream_reader_read(&reader, UINT64_MAX, print, &list) : status;
}

static int print_tariff(void *arg, uint64_t sequence, bytes_t bytes)
{
    list_t *list = arg;
    table_print_t *table = list->table;
    event_t event;
    (void)sequence;
    if (event_decode(bytes.data, bytes.size, &event) != FAIL_NONE ||
        event.type != EVENT_tariff_defined)
        return EX_OK;
    table_print_number(table, event.tariff_defined.version);
    table_print_slice(table, event.tariff_defined.code);
    table_print_slice(table, event.tariff_defined.title);
    table_print_money(table, event.tariff_defined.price);
    table_print_time(table, event.tariff_defined.effective);
    print_withdrawn(list, event.tariff_defined.version);
    return EX_OK;
}

static int list(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"version", "version", true}, {"code", "code", false},
        {"title", "title", false},    {"price", "720 hours", true},
        {"effective", "from", false}, {"withdrawn", "withdrawn", false}};
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = print_list(session, table, print_tariff);
    table_print_destroy(&table);
    return status;
}

static int print_rate(void *arg, uint64_t sequence, bytes_t bytes)
{
    list_t *list = arg;
    table_print_t *table = list->table;
    event_t event;
    (void)sequence;
    if (event_decode(bytes.data, bytes.size, &event) != FAIL_NONE ||
        event.type != EVENT_rate_defined)
        return EX_OK;
    const event_rate_defined_t *rate = &event.rate_defined;
    const char *kind = codes_text(CODES_resource_kind, rate->kind);
    table_print_number(table, rate->version);
    table_print_text(table, kind ? kind : "unknown");
    table_print_slice(table, rate->code);
    table_print_slice(table, rate->title);
    table_print_money(table, rate->price);
    table_print_number(table, rate->included);
    table_print_time(table, rate->effective);
    print_withdrawn(list, rate->version);
    return EX_OK;
}

static int list_rates(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"version", "version", true}, {"kind", "kind", false},
        {"code", "code", false},      {"title", "title", false},
        {"price", "price", true},     {"included", "MiB included", true},
        {"effective", "from", false}, {"withdrawn", "withdrawn", false}};
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = print_list(session, table, print_rate);
    table_print_destroy(&table);
    return status;
}

// Of files it is said what the tariff includes: nothing would bill every byte.
static int define_rate(session_t *session, args_t *args, request_t *request)
{
    static const ask_field_t fields[] = {{"kind", NULL, NULL},
                                         {"code", NULL, NULL},
                                         {"title", NULL, NULL},
                                         {"price", NULL, NULL},
                                         {"effective", "effective", NULL}};
    const char *included = args_option(args, "included");
    if (included && !args_read_number(included, &request->rate_define.included))
        args_refuse(args, "included", included, "a whole number");
    if (!ask_take(args, request, fields, sizeof fields / sizeof fields[0]))
        return EX_USAGE;
    if (request->rate_define.kind == RESOURCE_DISK && !included) {
        fputs("kopeck: included: expected, with a rate of files, how many MiB the tariff "
              "includes\n",
              stderr);
        return EX_USAGE;
    }
    return ask_send(session, STREAM_METERING, request);
}

int command_rate(session_t *session, args_t *args)
{
    static const char *const words[] = {"list", "define", NULL};
    request_t request = {.type = REQUEST_rate_define};
    switch (args_word(args, words)) {
    case 0:
        return list_rates(session, args);
    case 1:
        return define_rate(session, args, &request);
    default:
        args_refuse(args, "what to do", NULL, "list or define");
        (void)command_ready(args);
        return EX_USAGE;
    }
}

// Of tariffs and rates, as metering has them; their names for people are in its journal alone.
static bool print_prices(table_print_t *table, const answer_tariffs_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        uint64_t version = 0, kind = 0, included = 0;
        text_t code = {0};
        kopecks_t price = 0;
        instant_t effective = 0;
        uint32_t fields = wire_array(&wire, 64);
        wire_u64(&wire, &version);
        wire_u64(&wire, &kind);
        wire_text(&wire, &code);
        wire_i64(&wire, &price);
        wire_u64(&wire, &included);
        wire_i64(&wire, &effective);
        if (wire.fail || fields < 6)
            return false;
        wire_skip(&wire, fields - 6);
        const char *of = kind ? codes_text(CODES_resource_kind, kind) : "tariff";
        table_print_number(table, version);
        table_print_text(table, of ? of : "unknown");
        table_print_slice(table, code);
        table_print_money(table, price);
        table_print_number(table, included);
        if (effective)
            table_print_time(table, effective);
        else
            table_print_none(table);
    }
    return !wire.fail;
}

static int prices(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"version", "version", true},
                                       {"kind", "kind", false},
                                       {"code", "code", false},
                                       {"price", "price", true},
                                       {"included", "MiB included", true},
                                       {"effective", "from", false}};
    request_t request = {.type = REQUEST_tariffs, .tariffs = {.limit = PRICES_A_PAGE}};
    answer_t answer;
    int status;
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    do {
        status = session_ask(session, STREAM_METERING, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK && !print_prices(table, &answer.tariffs)) {
            fputs("kopeck: metering sent rows that are no prices\n", stderr);
            status = EX_DATAERR;
        }
        request.tariffs.before = status == EX_OK ? answer.tariffs.next : 0;
    } while (request.tariffs.before);
    table_print_destroy(&table);
    return status;
}

int command_tariff(session_t *session, args_t *args)
{
    static const char *const words[] = {"list", "define", "withdraw", "prices", NULL};
    request_t request = {.type = REQUEST_tariff_define};
    switch (args_word(args, words)) {
    case 0:
        return list(session, args);
    case 1:
        return ask(session, args, STREAM_METERING, &request,
                   (const ask_field_t[]){{"code", NULL, NULL},
                                         {"title", NULL, NULL},
                                         {"price", NULL, NULL},
                                         {"effective", "effective", NULL}},
                   4);
    case 2:
        request.type = REQUEST_tariff_withdraw;
        return ask(session, args, STREAM_METERING, &request,
                   (const ask_field_t[]){{"version", NULL, NULL}}, 1);
    case 3:
        return prices(session, args);
    default:
        args_refuse(args, "what to do", NULL, "list, prices, define or withdraw");
        (void)command_ready(args);
        return EX_USAGE;
    }
}
