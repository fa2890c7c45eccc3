#include "services/documents/documents_decide.h"
#include "services/documents/documents_decide_act.h"
#include "services/documents/documents_decide_command.h"
#include "services/documents/documents_decide_numbers.h"
#include "services/documents/documents_decide_transfer.h"

static fail_t decide_command(const documents_state_t *self, const request_t *request,
                             decision_t *out)
{
    switch (request->type) {
    case REQUEST_requisites_register:
        return documents_decide_register(self, &request->requisites_register, out);
    case REQUEST_invoice_issue:
        return documents_decide_issue(self, &request->invoice_issue, out);
    case REQUEST_transfer_receive:
        return documents_decide_receive(self, &request->transfer_receive, out);
    case REQUEST_transfer_assign:
        return documents_decide_assign(self, &request->transfer_assign, out);
    case REQUEST_transfer_settle:
        return documents_decide_settle(self, &request->transfer_settle, out);
    case REQUEST_advance_issue:
        return documents_decide_advance(self, &request->advance_issue, out);
    case REQUEST_act_issue:
        return documents_decide_act(self, &request->act_issue, out);
    case REQUEST_numbers_note:
        return documents_decide_numbers(self, &request->numbers_note, out);
    case REQUEST_document_render:
        return documents_decide_render(self, &request->document_render, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "documents knows no such command");
    }
}

fail_t documents_decide(const void *state, const input_t *input, decision_t *out)
{
    switch (input->kind) {
    case INPUT_REQUEST:
        return decide_command(state, input->request, out);
    case INPUT_TICK:
        return FAIL_NONE;
    case INPUT_ITEM:
    case INPUT_THROUGH:
    case INPUT_EVENT:
    case INPUT_RESULT:
    case INPUT_RECALLED:
        break;
    }
    return FAIL_INVALID;
}

kopecks_t documents_decide_moves(const input_t *input)
{
    bool says = input->kind == INPUT_REQUEST && (input->request->type == REQUEST_transfer_assign ||
                                                 input->request->type == REQUEST_transfer_settle);
    return says ? INT64_MAX : 0;
}

void documents_decide_due(const void *state, instant_t now, due_t *out)
{
    (void)state, (void)now;
    out->wake = INT64_MAX;
    out->count = 0;
    out->recalls_count = 0;
}
