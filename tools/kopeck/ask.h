#pragma once
// ask - commands that are one request: operands and options are the request's fields, the answer is
// printed by its table (proto/requests.def).
#include "tools/kopeck/session.h"

// A field of the request, by its name in the table, and the word that gives it.
typedef struct {
    const char *field;
    const char *word;     // an option's name; NULL for an operand, in order
    const char *fallback; // NULL if it must be given
} ask_field_t;

// The two halves of `ask`, for commands that look at something in between: false after having said
// what is wrong with the command line, whose status is EX_USAGE.
bool ask_take(args_t *args, request_t *request, const ask_field_t *fields, size_t count);
int ask_send(session_t *session, stream_t stream, request_t *request);
// The same, where the answer is the caller's to print.
int ask_unprinted(session_t *session, stream_t stream, request_t *request, answer_t *ret_answer);
// Takes --id, before any operand, for commands whose fields are given in another way.
void ask_take_id(args_t *args, request_t *request);

// Fills in the fields, takes --id for a command, asks, prints. Fields that are not listed stay as
// they are in `request`. A command's id is printed on stderr when the answer did not come, so that
// the same intention can be sent again.
int ask(session_t *session, args_t *args, stream_t stream, request_t *request,
        const ask_field_t *fields, size_t count);
