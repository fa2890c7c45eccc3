// The processes themselves: how they are, and which history they follow.
#include "services/common/settings.h"
#include "services/common/uuid7.h"
#include "store/tree.h"
#include "tools/kopeck/command.h"
#include <inttypes.h>

// --- counters: lines `name value` ---

static bool next_counter(text_t *left, text_t *ret_name, text_t *ret_value)
{
    while (left->size) {
        const char *end = memchr(left->data, '\n', left->size);
        uint32_t size = end ? (uint32_t)(end - left->data) : left->size;
        text_t line = {left->data, size};
        left->data += size + (end != NULL);
        left->size -= size + (end != NULL);
        const char *space = memchr(line.data, ' ', line.size);
        if (!space)
            continue;
        *ret_name = (text_t){line.data, (uint32_t)(space - line.data)};
        *ret_value = (text_t){space + 1, (uint32_t)(line.data + line.size - space - 1)};
        return true;
    }
    return false;
}

static bool find_counter(text_t counters, const char *wanted, uint64_t *ret_value)
{
    text_t name, value;
    while (next_counter(&counters, &name, &value)) {
        char digits[24];
        if (!text_equal(name, text_of(wanted)) || value.size >= sizeof digits)
            continue;
        memcpy(digits, value.data, value.size);
        digits[value.size] = '\0';
        return args_read_number(digits, ret_value);
    }
    return false;
}

// What it follows and how many events behind each: "metering 0, payment 3".
static void print_lags(table_print_t *table, text_t counters)
{
    char lags[160] = "";
    size_t used = 0;
    for (stream_t stream = STREAM_METERING; stream < OPTIONS_STREAMS; stream++) {
        char name[64];
        uint64_t applied, announced;
        snprintf(name, sizeof name, "stream_%" PRIu64 "_applied", stream);
        if (!find_counter(counters, name, &applied))
            continue;
        snprintf(name, sizeof name, "stream_%" PRIu64 "_announced", stream);
        if (!find_counter(counters, name, &announced))
            continue;
        used += (size_t)snprintf(lags + used, sizeof lags - used, "%s%s %" PRIu64, used ? ", " : "",
                                 settings_stream_name(stream),
                                 announced > applied ? announced - applied : 0);
    }
    if (used)
        table_print_text(table, lags);
    else
        table_print_none(table);
}

static const column_t status_columns[] = {
    {"process", "process", false}, {"state", "state", false},     {"epoch", "epoch", true},
    {"term", "term", true},        {"last", "last", true},        {"now", "now", false},
    {"behind", "behind", false},   {"current", "current", false}, {"full", "full", false},
    {"clock", "clock", false},     {"root", "root", false}};
enum { STATUS_COLUMNS = sizeof status_columns / sizeof status_columns[0] };

static void print_status(table_print_t *table, stream_t stream, const answer_t *answer)
{
    const answer_status_t *status = answer ? &answer->status : NULL;
    uint64_t trouble = 0;
    table_print_text(table, settings_stream_name(stream));
    if (!status) {
        table_print_text(table, "no answer");
        for (size_t i = 2; i < STATUS_COLUMNS; i++)
            table_print_none(table);
        return;
    }
    (void)find_counter(status->counters, "trouble", &trouble);
    table_print_text(table, trouble ? "needs reseed" : status->ready ? "ready" : "starting");
    table_print_number(table, status->epoch);
    table_print_number(table, status->term);
    table_print_number(table, status->last);
    table_print_time(table, status->now);
    print_lags(table, status->counters);
    table_print_flag(table, status->current);
    table_print_flag(table, status->full);
    table_print_text(table, status->driven ? "driven" : "wall");
    char root[17];
    for (size_t i = 0; i < 8; i++)
        snprintf(root + 2 * i, 3, "%02x", status->root.bytes[i]);
    table_print_text(table, root);
}

static void print_counters(table_print_t *table, stream_t stream, text_t counters)
{
    text_t name, value;
    while (next_counter(&counters, &name, &value)) {
        table_print_text(table, settings_stream_name(stream));
        table_print_slice(table, name);
        table_print_slice(table, value);
    }
}

int command_status(session_t *session, args_t *args)
{
    static const column_t counter_columns[] = {
        {"process", "process", false}, {"counter", "counter", false}, {"value", "value", true}};
    bool counters = args_flag(args, "counters");
    stream_t only = args->count ? args_operand_stream(args, "the process") : STREAM_NONE;
    int status = EX_OK;
    if (!command_ready(args))
        return EX_USAGE;
    const options_t *options = session_options(session, &status);
    if (!options)
        return status;
    table_print_t *table =
        counters
            ? table_print_new(counter_columns, 3, TABLE_ROWS, session->json, stdout)
            : table_print_new(status_columns, STATUS_COLUMNS, TABLE_ROWS, session->json, stdout);
    for (stream_t stream = STREAM_METERING; stream < OPTIONS_STREAMS; stream++) {
        if (only ? stream != only : !*options->processes[stream].command)
            continue;
        request_t request = {.type = REQUEST_status};
        answer_t answer;
        int one = session_ask(session, stream, CLIENT_COMMAND, &request, &answer);
        if (counters && one == EX_OK)
            print_counters(table, stream, answer.status.counters);
        else if (!counters)
            print_status(table, stream, one == EX_OK ? &answer : NULL);
        status = one == EX_OK ? status : one;
    }
    table_print_destroy(&table);
    return status;
}

// --- reseed ---

// The producer's history, and the leaf hash of its event `sequence`: UINT64_MAX for its last.
static int ask_history(session_t *session, stream_t stream, uint64_t sequence,
                       request_reseed_t *ret_reseed)
{
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    int status = session_ask(session, stream, CLIENT_COMMAND, &request, &answer);
    if (status != EX_OK)
        return status;
    *ret_reseed = (request_reseed_t){.stream = stream, .epoch = answer.status.epoch};
    ret_reseed->sequence = sequence == UINT64_MAX ? answer.status.last : sequence;
    if (ret_reseed->sequence > answer.status.last) {
        fprintf(stderr, "kopeck: sequence: %" PRIu64 ": expected at most %s's last, %" PRIu64 "\n",
                ret_reseed->sequence, settings_stream_name(stream), answer.status.last);
        return EX_DATAERR;
    }
    if (!ret_reseed->sequence)
        return EX_OK;
    request = (request_t){.type = REQUEST_event, .event.sequence = ret_reseed->sequence};
    status = session_ask(session, stream, CLIENT_REPLAY, &request, &answer);
    if (status == EX_OK)
        tree_leaf(answer.event.event.data, answer.event.event.size, &ret_reseed->leaf);
    return status;
}

int command_reseed(session_t *session, args_t *args)
{
    bool yes = args_flag(args, "yes");
    uint64_t sequence = args_option_number(args, "sequence", UINT64_MAX, 0, UINT64_MAX - 1);
    const char *id = args_option(args, "id");
    request_t request = {.type = REQUEST_reseed, .id = uuid7_new()};
    if (id && (!uid_parse(id, &request.id) || !uuid7_is(&request.id)))
        args_refuse(args, "id", id, "a UUID of version 7");
    stream_t process = args_operand_stream(args, "the process");
    stream_t stream = args_operand_stream(args, "the stream");
    if (!command_ready(args))
        return EX_USAGE;
    int status = ask_history(session, stream, sequence, &request.reseed);
    if (status != EX_OK)
        return status;
    const request_info_t *info = request_info(REQUEST_reseed);
    for (size_t i = 0; i < info->fields_count; i++) {
        fprintf(stderr, "%-10s", info->fields()[i].name);
        field_print(&info->fields()[i], &request.reseed, stderr);
        fputc('\n', stderr);
    }
    if (!yes) {
        fprintf(stderr,
                "%s would go on behind this event of %s; what it did by another history stays.\n"
                "Nothing was done: add --yes to do it.\n",
                settings_stream_name(process), settings_stream_name(stream));
        return EX_OK;
    }
    answer_t answer;
    status = session_ask(session, process, CLIENT_COMMAND, &request, &answer);
    if (status == EX_OK)
        session_print(session, &answer);
    return status;
}
