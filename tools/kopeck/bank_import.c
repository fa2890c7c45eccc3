#include "tools/kopeck/bank_import.h"
#include "services/process/uuid7.h"
#include "tools/kopeck/table_print.h"

enum { PAGE = 100 };

static text_t text_of_span(span_t span)
{
    return (text_t){span.bytes, (uint32_t)span.size};
}

request_transfer_receive_t bank_import_receive(const statement_t *statement,
                                               const statement_document_t *document)
{
    request_transfer_receive_t received = {.own_account = text_of_span(document->own_account),
                                           .day = (uint64_t)document->booked,
                                           .number = text_of_span(document->number),
                                           .amount = document->amount,
                                           .payer_inn = text_of_span(document->payer.inn),
                                           .payer_account = text_of_span(document->payer.account),
                                           .purpose = text_of_span(document->purpose),
                                           .ordinal = document->ordinal,
                                           .payer = text_of_span(document->payer.name)};
    memcpy(received.statement.bytes, statement->sha256, sizeof received.statement.bytes);
    return received;
}

request_transfer_look_t bank_import_look(const request_transfer_receive_t *received)
{
    return (request_transfer_look_t){.statement = received->statement,
                                     .own_account = received->own_account,
                                     .day = received->day,
                                     .number = received->number,
                                     .amount = received->amount,
                                     .payer_inn = received->payer_inn,
                                     .payer_account = received->payer_account,
                                     .purpose = received->purpose,
                                     .ordinal = received->ordinal};
}

// `sequence` 0: nothing was received.
static void print_row(table_print_t *table, const statement_document_t *document, uint64_t sequence,
                      bool known, uint64_t why, uint64_t invoice)
{
    char day[DAY_TEXT_SIZE];
    const char *reason = codes_text(CODES_transfer_reason, why);
    day_print(document->booked, day);
    table_print_text(table, day);
    table_print_slice(table, text_of_span(document->number));
    table_print_money(table, document->amount);
    if (sequence)
        table_print_number(table, sequence);
    else
        table_print_none(table);
    table_print_text(table, known ? "came before" : "new");
    table_print_text(table, reason ? reason : "unknown");
    if (invoice)
        table_print_number(table, invoice);
    else
        table_print_none(table);
}

static int look_at(session_t *session, const statement_document_t *document,
                   const request_transfer_receive_t *received, table_print_t *table)
{
    request_t request = {.type = REQUEST_transfer_look,
                         .transfer_look = bank_import_look(received)};
    answer_t answer;
    int status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, &request, &answer);
    const answer_transfer_look_t *told = &answer.transfer_look;
    if (status == EX_OK)
        print_row(table, document, 0, told->known, told->reason, told->invoice);
    return status;
}

static int send_one(session_t *session, const statement_document_t *document,
                    const request_transfer_receive_t *received, table_print_t *table)
{
    request_t request = {
        .type = REQUEST_transfer_receive, .id = uuid7_new(), .transfer_receive = *received};
    answer_t answer;
    int status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, &request, &answer);
    const answer_transfer_receive_t *told = &answer.transfer_receive;
    if (status != EX_OK)
        return status;
    session_did(session, &request, &answer);
    print_row(table, document, told->sequence, told->known, told->reason, told->invoice);
    return EX_OK;
}

static int send_all(session_t *session, const char *path, const statement_t *statement, bool looks,
                    table_print_t *table)
{
    size_t sent = 0;
    for (size_t i = 0; i < statement->documents_count; i++) {
        const statement_document_t *document = &statement->documents[i];
        if (document->direction != DIRECTION_IN || !document->closed)
            continue;
        request_transfer_receive_t received = bank_import_receive(statement, document);
        int status = looks ? look_at(session, document, &received, table)
                           : send_one(session, document, &received, table);
        if (status != EX_OK) {
            fprintf(
                stderr, "kopeck: %s: stopped at its document %zu, line %u, after %zu transfers%s\n",
                path, i + 1, document->line, sent, looks ? "" : "; the file may be imported again");
            return status;
        }
        sent++;
    }
    return EX_OK;
}

int bank_import_send(session_t *session, const char *path, const statement_t *statement, bool looks)
{
    static const column_t columns[] = {{"day", "day", false},       {"number", "number", false},
                                       {"amount", "amount", true},  {"sequence", "sequence", true},
                                       {"came", "came", false},     {"result", "result", false},
                                       {"invoice", "invoice", true}};
    if (!looks)
        session_begin_change();
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    int status = send_all(session, path, statement, looks, table);
    table_print_destroy(&table);
    return status;
}

// --- suspense ---

static bool print_rows(table_print_t *table, const answer_transfers_t *answer)
{
    wire_t wire;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        uint64_t sequence, reason, invoice;
        instant_t booked;
        kopecks_t amount;
        uint32_t fields = wire_array(&wire, 64);
        wire_u64(&wire, &sequence);
        wire_i64(&wire, &booked);
        wire_i64(&wire, &amount);
        wire_u64(&wire, &reason);
        wire_u64(&wire, &invoice);
        for (uint32_t field = 5; field < fields; field++)
            wire_skip(&wire, 1);
        if (wire.fail || fields < 5)
            return false;
        const char *text = codes_text(CODES_transfer_reason, reason);
        table_print_number(table, sequence);
        table_print_time(table, booked);
        table_print_money(table, amount);
        table_print_text(table, text ? text : "unknown");
        if (invoice)
            table_print_number(table, invoice);
        else
            table_print_none(table);
    }
    return wire_end(&wire) == FAIL_NONE;
}

int bank_import_suspense(session_t *session)
{
    static const column_t columns[] = {{"sequence", "sequence", true},
                                       {"booked", "booked", false},
                                       {"amount", "amount", true},
                                       {"reason", "reason", false},
                                       {"invoice", "invoice", true}};
    request_t request = {.type = REQUEST_transfers};
    request.transfers.limit = PAGE;
    int status;
    table_print_t *table = table_print_new(columns, sizeof columns / sizeof columns[0], TABLE_ROWS,
                                           session->json, stdout);
    do {
        answer_t answer;
        status = session_ask(session, STREAM_DOCUMENTS, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK && !print_rows(table, &answer.transfers)) {
            fputs("kopeck: documents sent rows that are no transfers\n", stderr);
            status = EX_DATAERR;
        }
        request.transfers.after = status == EX_OK ? answer.transfers.next : 0;
    } while (request.transfers.after);
    table_print_destroy(&table);
    return status;
}
