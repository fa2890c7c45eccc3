#include "tools/kopeck/ask.h"
#include "proto/service.h"
#include "services/process/uuid7.h"
#include "tools/kopeck/command.h"
#include <assert.h>

static const field_t *find_field(request_type_t type, const char *name)
{
    const request_info_t *info = request_info(type);
    size_t i = 0;
    while (i < info->fields_count && strcmp(info->fields()[i].name, name) != 0)
        i++;
    assert(i < info->fields_count);
    return &info->fields()[i];
}

// What a field expects, NULL if the text was it.
static const char *read_value(const field_t *field, const char *text, void *at)
{
    static char codes[ARGS_ERROR_MAX];
    switch (field->type) {
    case FIELD_TYPE_code:
        codes_list(field->family, codes, sizeof codes);
        return args_read_code(field->family, text, at) ? NULL : codes;
    case FIELD_TYPE_u64:
    case FIELD_TYPE_id64:
        return args_read_number(text, at) ? NULL : "a whole number";
    case FIELD_TYPE_money:
        return args_read_rubles(text, at) ? NULL : ARGS_RUBLES;
    case FIELD_TYPE_time:
        return time_parse(text, at) ? NULL : TIME_EXPECTED;
    case FIELD_TYPE_uid:
        return args_read_account(text, at) ? NULL : "a UUID, or a system account's title";
    case FIELD_TYPE_text:
        *(text_t *)at = text_of(text);
        return NULL;
    default:
        return "nothing that can be typed";
    }
}

static void take_field(args_t *args, request_t *request, const ask_field_t *wish)
{
    const field_t *field = find_field(request->type, wish->field);
    const char *text = wish->word ? args_option(args, wish->word) : args_operand(args, field->name);
    if (!text)
        text = wish->fallback;
    if (!text)
        args_refuse(args, wish->word, NULL, field->meaning);
    if (!text || !*text)
        return; // an error was noted, or the fallback says: zero
    const char *expected = read_value(field, text, (char *)&request->status + field->offset);
    if (expected)
        args_refuse(args, field->name, text, expected);
}

void ask_take_id(args_t *args, request_t *request)
{
    const char *text = args_option(args, "id");
    request->id = uuid7_new();
    if (text && (!uid_parse(text, &request->id) || !uuid7_is(&request->id)))
        args_refuse(args, "id", text, "a UUID of version 7");
}

bool ask_take(args_t *args, request_t *request, const ask_field_t *fields, size_t count)
{
    if (request_info(request->type)->kind == REQUEST_COMMAND)
        ask_take_id(args, request);
    for (size_t i = 0; i < count; i++) // options first: what they leave are the operands
        if (fields[i].word)
            take_field(args, request, &fields[i]);
    for (size_t i = 0; i < count; i++)
        if (!fields[i].word)
            take_field(args, request, &fields[i]);
    return command_ready(args);
}

// Who asked by a script and looks at the status alone should see it too.
static void say_pending(stream_t stream, const request_t *request, const answer_t *answer)
{
    const request_info_t *info = request_info(request->type);
    for (size_t i = 0; i < info->answer_count; i++) {
        const field_t *field = &info->answer_fields()[i];
        char id[UID_TEXT_SIZE];
        if (strcmp(field->name, "pending") != 0 ||
            !*(const bool *)((const char *)&answer->status + field->offset))
            continue;
        uid_format(&request->id, id);
        fprintf(stderr,
                "kopeck: nothing was done yet: another must agree within 72 hours: kopeck "
                "approve %s %s\n",
                service_stream_name(stream), id);
    }
}

int ask_unprinted(session_t *session, stream_t stream, request_t *request, answer_t *ret_answer)
{
    bool command = request_info(request->type)->kind == REQUEST_COMMAND;
    if (command)
        session_begin_change();
    int status = session_ask(session, stream, CLIENT_COMMAND, request, ret_answer);
    if (status == EX_OK && command)
        session_did(session, request, ret_answer);
    else if (command && (status == EX_UNAVAILABLE || status == EX_TEMPFAIL)) {
        char id[UID_TEXT_SIZE];
        uid_format(&request->id, id);
        fprintf(stderr, "kopeck: it may have happened: ask again with --id %s\n", id);
    }
    return status;
}

int ask_send(session_t *session, stream_t stream, request_t *request)
{
    answer_t answer;
    int status = ask_unprinted(session, stream, request, &answer);
    if (status == EX_OK) {
        session_print(session, &answer);
        say_pending(stream, request, &answer);
    }
    return status;
}

int ask(session_t *session, args_t *args, stream_t stream, request_t *request,
        const ask_field_t *fields, size_t count)
{
    return ask_take(args, request, fields, count) ? ask_send(session, stream, request) : EX_USAGE;
}
