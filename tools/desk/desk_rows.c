#include "tools/desk/desk_rows.h"

enum { ELEMENTS_MAX = 64 };

void desk_walk(desk_walk_t *self, bytes_t rows, uint64_t count)
{
    wire_start(&self->wire, rows.data, rows.size);
    self->left = count;
}

// Begins a row of at least so many elements; *ret_more is how many of a later version follow.
static bool begin_row(desk_walk_t *self, uint32_t least, uint32_t *ret_more)
{
    if (!self->left)
        return false;
    uint32_t count = wire_array(&self->wire, ELEMENTS_MAX);
    self->left--;
    *ret_more = count - least;
    return count >= least;
}

static bool end_row(desk_walk_t *self, uint32_t more)
{
    wire_skip(&self->wire, more);
    return !self->wire.fail;
}

static void pass_over(desk_walk_t *self, uint32_t count)
{
    wire_skip(&self->wire, count);
}

bool desk_walk_account(desk_walk_t *self, desk_account_row_t *ret_row)
{
    uint32_t more;
    uint64_t closed = 0;
    if (!begin_row(self, 8, &more))
        return false;
    wire_u64(&self->wire, &ret_row->number);
    wire_uid(&self->wire, &ret_row->account);
    wire_i64(&self->wire, &ret_row->cash);
    wire_i64(&self->wire, &ret_row->bonus);
    pass_over(self, 3); // head, credit, returned
    wire_u64(&self->wire, &closed);
    ret_row->closed = closed != 0;
    return end_row(self, more);
}

bool desk_walk_open(desk_walk_t *self, desk_open_row_t *ret_row)
{
    uint32_t more;
    uint64_t number;
    if (!begin_row(self, 5, &more))
        return false;
    wire_u64(&self->wire, &number);
    wire_uid(&self->wire, &ret_row->account);
    wire_u64(&self->wire, &ret_row->invoice);
    wire_u64(&self->wire, &ret_row->kind);
    wire_i64(&self->wire, &ret_row->created);
    return end_row(self, more);
}

bool desk_walk_refund(desk_walk_t *self, desk_refund_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 9, &more))
        return false;
    wire_u64(&self->wire, &ret_row->refund);
    wire_u64(&self->wire, &ret_row->invoice);
    wire_uid(&self->wire, &ret_row->account);
    wire_u64(&self->wire, &ret_row->state);
    wire_i64(&self->wire, &ret_row->amount);
    wire_i64(&self->wire, &ret_row->requested);
    wire_i64(&self->wire, &ret_row->changed);
    wire_u64(&self->wire, &ret_row->end);
    wire_u64(&self->wire, &ret_row->doubt);
    return end_row(self, more);
}

bool desk_walk_receipt(desk_walk_t *self, desk_receipt_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 10, &more))
        return false;
    wire_u64(&self->wire, &ret_row->invoice);
    wire_u64(&self->wire, &ret_row->kind);
    wire_uid(&self->wire, &ret_row->account);
    wire_u64(&self->wire, &ret_row->state);
    wire_i64(&self->wire, &ret_row->amount);
    pass_over(self, 2); // VAT, tax
    wire_i64(&self->wire, &ret_row->since);
    wire_i64(&self->wire, &ret_row->changed);
    wire_u64(&self->wire, &ret_row->why);
    return end_row(self, more);
}

bool desk_walk_transfer(desk_walk_t *self, desk_transfer_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 5, &more))
        return false;
    wire_u64(&self->wire, &ret_row->sequence);
    wire_i64(&self->wire, &ret_row->booked);
    wire_i64(&self->wire, &ret_row->amount);
    wire_u64(&self->wire, &ret_row->reason);
    wire_u64(&self->wire, &ret_row->invoice);
    return end_row(self, more);
}

bool desk_walk_campaign(desk_walk_t *self, desk_campaign_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 15, &more))
        return false;
    wire_u64(&self->wire, &ret_row->campaign);
    wire_u64(&self->wire, &ret_row->kind);
    wire_u64(&self->wire, &ret_row->value);
    pass_over(self, 2); // cap, topup_min
    wire_i64(&self->wire, &ret_row->budget);
    wire_i64(&self->wire, &ret_row->starts);
    wire_i64(&self->wire, &ret_row->ends);
    wire_u64(&self->wire, &ret_row->per_account);
    wire_u64(&self->wire, &ret_row->in_all);
    pass_over(self, 1); // first_topup
    wire_flag(&self->wire, &ret_row->stopped);
    wire_u64(&self->wire, &ret_row->codes);
    wire_u64(&self->wire, &ret_row->taken);
    wire_i64(&self->wire, &ret_row->committed);
    return end_row(self, more);
}

bool desk_walk_proposal(desk_walk_t *self, desk_proposal_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 9, &more))
        return false;
    wire_uid(&self->wire, &ret_row->id);
    wire_u64(&self->wire, &ret_row->sequence);
    wire_u64(&self->wire, &ret_row->state);
    wire_i64(&self->wire, &ret_row->at);
    wire_i64(&self->wire, &ret_row->expires);
    wire_text(&self->wire, &ret_row->certificate);
    wire_text(&self->wire, &ret_row->by);
    wire_i64(&self->wire, &ret_row->amount);
    wire_bytes(&self->wire, &ret_row->request);
    return end_row(self, more);
}

bool desk_walk_lot(desk_walk_t *self, desk_lot_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 7, &more))
        return false;
    wire_u64(&self->wire, &ret_row->kind);
    wire_u64(&self->wire, &ret_row->number);
    wire_i64(&self->wire, &ret_row->amount);
    wire_i64(&self->wire, &ret_row->left);
    wire_i64(&self->wire, &ret_row->held);
    wire_i64(&self->wire, &ret_row->from);
    wire_i64(&self->wire, &ret_row->until);
    return end_row(self, more);
}

bool desk_walk_company(desk_walk_t *self, desk_company_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 3, &more))
        return false;
    wire_uid(&self->wire, &ret_row->account);
    wire_text(&self->wire, &ret_row->kpp);
    wire_text(&self->wire, &ret_row->name);
    return end_row(self, more);
}

bool desk_walk_policy(desk_walk_t *self, desk_policy_row_t *ret_row)
{
    uint32_t more;
    bytes_t event = {0};
    if (!begin_row(self, 5, &more))
        return false;
    wire_u64(&self->wire, &ret_row->sequence);
    wire_text(&self->wire, &ret_row->certificate);
    pass_over(self, 1); // who agreed
    wire_bytes(&self->wire, &event);
    pass_over(self, 1); // what a new journal begins with
    if (self->wire.fail || event_decode(event.data, event.size, &ret_row->event))
        ret_row->event = (event_t){0};
    return end_row(self, more);
}

bool desk_walk_tariff(desk_walk_t *self, desk_tariff_row_t *ret_row)
{
    uint32_t more;
    if (!begin_row(self, 6, &more))
        return false;
    wire_u64(&self->wire, &ret_row->version);
    wire_u64(&self->wire, &ret_row->kind);
    wire_text(&self->wire, &ret_row->code);
    wire_i64(&self->wire, &ret_row->price);
    wire_u64(&self->wire, &ret_row->included);
    wire_i64(&self->wire, &ret_row->effective);
    return end_row(self, more);
}
