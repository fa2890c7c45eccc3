#include "tools/kopeck/ask.h"
#include "services/common/uuid7.h"
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
    switch (field->type) {
    case FIELD_TYPE_u64:
        if (strcmp(field->name, "kind") == 0)
            return args_read_kind(text, at) ? NULL : "a posting kind, by number or title";
        return args_read_number(text, at) ? NULL : "a whole number";
    case FIELD_TYPE_money:
        return args_read_rubles(text, at) ? NULL : "rubles, as 12 or 12.34";
    case FIELD_TYPE_time:
        return time_parse(text, at) ? NULL : "a date, or a time as 2026-01-31T12:00:00Z";
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

static void take_id(args_t *args, request_t *request)
{
    const char *text = args_option(args, "id");
    request->id = uuid7_new();
    if (text && (!uid_parse(text, &request->id) || !uuid7_is(&request->id)))
        args_refuse(args, "id", text, "a UUID of version 7");
}

int ask(session_t *session, args_t *args, stream_t stream, request_t *request,
        const ask_field_t *fields, size_t count)
{
    bool command = request_info(request->type)->kind == REQUEST_COMMAND;
    if (command)
        take_id(args, request);
    for (size_t i = 0; i < count; i++) // options first: what they leave are the operands
        if (fields[i].word)
            take_field(args, request, &fields[i]);
    for (size_t i = 0; i < count; i++)
        if (!fields[i].word)
            take_field(args, request, &fields[i]);
    if (!command_ready(args))
        return EX_USAGE;
    answer_t answer;
    int status = session_ask(session, stream, CLIENT_COMMAND, request, &answer);
    if (status == EX_OK)
        session_print(session, &answer);
    else if (command && (status == EX_UNAVAILABLE || status == EX_TEMPFAIL)) {
        char id[UID_TEXT_SIZE];
        uid_format(&request->id, id);
        fprintf(stderr, "kopeck: it may have happened: ask again with --id %s\n", id);
    }
    return status;
}
