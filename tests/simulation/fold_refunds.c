#include "tests/simulation/fold_refunds.h"
#include "proto/posting.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/desk.h"
#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

#define ENDS_US (2 * DAY_US) // so long anything but an answer of Robokassa's takes

static fold_refund_t *find(world_t *world, uint64_t number)
{
    fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = world->fold.refunds.count; i-- > 0;)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}

static bool is_over(const fold_refund_t *refund)
{
    return refund->done || refund->ended;
}

bool fold_refund_went_back(const fold_refund_t *refund)
{
    return refund->arrivals && !refund->canceled;
}

// --- payment ---

// All of it, once in a history of payment's journal, and no other sum.
static void take_second(world_t *world, const event_refund_requested_t *e)
{
    const operation_t *operation = robokassa_model_find(&world->robokassa, e->invoice);
    const fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = 0; i < world->fold.refunds.count; i++)
        if (rows[i].invoice == e->invoice && rows[i].second && !rows[i].put_back)
            world_violate(world, "I21", "the second payment of invoice %" PRIu64 " goes back twice",
                          e->invoice);
    if (!operation || !operation->second || operation->second != e->amount)
        world_violate(world, "I21", "invoice %" PRIu64 " has no second payment of %" PRId64,
                      e->invoice, e->amount);
    *(fold_refund_t *)fold_add(&world->fold.refunds, sizeof(fold_refund_t)) =
        (fold_refund_t){.number = e->refund,
                        .invoice = e->invoice,
                        .account = fold_account_of(world, &e->account),
                        .amount = e->amount,
                        .second = true,
                        .at = world->now};
    world_reach(world, REACH_SECOND);
}

static void take_requested(world_t *world, const event_refund_requested_t *e)
{
    fold_t *fold = &world->fold;
    const fold_invoice_t *invoice = fold_invoice(fold, e->invoice);
    if (invoice && e->why && (e->why != invoice->unwanted || e->amount != invoice->succeeded))
        world_violate(world, "I21", "refund %" PRIu64 " by itself, of what its customer allows",
                      e->refund);
    int64_t brought = invoice ? invoice->succeeded : 0;
    const fold_refund_t *rows = fold->refunds.rows;
    for (size_t i = 0; i < fold->refunds.count; i++) {
        if (rows[i].invoice == e->invoice && rows[i].done && !rows[i].second)
            brought -= rows[i].amount;
        if (rows[i].number == e->refund)
            world_violate(world, "I21", "refund %" PRIu64 " was asked for twice", e->refund);
        bool open = !is_over(&rows[i]) && !rows[i].put_back && !rows[i].second;
        if (rows[i].invoice == e->invoice && open)
            world_violate(world, "I21", "two refunds of invoice %" PRIu64 " are open", e->invoice);
    }
    if (e->amount <= 0 || e->amount > brought)
        world_violate(world, "I21", "refund %" PRIu64 " of %" PRId64 ", and %" PRId64 " are left",
                      e->refund, e->amount, brought);
    *(fold_refund_t *)fold_add(&fold->refunds, sizeof(fold_refund_t)) =
        (fold_refund_t){.number = e->refund,
                        .invoice = e->invoice,
                        .account = fold_account_of(world, &e->account),
                        .amount = e->amount,
                        .by_itself = e->why != 0,
                        .at = world->now};
    world_reach(world, REACH_REFUND);
}

static void take_left(world_t *world, fold_refund_t *refund)
{
    if (!refund->held && !refund->second && !refund->put_back && !world->restored_at)
        world_violate(world, "I21", "refund %" PRIu64 " leaves, and nothing is held for it",
                      refund->number);
    if (refund->left != refund->unsent || refund->unknown || is_over(refund))
        world_violate(world, "I21", "refund %" PRIu64 " leaves again", refund->number);
    refund->left++;
}

static void take_end(world_t *world, fold_refund_t *refund, bool done)
{
    if (is_over(refund))
        world_violate(world, "I21", "refund %" PRIu64 " ends twice", refund->number);
    if (done != fold_refund_went_back(refund))
        world_violate(world, "I21", "refund %" PRIu64 " is said to have %s, which is not so",
                      refund->number, done ? "gone back" : "failed");
    *(done ? &refund->done : &refund->ended) = true;
    world_reach(world, done ? REACH_REFUND_DONE : REACH_REFUND_ENDED);
}

void fold_refunds_payment(world_t *world, const event_t *event)
{
    if (event->type == EVENT_refund_requested) {
        bool second = event->refund_requested.why == UNWANTED_SECOND;
        (second ? take_second : take_requested)(world, &event->refund_requested);
        return;
    }
    bool known = event->type == EVENT_refund_done || event->type == EVENT_refund_ended ||
                 (event->type >= EVENT_refund_approved && event->type <= EVENT_refund_disputed);
    fold_refund_t *refund = known ? find(world, event->refund_done.refund) : NULL;
    if (!refund)
        return;
    if (event->type == EVENT_refund_approved)
        refund->approved = true;
    else if (event->type == EVENT_refund_left)
        take_left(world, refund);
    else if (event->type == EVENT_refund_unsent)
        refund->unsent++;
    else if (event->type == EVENT_refund_sent)
        refund->sent = true;
    else if (event->type == EVENT_refund_unknown) {
        refund->unknown = true;
        world_reach(world, REACH_REFUND_UNKNOWN);
        desk_resolve(world, refund->number);
    } else if (event->type == EVENT_refund_disputed)
        refund->disputed = true;
    else
        take_end(world, refund, event->type == EVENT_refund_done);
}

// --- Robokassa ---

fold_refund_t *fold_refunds_arrive(world_t *world, uint64_t invoice, int64_t amount, bool second)
{
    fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = world->fold.refunds.count; i-- > 0;) {
        if (rows[i].invoice != invoice || (amount && rows[i].amount != amount) ||
            rows[i].second != second)
            continue;
        if (!rows[i].left && !rows[i].put_back)
            break;
        if (rows[i].arrivals++)
            world_violate(world, "I21", "refund %" PRIu64 " arrives twice", rows[i].number);
        return &rows[i];
    }
    world_violate(world, "I21", "a refund of invoice %" PRIu64 " left, and that is not durable",
                  invoice);
    return NULL;
}

// --- the ledger ---

// Of all refunds of its payment, by the ledger of now.
static void check_sum(world_t *world, const fold_refund_t *refund)
{
    const operation_t *operation = robokassa_model_find(&world->robokassa, refund->invoice);
    const fold_refund_t *rows = world->fold.refunds.rows;
    int64_t sum = 0;
    for (size_t i = 0; i < world->fold.refunds.count; i++)
        if (rows[i].invoice == refund->invoice && (rows[i].held || rows[i].gone))
            sum += rows[i].amount;
    if (!operation || sum > operation->paid)
        world_violate(world, "I21",
                      "invoice %" PRIu64 " brought %" PRId64 ", %" PRId64 " are held or gone",
                      refund->invoice, operation ? operation->paid : 0, sum);
}

static void take_held(world_t *world, fold_refund_t *refund, const event_refund_held_t *e)
{
    if (refund->held || refund->gone || e->amount != refund->amount)
        world_violate(world, "I21", "refund %" PRIu64 " is held twice or wrongly", refund->number);
    if (e->lot != fold_credited_at(&world->fold, refund->invoice))
        world_violate(world, "I21", "refund %" PRIu64 " is held of another payment",
                      refund->number);
    refund->held = true;
    refund->lot = e->lot;
    world_reach(world, REACH_REFUND_HELD);
    check_sum(world, refund);
}

static void take_settled(world_t *world, fold_refund_t *refund, const event_refund_settled_t *e)
{
    if (refund->gone || (refund->back && !e->left) || e->held != refund->held)
        world_violate(world, "I21", "refund %" PRIu64 " is settled twice or wrongly",
                      refund->number);
    if (e->left && e->held)
        fold_lots_left(world, &world->fold.accounts[refund->account].purse, refund->lot,
                       refund->amount);
    if (e->left && !e->held)
        world_reach(world, REACH_REFUND_UNHELD);
    refund->held = false;
    *(e->left ? &refund->gone : &refund->back) = true;
    check_sum(world, refund);
}

void fold_refunds_ledger(world_t *world, const event_t *event)
{
    fold_refund_t *refund;
    switch (event->type) {
    case EVENT_refund_refused:
        world_reach(world, REACH_REFUND_REFUSED);
        break;
    case EVENT_refund_held:
        refund = find(world, event->refund_held.refund);
        if (refund)
            take_held(world, refund, &event->refund_held);
        break;
    case EVENT_refund_settled:
        refund = find(world, event->refund_settled.refund);
        if (refund)
            take_settled(world, refund, &event->refund_settled);
        break;
    default:
        break;
    }
}

// --- restores ---

void fold_refunds_forget_ledger(world_t *world)
{
    fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = 0; i < world->fold.refunds.count; i++)
        rows[i].held = rows[i].gone = rows[i].back = false;
}

void fold_refunds_put_back(world_t *world)
{
    fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = 0; i < world->fold.refunds.count; i++) {
        fold_refund_t *refund = &rows[i];
        refund->left = refund->unsent = 0;
        refund->approved = refund->sent = refund->unknown = refund->done = refund->ended = false;
        refund->disputed = false;
        refund->put_back = true;
    }
}

// --- the end ---

int64_t fold_refunds_gone(const world_t *world)
{
    const fold_refund_t *rows = world->fold.refunds.rows;
    int64_t sum = 0;
    for (size_t i = 0; i < world->fold.refunds.count; i++)
        sum += rows[i].gone ? rows[i].amount : 0;
    return sum;
}

bool fold_refunds_by_itself(const world_t *world, uint64_t invoice)
{
    const fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = world->fold.refunds.count; i-- > 0;)
        if (rows[i].invoice == invoice && rows[i].by_itself)
            return true;
    return false;
}

// Nothing that its customer does not allow stays without a refund, but where a chargeback may be of
// it.
static void check_unwanted(world_t *world)
{
    const fold_invoice_t *rows = world->fold.payment.invoices.rows;
    for (size_t i = 0; i < world->fold.payment.invoices.count; i++) {
        const fold_mandate_t *mandate = fold_mandate(&world->fold, &rows[i].mandate);
        bool disputed = mandate && mandate->revoked && mandate->revoked != REVOKE_CUSTOMER;
        if (rows[i].unwanted && !rows[i].unwanted_said)
            world_violate(world, "I21", "invoice %" PRIu64 " is not allowed, and nobody says so",
                          rows[i].number);
        if (rows[i].unwanted && !disputed && !fold_refunds_by_itself(world, rows[i].number))
            world_violate(world, "I21", "invoice %" PRIu64 " is not allowed, and stays",
                          rows[i].number);
    }
}

// What payment was told of goes back, or its refund waits for people.
static void check_seconds(world_t *world)
{
    const robokassa_model_t *self = &world->robokassa;
    const fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t n = 0; n < self->count && !world->put_back_at; n++) {
        bool asked = !self->operations[n].second_told;
        for (size_t i = 0; i < world->fold.refunds.count; i++)
            asked = asked || (rows[i].second && rows[i].invoice == self->operations[n].invoice);
        if (!asked)
            world_violate(world, "I21", "the second payment of invoice %" PRIu64 " stays",
                          self->operations[n].invoice);
    }
}

void fold_refunds_check(world_t *world)
{
    check_seconds(world);
    if (world->profile.refund_every_us)
        check_unwanted(world);
    const fold_refund_t *rows = world->fold.refunds.rows;
    for (size_t i = 0; i < world->fold.refunds.count; i++) {
        const fold_refund_t *refund = &rows[i];
        if (refund->put_back)
            continue; // only a lost journal may have known of it
        bool leaves = refund->done && !refund->second;
        if (is_over(refund) && (refund->held || refund->gone != leaves))
            world_violate(world, "I21", "refund %" PRIu64 " is over, and the ledger does not know",
                          refund->number);
        int64_t most = ENDS_US + (refund->second ? DAY_US : 0); // so long it is looked for
        if (!is_over(refund) && !refund->sent && world->now - refund->at > most)
            world_violate(world, "I21", "refund %" PRIu64 " is open for days", refund->number);
    }
}
