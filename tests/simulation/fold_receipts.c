#include "tests/simulation/fold_receipts.h"
#include "proto/posting.h"
#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

#define SECOND_MOST_US (8 * HOUR_US) // in calm, from a lot's end to its receipt's registration
// What repaid debt is of some day of three months: of 2025 or 2026, which have other rates.
#define RATES_UNTIL ((20454 + 110) * DAY_US)
#define FIRST_MOST_US (2 * DAY_US) // from a credit, with a day lost and an operator

fold_receipt_t *fold_receipts_of(world_t *world, uint64_t invoice)
{
    fold_receipt_t *rows = world->fold.receipts.rows;
    for (size_t i = world->fold.receipts.count; i-- > 0;)
        if (rows[i].invoice == invoice)
            return &rows[i];
    return NULL;
}

static fold_receipt_t *take(world_t *world, uint64_t invoice)
{
    fold_receipt_t *row = fold_receipts_of(world, invoice);
    if (row)
        return row;
    row = fold_add(&world->fold.receipts, sizeof *row);
    *row = (fold_receipt_t){.invoice = invoice};
    return row;
}

// --- the ledger ---

static bool is_payments(const event_t *event)
{
    const event_posted_t *e = &event->posted;
    return event->cause.stream == STREAM_PAYMENT && e->credit >= SYSTEM_END &&
           (e->kind == POSTING_TOPUP || e->kind == POSTING_AUTOPAY);
}

// Is it at its end in a way that shows: usage went on to a later payment's, or to a debt?
static bool shows(const fold_purse_t *purse, const fold_lot_t *lot, const event_posted_t *posted)
{
    if (lot->left || lot->held)
        return false;
    return posted->cash <= 0 || fold_lots_charged_after(purse, lot->number);
}

void fold_receipts_posted(world_t *world, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    bool paid = is_payments(event);
    if (!world->profile.receipts || (!paid && e->kind != POSTING_CHARGE))
        return;
    unsigned number = fold_account_of(world, &e->account);
    const fold_purse_t *purse = &world->fold.accounts[number].purse;
    if (paid)
        take(world, posting_payment_number(&e->reference))->account = number;
    fold_receipt_t *rows = world->fold.receipts.rows;
    for (size_t i = 0; i < world->fold.receipts.count; i++) {
        fold_lot_t lot;
        if (rows[i].account == number && !rows[i].over_since &&
            fold_lots_paid(purse, rows[i].invoice, &lot) && shows(purse, &lot, e))
            rows[i].over_since = world->now;
    }
}

void fold_receipts_forget_ledger(world_t *world)
{
    fold_receipt_t *rows = world->fold.receipts.rows;
    for (size_t i = 0; i < world->fold.receipts.count; i++)
        rows[i].over_since = 0;
}

// --- payment ---

static void check_used(world_t *world, const fold_receipt_t *row, int64_t used)
{
    const fold_purse_t *purse = &world->fold.accounts[row->account].purse;
    fold_lot_t lot;
    if (world->restored_at)
        return; // by a history of the ledger that may be lost
    if (!fold_lots_paid(purse, row->invoice, &lot) || lot.left || lot.held)
        world_violate(world, "I25", "the lot of invoice %" PRIu64 " is not used up", row->invoice);
    else if (used != lot.amount - lot.gone - lot.returned)
        world_violate(world, "I25",
                      "invoice %" PRIu64 ": %" PRId64 " are said to be used, of %" PRId64
                      " %" PRId64 " went back and %" PRId64 " were taken",
                      row->invoice, used, lot.amount, lot.gone, lot.returned);
    else if (used && lot.returned)
        world_violate(world, "I25", "a machine says what is used of invoice %" PRIu64,
                      row->invoice);
}

static void take_due(world_t *world, fold_receipt_t *row, const event_receipt_due_t *e)
{
    if (row->due || row->handed)
        world_violate(world, "I25", "the second receipt of invoice %" PRIu64 " is due twice",
                      row->invoice);
    check_used(world, row, e->amount);
    if (row->ever_due)
        world_reach(world, REACH_RECEIPT_DUE_AGAIN);
    const fold_invoice_t *invoice = fold_invoice(&world->fold, row->invoice);
    if (invoice && e->amount < invoice->succeeded)
        world_reach(world, REACH_RECEIPT_PART);
    if (row->ever_due && !world->restored_at &&
        (row->ever_amount != e->amount || row->ever_vat != e->vat))
        world_violate(world, "I25", "the second receipt of invoice %" PRIu64 " says another sum",
                      row->invoice);
    row->due = row->ever_due = true;
    row->amount = row->ever_amount = e->amount;
    row->vat = row->ever_vat = e->vat;
    row->tax = e->tax;
    int64_t vat = world->fold.regime ? (2 * 22 * e->amount + 122) / 244 : 0;
    if (e->vat != vat || e->tax != (world->fold.regime ? RECEIPT_TAX_VAT22 : RECEIPT_TAX_NONE))
        world_violate(world, "I25", "the second receipt of invoice %" PRIu64 " has other taxes",
                      row->invoice);
}

static void take_handed(world_t *world, fold_receipt_t *row, const event_receipt_handed_t *e)
{
    const fold_purse_t *purse = &world->fold.accounts[row->account].purse;
    bool returned = e->why == RECEIPT_WHY_RETURNED && purse->returned;
    bool rates = e->why == RECEIPT_WHY_RATES && row->owed && world->now < RATES_UNTIL;
    bool unknown = e->why == RECEIPT_WHY_UNKNOWN && !fold_invoice(&world->fold, row->invoice);
    if (!returned && !rates && !unknown && !world->restored_at)
        world_violate(world, "I25", "invoice %" PRIu64 " is for people, and why (%" PRIu64 ")?",
                      row->invoice, e->why);
    row->handed = true;
    row->why = e->why;
    world_reach(world, REACH_RECEIPT_HANDED);
}

static void take_placed(world_t *world, const event_lot_placed_t *e)
{
    fold_receipt_t *row = take(world, e->invoice);
    row->account = fold_account_of(world, &e->account);
    row->placed = true;
    row->lot = e->lot;
    row->owed = e->owed;
    uint64_t credited = fold_credited_at(&world->fold, e->invoice);
    if (!world->restored_at && credited != e->lot)
        world_violate(world, "I25", "invoice %" PRIu64 " is not that lot", e->invoice);
    if (!fold_invoice(&world->fold, e->invoice))
        world_reach(world, REACH_RECEIPT_UNKNOWN);
}

static void take_missing(world_t *world, fold_receipt_t *row, uint64_t kind)
{
    row->missing[kind - 1] = true;
    world_reach(world, REACH_RECEIPT_MISSING);
}

static void take_registered(world_t *world, fold_receipt_t *row, uint64_t kind)
{
    if (row->registered[kind - 1])
        world_violate(world, "I25", "a receipt of invoice %" PRIu64 " is registered twice",
                      row->invoice);
    if (!robokassa_model_is_registered(&world->robokassa, row->invoice, kind == RECEIPT_SECOND))
        world_violate(world, "I25", "a receipt of invoice %" PRIu64 " is registered, and is not",
                      row->invoice);
    row->registered[kind - 1] = true;
    row->missing[kind - 1] = false;
    if (kind == RECEIPT_SECOND)
        world_reach(world, REACH_RECEIPT_SECOND);
}

static void take_of_row(world_t *world, const event_t *event)
{
    // Each of these begins with the invoice.
    uint64_t invoice = event->type == EVENT_receipt_due ? event->receipt_due.invoice
                                                        : event->receipt_registered.invoice;
    fold_receipt_t *row = fold_receipts_of(world, invoice);
    if (!row || !row->placed) {
        world_violate(world, "I25", "a receipt of invoice %" PRIu64 ", which is no lot", invoice);
        return;
    }
    switch (event->type) {
    case EVENT_lot_held:
        row->held = event->lot_held.held;
        break;
    case EVENT_lot_ended:
        if (row->ended)
            world_violate(world, "I25", "the lot of invoice %" PRIu64 " ends twice", invoice);
        row->ended = true;
        check_used(world, row, event->lot_ended.used);
        break;
    case EVENT_receipt_due:
        take_due(world, row, &event->receipt_due);
        break;
    case EVENT_receipt_handed:
        take_handed(world, row, &event->receipt_handed);
        break;
    case EVENT_receipt_missing:
        take_missing(world, row, event->receipt_missing.kind);
        break;
    case EVENT_receipt_registered:
        take_registered(world, row, event->receipt_registered.kind);
        break;
    case EVENT_receipt_resolved:
        row->missing[event->receipt_resolved.kind - 1] = false;
        row->settled = row->settled || !event->receipt_resolved.again;
        break;
    default:
        break;
    }
}

void fold_receipts_payment(world_t *world, const event_t *event)
{
    switch (event->type) {
    case EVENT_lot_placed:
        take_placed(world, &event->lot_placed);
        break;
    case EVENT_receipts_regime_set:
        world->fold.regime = true;
        break;
    case EVENT_lot_held:
    case EVENT_lot_ended:
    case EVENT_receipt_due:
    case EVENT_receipt_heard:
    case EVENT_receipt_registered:
    case EVENT_receipt_missing:
    case EVENT_receipt_handed:
    case EVENT_receipt_resolved:
        take_of_row(world, event);
        break;
    default:
        break;
    }
}

void fold_receipts_put_back(world_t *world)
{
    fold_receipt_t *rows = world->fold.receipts.rows;
    for (size_t i = 0; i < world->fold.receipts.count; i++)
        rows[i] = (fold_receipt_t){.invoice = rows[i].invoice,
                                   .account = rows[i].account,
                                   .over_since = rows[i].over_since,
                                   .ever_due = rows[i].ever_due,
                                   .ever_amount = rows[i].ever_amount,
                                   .ever_vat = rows[i].ever_vat};
    world->fold.regime = false;
}

// --- the door ---

void fold_receipts_arrive(world_t *world, uint64_t invoice, int64_t amount, int64_t vat)
{
    const fold_receipt_t *row = fold_receipts_of(world, invoice);
    if (!row || !row->ever_due)
        world_violate(world, "I25",
                      "the second receipt of invoice %" PRIu64 " left, and is not durable",
                      invoice);
    else if (row->ever_amount != amount || row->ever_vat != vat)
        world_violate(world, "I25", "the second receipt of invoice %" PRIu64 " says another sum",
                      invoice);
}

// --- the end ---

static void check_second(world_t *world, const fold_receipt_t *row)
{
    const fold_purse_t *purse = &world->fold.accounts[row->account].purse;
    bool registered = robokassa_model_is_registered(&world->robokassa, row->invoice, true);
    fold_lot_t lot;
    if (!fold_lots_paid(purse, row->invoice, &lot))
        return;
    int64_t used = lot.amount - lot.gone - lot.returned;
    if (registered && !world->restored_at && (lot.left || lot.held || lot.returned))
        world_violate(world, "I25", "invoice %" PRIu64 " has a second receipt too early",
                      row->invoice);
    if (!row->over_since || world->now - row->over_since < SECOND_MOST_US || used <= 0)
        return;
    if (!registered && !row->handed && row->ended && world->restored_at)
        return; // all of it went back, by a history of the ledger that is lost
    if (!registered && !row->handed)
        world_violate(world, "I25",
                      "the used lot of invoice %" PRIu64 " has no second receipt%s%s%s%s",
                      row->invoice, row->placed ? "" : ", and is no lot to payment",
                      row->ended  ? ", ended"
                      : row->held ? ", held"
                                  : "",
                      row->due ? ", due" : "", row->missing[1] ? ", missing" : "");
    else if (registered && !row->registered[RECEIPT_SECOND - 1] && !row->handed)
        world_violate(world, "I25", "the second receipt of invoice %" PRIu64 " is not heard of",
                      row->invoice);
}

static void check_first(world_t *world, const fold_receipt_t *row)
{
    const operation_t *operation = robokassa_model_find(&world->robokassa, row->invoice);
    if (operation && operation->state == OPERATION_PAID && row->over_since &&
        world->now - operation->paid_at > FIRST_MOST_US && !row->registered[RECEIPT_FIRST - 1] &&
        !world->put_back_at)
        world_violate(world, "I25", "the first receipt of invoice %" PRIu64 " is not heard of",
                      row->invoice);
}

void fold_receipts_check(world_t *world)
{
    const fold_receipt_t *rows = world->fold.receipts.rows;
    if (!world->profile.receipts)
        return;
    for (size_t i = 0; i < world->fold.receipts.count; i++) {
        check_second(world, &rows[i]);
        check_first(world, &rows[i]);
    }
}
