// The policies that processes decide by: those in force, and new ones.
#include "proto/event.h"
#include "proto/service.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/policy_words.h"

enum { ROW_ELEMENTS = 5, ROW_ELEMENTS_MAX = 64 };

// A row of the answer to `policies` (PROTOCOL.md, section 7.2).
typedef struct {
    uint64_t sequence; // 0: none was ever set
    text_t certificate, approver;
    event_t event, first;
} policy_row_t;

// A policy that a newer process has and this program does not know keeps its type alone.
static void read_event(wire_t *wire, event_t *ret_event)
{
    bytes_t bytes = {0};
    wire_bytes(wire, &bytes);
    fail_t fail = wire->fail ? wire->fail : event_decode(bytes.data, bytes.size, ret_event);
    if (fail && fail != FAIL_VERSION)
        wire->fail = fail;
}

static fail_t read_row(wire_t *wire, policy_row_t *ret_row)
{
    uint32_t count = wire_array(wire, ROW_ELEMENTS_MAX);
    if (count < ROW_ELEMENTS)
        return FAIL_INVALID;
    wire_u64(wire, &ret_row->sequence);
    wire_text(wire, &ret_row->certificate);
    wire_text(wire, &ret_row->approver);
    read_event(wire, &ret_row->event);
    read_event(wire, &ret_row->first);
    wire_skip(wire, count - ROW_ELEMENTS);
    if (!wire->fail && ret_row->event.type != ret_row->first.type)
        wire->fail = FAIL_INVALID;
    return wire->fail;
}

static int ask_rows(session_t *session, stream_t stream, answer_t *ret_answer, wire_t *ret_wire)
{
    request_t request = {.type = REQUEST_policies};
    int status = session_ask(session, stream, CLIENT_COMMAND, &request, ret_answer);
    if (status == EX_OK)
        wire_start(ret_wire, ret_answer->policies.rows.data, ret_answer->policies.rows.size);
    return status;
}

static int refuse_rows(stream_t stream)
{
    return session_refused(stream, FAIL_CORRUPT, text_of("a row is not readable"));
}

static uint64_t number_at(const field_t *field, const void *body)
{
    const char *at = (const char *)body + field->offset;
    uint64_t value = field->type == FIELD_TYPE_flag && *(const bool *)at;
    if (field->type != FIELD_TYPE_flag)
        memcpy(&value, at, sizeof value);
    return value;
}

// --- show ---

// A field's name, and its value in each of the two bodies, in one unit for both. Programs get it by
// its own name, spans in microseconds.
static void print_field(table_print_t *table, bool json, const field_t *field, const void *one,
                        const void *other)
{
    bool span = policy_words_is_span(field) && !json;
    const policy_unit_t *unit =
        span ? policy_words_unit(number_at(field, one), number_at(field, other)) : NULL;
    char name[POLICY_WORD_MAX];
    if (!json)
        policy_words_name(field, unit, name);
    table_print_text(table, json ? field->name : name);
    const void *const bodies[] = {one, other};
    for (size_t i = 0; i < 2; i++)
        if (span)
            table_print_number(table, number_at(field, bodies[i]) / unit->us);
        else
            table_print_field(table, field, bodies[i]);
}

static void print_name(table_print_t *table, text_t name)
{
    if (name.size)
        table_print_slice(table, name);
    else
        table_print_none(table);
}

// metering.policy, which metering.policy_changed changes.
static text_t policy_name(const event_info_t *info)
{
    const char *end = strstr(info->name, "_changed");
    return (text_t){info->name, (uint32_t)(end ? (size_t)(end - info->name) : strlen(info->name))};
}

static void print_policy(table_print_t *table, bool json, stream_t stream, const policy_row_t *row)
{
    const event_info_t *info = event_info(row->event.type);
    for (size_t i = 0; info && i < info->fields_count; i++) {
        const field_t *field = &info->fields()[i];
        table_print_text(table, service_stream_name(stream));
        table_print_slice(table, policy_name(info));
        print_field(table, json, field, event_body(&row->event), event_body(&row->first));
        if (row->sequence) {
            table_print_number(table, row->sequence);
            table_print_time(table, row->event.at);
        } else {
            table_print_none(table);
            table_print_none(table);
        }
        print_name(table, row->certificate);
        print_name(table, row->approver);
        table_print_text(table, field->meaning);
    }
}

static int show_process(session_t *session, table_print_t *table, stream_t stream)
{
    answer_t answer;
    wire_t wire;
    int status = ask_rows(session, stream, &answer, &wire);
    if (status != EX_OK)
        return status;
    for (uint64_t i = 0; i < answer.policies.count; i++) {
        policy_row_t row = {0};
        if (read_row(&wire, &row))
            return refuse_rows(stream);
        print_policy(table, session->json, stream, &row);
    }
    return EX_OK;
}

static int show(session_t *session, args_t *args)
{
    static const column_t columns[] = {
        {"process", "process", false},    {"policy", "policy", false},
        {"name", "name", false},          {"value", "value", true},
        {"default", "default", true},     {"sequence", "sequence", true},
        {"at", "since", false},           {"certificate", "set by", false},
        {"approver", "agreed by", false}, {"meaning", "", false}};
    stream_t only = args->count ? args_operand_stream(args, "the process") : STREAM_NONE;
    int status = EX_OK;
    if (!command_ready(args))
        return EX_USAGE;
    const options_t *options = session_options(session, &status);
    if (!options)
        return status;
    table_print_t *table = table_print_new(columns, 10, TABLE_ROWS, session->json, stdout);
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        bool asked = only ? stream == only : *options->processes[stream].command != '\0';
        int one = asked ? show_process(session, table, stream) : EX_OK;
        status = status == EX_OK ? one : status;
    }
    table_print_destroy(&table);
    return status;
}

// --- set ---

// The command that changes a process's policy, and the event that says it: their fields are the
// same, and behind them the command has what its sender saw in force.
static const struct {
    stream_t stream;
    request_type_t request;
    event_type_t event;
} settable[] = {{STREAM_LEDGER, REQUEST_ledger_policy, EVENT_ledger_policy_changed},
                {STREAM_METERING, REQUEST_metering_policy, EVENT_metering_policy_changed},
                {STREAM_AUTOPAY, REQUEST_autopay_policy, EVENT_autopay_policy_changed},
                {STREAM_NOTIFY, REQUEST_ladder_policy, EVENT_ladder_policy_changed},
                {STREAM_NONE, REQUEST_operators_policy, EVENT_operators_policy_changed}};
enum {
    SETTABLE = sizeof settable / sizeof settable[0] - 1, // by `policy set`
    LIMITS = SETTABLE                                    // which every process has
};

typedef struct {
    size_t which; // of settable
    stream_t stream;
    request_t request;
    bool named[REQUEST_FIELDS_MAX];
    event_t before;
    uint64_t sequence; // of `before`; 0: nobody set it
} change_t;

// Without the last one.
static size_t values_of(const change_t *change)
{
    return event_info(settable[change->which].event)->fields_count;
}

static void take_process(args_t *args, change_t *change)
{
    const char *text = args_operand(args, "the process");
    stream_t stream = STREAM_NONE;
    (void)args_read_stream(text, &stream);
    while (change->which < SETTABLE && settable[change->which].stream != stream)
        change->which++;
    if (change->which == SETTABLE) {
        args_refuse(args, "the process", text, "ledger, metering, autopay or notify");
        change->which = 0;
    }
    change->stream = stream;
    change->request.type = settable[change->which].request;
}

static void take_values(args_t *args, change_t *change)
{
    const request_info_t *info = request_info(change->request.type);
    char expected[POLICY_EXPECTED_MAX];
    const char *word = args_operand_maybe(args, info->name);
    do {
        int found = policy_words_read(info->fields(), values_of(change), word ? word : "",
                                      &change->request.status, expected);
        if (found < 0)
            args_refuse(args, info->name, word, expected);
        else if (change->named[found])
            args_refuse(args, info->name, word, "each name once");
        else
            change->named[found] = true;
        word = args_operand_maybe(args, info->name);
    } while (word);
}

static int read_before(session_t *session, change_t *change)
{
    answer_t answer;
    wire_t wire;
    int status = ask_rows(session, change->stream, &answer, &wire);
    if (status != EX_OK)
        return status;
    for (uint64_t i = 0; i < answer.policies.count; i++) {
        policy_row_t row = {0};
        if (read_row(&wire, &row))
            break;
        change->before = row.event;
        change->sequence = row.sequence;
        if (row.event.type == settable[change->which].event)
            return EX_OK;
    }
    return refuse_rows(change->stream);
}

static void put_number(const field_t *field, uint64_t value, void *body)
{
    char *at = (char *)body + field->offset;
    if (field->type == FIELD_TYPE_flag)
        *(bool *)at = value;
    else
        memcpy(at, &value, sizeof value);
}

// What is not named stays as it is. False if that is all.
static bool fill_in(change_t *change)
{
    const request_info_t *info = request_info(change->request.type);
    const event_info_t *event = event_info(change->before.type);
    bool changes = false;
    for (size_t i = 0; i < values_of(change); i++) {
        const field_t *field = &info->fields()[i];
        uint64_t before = number_at(&event->fields()[i], event_body(&change->before));
        if (change->named[i])
            changes = changes || number_at(field, &change->request.status) != before;
        else
            put_number(field, before, &change->request.status);
    }
    uint64_t seen = change->sequence + 1;
    memcpy((char *)&change->request.status + info->fields()[values_of(change)].offset, &seen,
           sizeof seen);
    return changes;
}

static void print_changes(const change_t *change, bool json)
{
    static const column_t columns[] = {
        {"name", "name", false}, {"before", "before", true}, {"now", "now", true}};
    const request_info_t *info = request_info(change->request.type);
    const void *before = event_body(&change->before), *now = &change->request.status;
    table_print_t *table = table_print_new(columns, 3, TABLE_ROWS, json, stdout);
    for (size_t i = 0; i < values_of(change); i++)
        if (number_at(&info->fields()[i], before) != number_at(&info->fields()[i], now))
            print_field(table, json, &info->fields()[i], before, now);
    table_print_destroy(&table);
}

// Limits always, and where two change policies those of metering and autopay.
static bool is_pending(const answer_t *answer)
{
    return (answer->type == REQUEST_metering_policy && answer->metering_policy.pending) ||
           (answer->type == REQUEST_autopay_policy && answer->autopay_policy.pending) ||
           (answer->type == REQUEST_operators_policy && answer->operators_policy.pending);
}

static int say_pending(const session_t *session, const change_t *change)
{
    char id[UID_TEXT_SIZE];
    uid_format(&change->request.id, id);
    if (session->json)
        puts("{\"pending\":true}");
    fprintf(stderr,
            "kopeck: nothing is changed until another agrees, within 72 hours: "
            "kopeck approve %s %s\n",
            service_stream_name(change->stream), id);
    return EX_OK;
}

static int carry_out(session_t *session, args_t *args, change_t *change)
{
    if (!command_ready(args))
        return EX_USAGE;
    int status = read_before(session, change);
    if (status != EX_OK)
        return status;
    if (fill_in(change)) {
        answer_t answer;
        status = ask_unprinted(session, change->stream, &change->request, &answer);
        if (status == EX_OK && is_pending(&answer))
            return say_pending(session, change);
    } else
        fputs("kopeck: nothing was sent: it is so already\n", stderr);
    if (status == EX_OK)
        print_changes(change, session->json);
    return status;
}

static int set(session_t *session, args_t *args)
{
    change_t change = {0};
    ask_take_id(args, &change.request);
    take_process(args, &change);
    take_values(args, &change);
    return carry_out(session, args, &change);
}

int command_limits(session_t *session, args_t *args)
{
    static const char *const words[] = {"alone", "day", "rules"}; // as the request has them
    change_t change = {.which = LIMITS, .request.type = REQUEST_operators_policy};
    request_operators_policy_t *wish = &change.request.operators_policy;
    kopecks_t *const sums[] = {&wish->alone_max, &wish->day_max};
    ask_take_id(args, &change.request);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *text = args_option(args, words[i]);
        change.named[i] = text != NULL;
        if (text && i < 2 && !args_read_rubles(text, sums[i]))
            args_refuse(args, words[i], text, ARGS_RUBLES);
        if (text && i == 2 && strcmp(text, "one") != 0 && strcmp(text, "two") != 0)
            args_refuse(args, words[i], text, "one or two");
        wish->rules = text && i == 2 && strcmp(text, "two") == 0;
    }
    change.stream = args_operand_stream(args, "the process");
    return carry_out(session, args, &change);
}

int command_policy(session_t *session, args_t *args)
{
    static const char *const words[] = {"show", "set", NULL};
    switch (args_word(args, words)) {
    case 0:
        return show(session, args);
    case 1:
        return set(session, args);
    default:
        args_refuse(args, "what to do", NULL, "show or set");
        (void)command_ready(args);
        return EX_USAGE;
    }
}
