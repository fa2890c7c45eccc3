// Where an account is on the ladder, and how it came there.
#include "proto/event.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"

enum { LIMIT = 50, LIMIT_MAX = 100000 };

static const column_t columns[] = {{"sequence", "sequence", true},  {"at", "at", false},
                                   {"step", "step", false},         {"balance", "balance", true},
                                   {"lasts", "lasts until", false}, {"next", "next step", false},
                                   {"pending", "payment", true}};

static void print_instant(table_print_t *table, instant_t at)
{
    if (at)
        table_print_time(table, at);
    else
        table_print_none(table);
}

static void print_moved(table_print_t *table, uint64_t sequence, const event_t *event)
{
    const event_ladder_moved_t *moved = &event->ladder_moved;
    const char *step = codes_text(CODES_ladder_step, moved->rung);
    table_print_number(table, sequence);
    table_print_time(table, event->at);
    table_print_text(table, step ? step : "unknown");
    table_print_money(table, moved->balance);
    print_instant(table, moved->lasts);
    print_instant(table, moved->next);
    if (moved->pending)
        table_print_number(table, moved->pending);
    else
        table_print_none(table);
}

static int fetch(session_t *session, uint64_t sequence, event_t *ret_event)
{
    request_t request = {.type = REQUEST_event, .event.sequence = sequence};
    answer_t answer;
    int status = session_ask(session, STREAM_NOTIFY, CLIENT_REPLAY, &request, &answer);
    if (status != EX_OK)
        return status;
    bytes_t bytes = answer.event.event;
    if (event_decode(bytes.data, bytes.size, ret_event) == FAIL_NONE &&
        ret_event->type == EVENT_ladder_moved)
        return EX_OK;
    fprintf(stderr, "kopeck: notify's event %llu is no step of the ladder\n",
            (unsigned long long)sequence);
    return EX_DATAERR;
}

// Newest first: each step names the one before.
static int print_history(session_t *session, uint64_t sequence, uint64_t limit)
{
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = EX_OK;
    for (uint64_t i = 0; i < limit && sequence && status == EX_OK; i++) {
        event_t event;
        status = fetch(session, sequence, &event);
        if (status == EX_OK) {
            print_moved(table, sequence, &event);
            sequence = event.ladder_moved.previous;
        }
    }
    table_print_destroy(&table);
    return status;
}

int command_notices(session_t *session, args_t *args)
{
    static const char *const words[] = {"history", NULL};
    static const ask_field_t fields[] = {{"account", NULL, NULL}};
    request_t request = {.type = REQUEST_notices};
    if (args_word(args, words) < 0)
        return ask(session, args, STREAM_NOTIFY, &request, fields, 1);
    uint64_t limit = args_option_number(args, "limit", LIMIT, 1, LIMIT_MAX);
    request.notices.account = args_operand_uid(args, "the account");
    if (!command_ready(args))
        return EX_USAGE;
    answer_t answer;
    int status = session_ask(session, STREAM_NOTIFY, CLIENT_COMMAND, &request, &answer);
    return status == EX_OK ? print_history(session, answer.notices.moved, limit) : status;
}
