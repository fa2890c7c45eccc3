#include "tools/kopeck/lot_payment.h"
#include "proto/event.h"
#include "proto/posting.h"

int lot_payment_ask(session_t *session, uint64_t lot, uint64_t *ret_invoice)
{
    request_t request = {.type = REQUEST_event, .event.sequence = lot};
    answer_t answer;
    event_t event;
    int status = session_ask(session, STREAM_LEDGER, CLIENT_REPLAY, &request, &answer);
    *ret_invoice = 0;
    if (status != EX_OK ||
        event_decode(answer.event.event.data, answer.event.event.size, &event) != FAIL_NONE ||
        event.type != EVENT_posted)
        return status;
    if (event.posted.kind == POSTING_TOPUP || event.posted.kind == POSTING_AUTOPAY)
        *ret_invoice = posting_payment_number(&event.posted.reference);
    return EX_OK;
}
