#include "services/payment/payment_query_refund.h"

enum { REFUNDS_ROWS_MAX = 100, REFUNDS_WALK_MAX = 1000, REFUNDS_ROW_BYTES = 160 };

static void pack_refund(const payment_state_t *self, const refund_t *refund, pack_t *rows)
{
    const invoice_t *invoice = invoice_at(self, refund->invoice);
    const payment_refund_t *progress = &refund->progress;
    pack_array(rows, 12);
    pack_u64(rows, refund_number(refund));
    pack_u64(rows, invoice_number(invoice));
    pack_uid(rows, &account_at(self, invoice->account)->key);
    pack_u64(rows, refund_state(refund));
    pack_i64(rows, progress->sum);
    pack_i64(rows, refund->requested);
    pack_i64(rows, refund->changed);
    pack_u64(rows, refund->end);
    pack_u64(rows, refund->progress.state == PAYMENT_REFUND_UNKNOWN ? refund->doubt : 0);
    pack_u64(rows, refund->disputed);
    pack_text(rows, (text_t){progress->request, (uint32_t)progress->request_size});
    pack_u64(rows, refund->why);
}

static bool is_wanted(const payment_state_t *self, const refund_t *refund,
                      const request_refunds_t *request)
{
    uint64_t number = invoice_number(invoice_at(self, refund->invoice));
    return (!request->invoice || number == request->invoice) &&
           (!request->states || request->states >> refund_state(refund) & 1);
}

// Back along all refunds. What is passed over is bounded, too.
static fail_t answer_refunds(const payment_state_t *self, const request_refunds_t *request,
                             query_t *out)
{
    const payment_refunds_t *refunds = self->refunds;
    uint32_t n = refunds->order.last, before = 0;
    if (request->limit < 1 || request->limit > REFUNDS_ROWS_MAX ||
        out->scratch_size < REFUNDS_ROWS_MAX * REFUNDS_ROW_BYTES)
        return FAIL_INVALID;
    if (request->before) {
        before = payment_refunds_find(refunds, request->before);
        if (before == TABLE_NONE)
            return FAIL_MISSING;
        n = refund_at(refunds, before)->order.before;
    }
    answer_refunds_t *answer = &out->answer->refunds;
    pack_t rows;
    pack_start(&rows, out->scratch, out->scratch_size);
    const refund_t *refund = NULL;
    for (unsigned i = 0; n && i < REFUNDS_WALK_MAX && answer->count < request->limit; i++) {
        refund = refund_at(refunds, n - 1);
        n = refund->order.before;
        if (is_wanted(self, refund, request)) {
            pack_refund(self, refund, &rows);
            answer->count++;
        }
    }
    answer->next = n && refund ? refund_number(refund) : 0;
    answer->partial = refunds->partial;
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

fail_t payment_query_refund(const payment_state_t *self, const request_t *request,
                            const event_t *first, query_t *out)
{
    bool pending = first && first->type == EVENT_command_proposed;
    switch (request->type) {
    case REQUEST_refund:
        out->answer->refund.pending = pending;
        if (first && first->type == EVENT_refund_requested)
            out->answer->refund.refund = first->refund_requested.refund;
        return FAIL_NONE;
    case REQUEST_refund_cancel:
        return FAIL_NONE;
    case REQUEST_refund_resolve:
        out->answer->refund_resolve.pending = pending;
        return FAIL_NONE;
    case REQUEST_refunds:
        return answer_refunds(self, &request->refunds, out);
    default:
        return FAIL_INVALID;
    }
}
