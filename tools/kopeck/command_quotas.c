// Whose a resource is, and what one producer or account may take at most.
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/table_print.h"

int command_resource(session_t *session, args_t *args)
{
    static const char *const words[] = {"move", NULL};
    request_t request = {.type = REQUEST_resource};
    if (args_word(args, words) < 0)
        return ask(session, args, STREAM_METERING, &request,
                   (const ask_field_t[]){{"resource", NULL, NULL}}, 1);
    request.type = REQUEST_resource_move;
    return ask(session, args, STREAM_METERING, &request,
               (const ask_field_t[]){{"resource", NULL, NULL},
                                     {"producer", NULL, NULL},
                                     {"reason", "reason", "none"}},
               3);
}

static const struct {
    const char *word, *title;
    size_t asked, answered;
    bool is_minutes;
} quotas[] = {
#define QUOTA(field, word, title, is_minutes)                                                      \
    {                                                                                              \
        word, title, offsetof(request_quotas_change_t, field), offsetof(answer_quotas_t, field),   \
            is_minutes                                                                             \
    }
    QUOTA(replicas, "replicas", "busy replicas of a producer's owner", false),
    QUOTA(replicas_account, "account-replicas", "busy replicas of an account", false),
    QUOTA(meters, "meters", "meters of an owner", false),
    QUOTA(meters_hour, "meters-hour", "an owner's new meters an hour", false),
    QUOTA(accounts_hour, "accounts-hour", "an owner's new accounts an hour", false),
    QUOTA(bytes_hour, "bytes-hour", "bytes of the journal an owner and hour", false),
    QUOTA(refusals_hour, "refusals-hour", "refusals stored one by one, an owner and hour", false),
    QUOTA(wait_us, "wait-minutes", "minutes that an hour's closing waits for a producer", true)};
enum { QUOTAS = sizeof quotas / sizeof quotas[0] };

static uint64_t *value_at(void *body, size_t offset)
{
    return (uint64_t *)((char *)body + offset);
}

static int ask_quotas(session_t *session, answer_t *ret_answer)
{
    request_t request = {.type = REQUEST_quotas};
    return session_ask(session, STREAM_METERING, CLIENT_COMMAND, &request, ret_answer);
}

static int show(session_t *session)
{
    static const column_t columns[] = {
        {"quota", "quota", false}, {"value", "value", true}, {"meaning", "", false}};
    answer_t answer;
    int status = ask_quotas(session, &answer);
    if (status != EX_OK)
        return status;
    table_print_t *table = table_print_new(columns, 3, TABLE_ROWS, session->json, stdout);
    for (size_t i = 0; i < QUOTAS; i++) {
        uint64_t value = *value_at(&answer.quotas, quotas[i].answered);
        table_print_text(table, quotas[i].word);
        table_print_number(table, quotas[i].is_minutes ? value / MINUTE_US : value);
        table_print_text(table, quotas[i].title);
    }
    table_print_destroy(&table);
    return EX_OK;
}

static int show_producers(session_t *session)
{
    static const column_t columns[] = {{"producer", "producer", true},
                                       {"owner", "owner", false},
                                       {"meters", "meters", true},
                                       {"replicas", "replicas", true},
                                       {"busy", "busy", true},
                                       {"meters_hour", "meters this hour", true},
                                       {"accounts_hour", "accounts", true},
                                       {"refusals_hour", "refusals", true},
                                       {"through", "through", false}};
    enum { NUMBERS_FIRST = 2, NUMBERS_END = 8 };
    answer_t answer;
    int status = ask_quotas(session, &answer);
    if (status != EX_OK)
        return status;
    wire_t wire;
    wire_start(&wire, answer.quotas.rows.data, answer.quotas.rows.size);
    table_print_t *table = table_print_new(columns, 9, TABLE_ROWS, session->json, stdout);
    for (uint64_t i = 0; i < answer.quotas.count && wire_array(&wire, 9) == 9; i++) {
        uint64_t number = 0;
        text_t owner = {0};
        instant_t through = 0;
        wire_u64(&wire, &number);
        table_print_number(table, number);
        wire_text(&wire, &owner);
        table_print_slice(table, owner);
        for (unsigned k = NUMBERS_FIRST; k < NUMBERS_END; k++) {
            wire_u64(&wire, &number);
            table_print_number(table, number);
        }
        wire_i64(&wire, &through);
        if (through)
            table_print_time(table, through);
        else
            table_print_none(table);
    }
    table_print_destroy(&table);
    if (wire_end(&wire) == FAIL_NONE)
        return EX_OK;
    fputs("kopeck: metering sent rows that cannot be read\n", stderr);
    return EX_DATAERR;
}

// What is not named stays as it is.
static int change(session_t *session, args_t *args)
{
    request_t request = {.type = REQUEST_quotas_change};
    uint64_t wished[QUOTAS];
    for (size_t i = 0; i < QUOTAS; i++)
        wished[i] = args_option_number(args, quotas[i].word, UINT64_MAX, 0, INT64_MAX);
    if (!ask_take(args, &request, (const ask_field_t[]){{"reason", "reason", "none"}}, 1))
        return EX_USAGE;
    answer_t answer;
    int status = ask_quotas(session, &answer);
    if (status != EX_OK)
        return status;
    for (size_t i = 0; i < QUOTAS; i++) {
        uint64_t value = wished[i] == UINT64_MAX ? *value_at(&answer.quotas, quotas[i].answered)
                         : quotas[i].is_minutes  ? wished[i] * MINUTE_US
                                                 : wished[i];
        *value_at(&request.quotas_change, quotas[i].asked) = value;
    }
    request.quotas_change.seen = answer.quotas.changed + 1;
    return ask_send(session, STREAM_METERING, &request);
}

int command_quotas(session_t *session, args_t *args)
{
    static const char *const words[] = {"set", "producers", NULL};
    int word = args_word(args, words);
    if (word == 0)
        return change(session, args);
    if (!command_ready(args))
        return EX_USAGE;
    return word == 1 ? show_producers(session) : show(session);
}
