// Tariffs and rates: metering's journal is their list.
#include "proto/event.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/stream_reader.h"

static int print_tariff(void *arg, uint64_t sequence, bytes_t bytes)
{
    table_print_t *table = arg;
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
    return EX_OK;
}

static int list(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"version", "version", true},
                                       {"code", "code", false},
                                       {"title", "title", false},
                                       {"price", "720 hours", true},
                                       {"effective", "from", false}};
    stream_reader_t reader = {.session = session, .stream = STREAM_METERING, .next = 1};
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, 5, TABLE_ROWS, session->json, stdout);
    int status = stream_reader_read(&reader, UINT64_MAX, print_tariff, table);
    table_print_destroy(&table);
    return status;
}

static int print_rate(void *arg, uint64_t sequence, bytes_t bytes)
{
    table_print_t *table = arg;
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
    return EX_OK;
}

static int list_rates(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"version", "version", true}, {"kind", "kind", false},  {"code", "code", false},
        {"title", "title", false},    {"price", "price", true}, {"included", "MiB included", true},
        {"effective", "from", false}};
    stream_reader_t reader = {.session = session, .stream = STREAM_METERING, .next = 1};
    if (!command_ready(args))
        return EX_USAGE;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = stream_reader_read(&reader, UINT64_MAX, print_rate, table);
    table_print_destroy(&table);
    return status;
}

int command_rate(session_t *session, args_t *args)
{
    static const char *const words[] = {"list", "define", NULL};
    request_t request = {.type = REQUEST_rate_define};
    switch (args_word(args, words)) {
    case 0:
        return list_rates(session, args);
    case 1:
        return ask(session, args, STREAM_METERING, &request,
                   (const ask_field_t[]){{"kind", NULL, NULL},
                                         {"code", NULL, NULL},
                                         {"title", NULL, NULL},
                                         {"price", NULL, NULL},
                                         {"included", "included", "0"},
                                         {"effective", "effective", NULL}},
                   6);
    default:
        args_refuse(args, "what to do", NULL, "list or define");
        (void)command_ready(args);
        return EX_USAGE;
    }
}

int command_tariff(session_t *session, args_t *args)
{
    static const char *const words[] = {"list", "define", NULL};
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
    default:
        args_refuse(args, "what to do", NULL, "list or define");
        (void)command_ready(args);
        return EX_USAGE;
    }
}
