#include "tests/simulation/desk.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/fold_parts.h"

enum { LAST_INVOICES = 16 };
#define LAST_REFUND_US (4 * DAY_US) // before the end nobody begins anything new

static draw_t *draw_of(world_t *world)
{
    return &world->robokassa.refunds_draw;
}

static void cancel(world_t *world, const step_t *step)
{
    request_t request = {.type = REQUEST_refund_cancel, .refund_cancel.refund = step->number};
    customers_order(world, PAYMENT, ROLE_OPERATOR, 0, &request);
}

// Of a payment that came: all of it, or a part.
static void give_back(world_t *world)
{
    draw_t *draw = draw_of(world);
    const fold_list_t *invoices = &world->fold.payment.invoices;
    if (!invoices->count)
        return;
    uint64_t last = invoices->count < LAST_INVOICES ? invoices->count : LAST_INVOICES;
    const fold_invoice_t *invoice = (const fold_invoice_t *)invoices->rows + invoices->count - 1 -
                                    draw_below(draw, last); // older ones are used up
    bool whole = draw_chance(draw, 600000);
    uint64_t part = draw_below(draw, 1000);
    if (!invoice->succeeded)
        return;
    request_t request = {.type = REQUEST_refund, .refund.invoice = invoice->number};
    request.refund.amount =
        whole ? invoice->succeeded : 1 + invoice->succeeded * (int64_t)part / 1000;
    customers_order(world, PAYMENT, ROLE_OPERATOR, invoice->account, &request);
}

static void look(world_t *world, const step_t *step)
{
    (void)step;
    draw_t *draw = draw_of(world);
    if (world->now > world->end - LAST_REFUND_US)
        return;
    give_back(world);
    const fold_refund_t *rows = world->fold.refunds.rows;
    size_t count = world->fold.refunds.count;
    if (count && draw_chance(draw, 100000))
        world_after(world, draw_span(draw, 0, SECOND_US), cancel, NULL, rows[count - 1].number);
    world_after(world, draw_span(draw, MINUTE_US, 2 * world->profile.refund_every_us), look, NULL,
                0);
}

static void resolve(world_t *world, const step_t *step)
{
    const fold_refund_t *rows = world->fold.refunds.rows;
    request_t request = {.type = REQUEST_refund_resolve};
    for (size_t i = 0; i < world->fold.refunds.count; i++)
        if (rows[i].number == step->number && rows[i].unknown && !rows[i].done && !rows[i].ended) {
            request.refund_resolve.refund = rows[i].number;
            request.refund_resolve.done = fold_refund_went_back(&rows[i]);
            request.refund_resolve.amount = rows[i].amount;
            customers_order(world, PAYMENT, ROLE_OPERATOR, rows[i].account, &request);
        }
}

// Later than any Create can still arrive, or be canceled.
void desk_resolve(world_t *world, uint64_t refund)
{
    world_after(world, draw_span(draw_of(world), 26 * HOUR_US, 40 * HOUR_US), resolve, NULL,
                refund);
}

// --- receipts ---

#define LOOK_RECEIPTS_US (6 * HOUR_US)

// What is missing is tried for another day, and what is for people is made by them, now or later.
static void look_at_receipt(world_t *world, const fold_receipt_t *row)
{
    request_t request = {.type = REQUEST_receipt_resolve, .receipt_resolve.invoice = row->invoice};
    bool people = row->handed && !row->settled;
    if (people && draw_chance(&world->robokassa.receipts_draw, 300000)) {
        request.receipt_resolve.kind = RECEIPT_SECOND;
        customers_order(world, PAYMENT, ROLE_OPERATOR, row->account, &request);
    }
    request.receipt_resolve.again = true;
    for (unsigned i = 0; i < 2; i++)
        if (row->missing[i]) {
            request.receipt_resolve.kind = i + 1;
            customers_order(world, PAYMENT, ROLE_OPERATOR, row->account, &request);
        }
}

static void say_regime(world_t *world)
{
    request_t request = {.type = REQUEST_receipts_regime};
    request.receipts_regime.from = world->start - 400 * DAY_US;
    request.receipts_regime.system = TAX_SYSTEM_OSN;
    request.receipts_regime.vat_regime = VAT_REGIME_FULL;
    customers_order(world, PAYMENT, ROLE_OPERATOR, 0, &request);
}

static void look_at_receipts(world_t *world, const step_t *step)
{
    (void)step;
    const fold_list_t *receipts = &world->fold.receipts;
    if (!world->fold.regime)
        say_regime(world);
    for (size_t i = 0; i < receipts->count; i++)
        look_at_receipt(world, (const fold_receipt_t *)receipts->rows + i);
    world_after(world, LOOK_RECEIPTS_US, look_at_receipts, NULL, 0);
}

void desk_begin(world_t *world)
{
    if (world->profile.receipts)
        world_after(world, SECOND_US, look_at_receipts, NULL, 0);
    if (world->profile.refund_every_us)
        world_after(world, HOUR_US, look, NULL, 0);
}
