#include "tools/kopeck/proposal_rows.h"
#include "proto/wire.h"

enum { ROW_ELEMENTS = 9, ROW_ELEMENTS_MAX = 64 };

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

static int visit_page(const answer_proposals_t *page, stream_t stream, proposal_visit_fn *visit,
                      void *arg)
{
    wire_t wire;
    wire_start(&wire, page->rows.data, page->rows.size);
    for (uint64_t i = 0; i < page->count; i++) {
        proposal_row_t row = {0};
        if (read_row(&wire, &row))
            return session_refused(stream, FAIL_CORRUPT, text_of("a row is not readable"));
        visit(arg, &row);
    }
    return EX_OK;
}

int proposal_rows_visit(session_t *session, stream_t stream, bool all, proposal_visit_fn *visit,
                        void *arg)
{
    uint64_t next = 0;
    int status;
    do {
        request_t request = {.type = REQUEST_proposals};
        request.proposals = (request_proposals_t){.from = next, .all = all};
        answer_t answer;
        status = session_ask(session, stream, CLIENT_COMMAND, &request, &answer);
        if (status == EX_OK)
            status = visit_page(&answer.proposals, stream, visit, arg);
        next = answer.proposals.next;
    } while (status == EX_OK && next);
    return status;
}
