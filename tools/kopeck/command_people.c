// Two persons: what waits for a second one, his yes or no, and what one may do alone.
#include "proto/codes.h"
#include "proto/service.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/proposal_rows.h"
#include <stdlib.h>

// The command in words: `post debit=… credit=… amount=20000.00 kind=CORRECTION`.
static void print_request(table_print_t *table, bytes_t bytes)
{
    char *text = NULL;
    size_t size = 0;
    request_t request = {0};
    FILE *out = open_memstream(&text, &size);
    if (request_decode(bytes.data, bytes.size, &request, NULL))
        fputs("a command that this program does not know", out);
    else {
        const request_info_t *info = request_info(request.type);
        fputs(info->name, out);
        for (size_t i = 0; i < info->fields_count; i++) {
            fprintf(out, " %s=", info->fields()[i].name);
            field_print(&info->fields()[i], &request.status, out);
        }
    }
    fclose(out);
    table_print_text(table, text);
    free(text);
}

typedef struct {
    table_print_t *table;
    stream_t stream;
} print_t;

static void print_row(void *arg, const proposal_row_t *row)
{
    const print_t *print = arg;
    table_print_t *table = print->table;
    table_print_text(table, service_stream_name(print->stream));
    table_print_uid(table, &row->id);
    table_print_number(table, row->sequence);
    table_print_text(table, codes_text(CODES_proposal_state, row->state));
    table_print_time(table, row->at);
    table_print_time(table, row->expires);
    table_print_slice(table, row->certificate);
    table_print_slice(table, row->by);
    if (row->amount == INT64_MAX)
        table_print_none(table);
    else
        table_print_money(table, row->amount);
    print_request(table, row->request);
}

int command_proposals(session_t *session, args_t *args)
{
    static const column_t columns[] = {{"process", "process", false},
                                       {"id", "id", false},
                                       {"sequence", "sequence", true},
                                       {"state", "state", false},
                                       {"at", "at", false},
                                       {"expires", "until", false},
                                       {"proposer", "by", false},
                                       {"decider", "decided by", false},
                                       {"amount", "amount", true},
                                       {"command", "command", false}};
    bool all = args_flag(args, "all");
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
        print_t print = {table, stream};
        int one = asked ? proposal_rows_visit(session, stream, all, print_row, &print) : EX_OK;
        status = status == EX_OK ? one : status;
    }
    table_print_destroy(&table);
    return status;
}

static int decide(session_t *session, args_t *args, request_type_t type)
{
    request_t request = {.type = type};
    stream_t stream = args_operand_stream(args, "the process");
    uid_t16 command = args_operand_uid(args, "the proposed command's id");
    if (type == REQUEST_approve)
        request.approve.command = command;
    else
        request.reject.command = command;
    return ask(session, args, stream, &request, NULL, 0);
}

int command_approve(session_t *session, args_t *args)
{
    return decide(session, args, REQUEST_approve);
}

int command_reject(session_t *session, args_t *args)
{
    return decide(session, args, REQUEST_reject);
}
