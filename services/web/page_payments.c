#include "services/web/page_payments.h"

void page_payments_start(page_payments_walk_t *self, const answer_payments_t *payments)
{
    wire_start(&self->wire, payments->rows.data, payments->rows.size);
    self->left = payments->count;
}

bool page_payments_next(page_payments_walk_t *self, page_payments_row_t *ret_row)
{
    enum { COLUMNS = 6 };
    if (self->left == 0 || wire_array(&self->wire, COLUMNS) != COLUMNS)
        return false;
    self->left--;
    wire_u64(&self->wire, &ret_row->invoice);
    wire_u64(&self->wire, &ret_row->kind);
    wire_u64(&self->wire, &ret_row->state);
    wire_i64(&self->wire, &ret_row->amount);
    wire_i64(&self->wire, &ret_row->created);
    wire_u64(&self->wire, &ret_row->request);
    return !self->wire.fail;
}
