// Two persons: what waits for a second one, his yes or no, and what one may do alone.
#include "proto/codes.h"
#include "proto/service.h"
#include "proto/wire.h"
#include "tools/kopeck/ask.h"
#include "tools/kopeck/command.h"
#include <stdlib.h>

enum { ROW_ELEMENTS = 9, ROW_ELEMENTS_MAX = 64 };

// A row of the answer to `proposals` (PROTOCOL.md, section 7.1).
typedef struct {
    uid_t16 id;
    uint64_t sequence, state;
    instant_t at, expires;
    text_t certificate, by;
    kopecks_t amount;
    bytes_t request;
} proposal_row_t;

static fail_t read_row(wire_t *wire, proposal_row_t *ret_row)
{
    uint32_t count = wire_array(wire, ROW_ELEMENTS_MAX);
    if (count < ROW_ELEMENTS)
        return FAIL_INVALID;
    wire_uid(wire, &ret_row->id);
    wire_u64(wire, &ret_row->sequence);
    wire_u64(wire, &ret_row->state);
    wire_i64(wire, &ret_row->at);
    wire_i64(wire, &ret_row->expires);
    wire_text(wire, &ret_row->certificate);
    wire_text(wire, &ret_row->by);
    wire_i64(wire, &ret_row->amount);
    wire_bytes(wire, &ret_row->request);
    wire_skip(wire, count - ROW_ELEMENTS);
    return wire->fail;
}

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

static void print_row(table_print_t *table, stream_t stream, const proposal_row_t *row)
{
    table_print_text(table, service_stream_name(stream));
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

static int print_page(table_print_t *table, stream_t stream, const answer_proposals_t *page)
{
    wire_t wire;
    wire_start(&wire, page->rows.data, page->rows.size);
    for (uint64_t i = 0; i < page->count; i++) {
        proposal_row_t row = {0};
        if (read_row(&wire, &row))
            return session_refused(stream, FAIL_CORRUPT, text_of("a row is not readable"));
        print_row(table, stream, &row);
    }
    return EX_OK;
}

static int print_all(session_t *session, table_print_t *table, stream_t stream, bool all)
{
    uint64_t next = 0;
    int status;
    do {
        request_t request = {.type = REQUEST_proposals};
        request.proposals = (request_proposals_t){.from = next, .all = all};
        answer_t answer;
        status = session_ask(session, stream, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK)
            status = print_page(table, stream, &answer.proposals);
        next = answer.proposals.next;
    } while (status == EX_OK && next);
    return status;
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
        int one = asked ? print_all(session, table, stream, all) : EX_OK;
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

int command_limits(session_t *session, args_t *args)
{
    static const ask_field_t fields[] = {{"alone_max", "alone", NULL}, {"day_max", "day", NULL}};
    request_t request = {.type = REQUEST_operators_policy};
    stream_t stream = args_operand_stream(args, "the process");
    return ask(session, args, stream, &request, fields, 2);
}
