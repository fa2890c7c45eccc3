#include "tests/simulation/fold_parts.h"
#include <inttypes.h>

// I8: limits are payment's. What was lowered or revoked in a journal that is lost stays so here.
static void check_noted(world_t *world, const event_t *event, const fold_account_t *account)
{
    const event_autopay_mandate_noted_t *e = &event->autopay_mandate_noted;
    fold_history_t *payment = fold_followed(&world->fold, AUTOPAY);
    const fold_mandate_t *mandate = fold_mandate_in(payment, &e->mandate);
    bool again = world->fold.lost.count > 0 && uid_equal(&e->mandate, &account->noted);
    bool live = e->state == MANDATE_LIVE;
    if (again && live && !account->noted_live)
        world_violate(world, "I9", "a mandate that was revoked is live again");
    if (again && !live && !mandate)
        return; // the lost journal's, and its ticket is refused now
    if (!mandate) {
        world_violate(world, "I12", "autopay noted a mandate that is not durable");
        return;
    }
    const fold_fact_t *credit = fold_fact(&payment->credits, mandate->credit);
    if (live && credit && credit->left)
        world_reach(world, REACH_CREDIT_LATER);
    const fold_terms_t *terms = fold_terms_at(mandate, event->cause.sequence);
    bool lower = again && e->count_max <= account->noted_count && e->sum_max <= account->noted_sum;
    bool same = terms && e->count_max == terms->count_max && e->sum_max == terms->sum_max;
    if ((!same && !lower) || mandate->amount != e->amount)
        world_violate(world, "I8", "autopay noted other limits than payment's event %" PRIu64,
                      event->cause.sequence);
}

static void fold_noted(world_t *world, const event_t *event)
{
    const event_autopay_mandate_noted_t *e = &event->autopay_mandate_noted;
    fold_account_t *account = &world->fold.accounts[fold_account_of(world, &e->account)];
    check_noted(world, event, account);
    account->noted = e->mandate;
    account->noted_live = e->state == MANDATE_LIVE;
    account->noted_amount = e->amount;
    account->noted_count = e->count_max;
    account->noted_sum = e->sum_max;
}

// No decision on a balance that lacks a payment which autopay knows of.
static void check_posted(world_t *world, const fold_request_t *request, unsigned account)
{
    const fold_invoice_t *invoice = fold_invoice(&world->fold, request->invoice);
    if (request->account != account || request->outcome != REQUEST_SUCCEEDED || !invoice)
        return;
    const fold_fact_t *fact = fold_fact(&world->fold.payment.credits, invoice->credit);
    bool lost = fact && fact->ever && world->now < world->restored_at + RESTORED_US;
    if (fact && fact->left && !lost)
        world_violate(world, "I9", "account %u: a decision before its payment was posted", account);
}

// I8: limits that payment's journal has had for a while hold, whatever autopay noted. What was
// lowered just now is held by payment itself.
static void check_terms(world_t *world, const event_autopay_payment_requested_t *e, uint64_t count,
                        int64_t sum)
{
    const fold_mandate_t *mandate = fold_mandate(&world->fold, &e->mandate);
    instant_t heard = world->now - BEHIND_US - (world->profile.late ? HOUR_US : 0);
    const fold_terms_t *rows = mandate ? mandate->terms.rows : NULL;
    size_t i = mandate ? mandate->terms.count : 0;
    while (i > 0 && rows[i - 1].durable_at > heard)
        i--;
    if (i > 0 && (count + 1 > rows[i - 1].count_max || sum + e->amount > rows[i - 1].sum_max))
        world_violate(world, "I8",
                      "payment %" PRIu64 " of %" PRIu64 ", %" PRId64 " of %" PRId64
                      " kopecks, by limits that payment has long had",
                      count + 1, rows[i - 1].count_max, sum + e->amount, rows[i - 1].sum_max);
}

static void fold_requested(world_t *world, const event_t *event, uint64_t sequence)
{
    fold_t *self = &world->fold;
    const event_autopay_payment_requested_t *e = &event->autopay_payment_requested;
    unsigned number = fold_account_of(world, &e->account);
    fold_account_t *account = &self->accounts[number];
    int64_t month = fold_month(event->at), sum = 0;
    uint64_t count = 0;
    const fold_request_t *rows = self->requests.rows;
    for (size_t i = 0; i < self->requests.count; i++)
        check_posted(world, &rows[i], number);
    for (size_t i = 0; i < self->requests.count; i++)
        if (rows[i].account == number && rows[i].month == month &&
            rows[i].outcome == REQUEST_SUCCEEDED)
            count++, sum += rows[i].paid;
    fold_decisions_requested(world, &account->decisions, &account->balances, event, count, sum);
    check_terms(world, e, count, sum);
    if (account->open)
        world_violate(world, "I9", "account %u: a decision while %" PRIu64 " is open", number,
                      account->open);
    if (!account->noted_live || account->suspended)
        world_violate(world, "I9", "account %u: a decision without a live mandate, or suspended",
                      number);
    if (count + 1 > account->noted_count || sum + e->amount > account->noted_sum)
        world_violate(world, "I8",
                      "account %u: payment %" PRIu64 " of %" PRIu64 ", %" PRId64 " of %" PRId64
                      " kopecks",
                      number, count + 1, account->noted_count, sum + e->amount, account->noted_sum);
    if ((int64_t)e->month != month || e->amount != account->noted_amount)
        world_violate(world, "I8", "account %u: another month or amount than the mandate's",
                      number);
    if (e->balance >= e->threshold)
        world_violate(world, "I9", "account %u: a decision above the threshold", number);
    *(fold_request_t *)fold_add(&self->requests, sizeof(fold_request_t)) =
        (fold_request_t){.sequence = sequence,
                         .account = number,
                         .mandate = e->mandate,
                         .amount = e->amount,
                         .month = month,
                         .credit = e->credit,
                         .balance_at = e->balance_sequence,
                         .at = event->at};
    account->open = sequence;
    world_reach(world, REACH_DECIDED);
    if (fold_month(event->at - HOUR_US) != month)
        world_reach(world, REACH_MONTH_BEGUN);
    customers_hear_decision(world, number);
}

static void fold_settled(world_t *world, const event_t *event)
{
    const event_autopay_settled_t *e = &event->autopay_settled;
    fold_request_t *request = fold_request(&world->fold, e->request);
    if (!request || !request->ever_answered) {
        world_violate(world, "I12", "autopay settled what payment has not durably answered");
        return;
    }
    bool paid = e->outcome == OUTCOME_SUCCEEDED;
    if (paid || request->outcome != REQUEST_SUCCEEDED) { // a lost success was one
        request->outcome = paid ? REQUEST_SUCCEEDED : REQUEST_DECLINED;
        request->paid = e->amount;
    }
    fold_account_t *account = &world->fold.accounts[request->account];
    fold_decisions_settled(&account->decisions, event);
    if (account->open == e->request)
        account->open = 0;
    if (e->outcome == OUTCOME_SUCCEEDED)
        world_reach(world, REACH_SETTLED);
    if (fold_month(event->at) != request->month)
        world_reach(world, REACH_MONTH_IN_FLIGHT);
}

void fold_autopay(world_t *world, const event_t *event, uint64_t sequence)
{
    fold_t *self = &world->fold;
    fold_account_t *account;
    switch (event->type) {
    case EVENT_autopay_mandate_noted:
        fold_noted(world, event);
        break;
    case EVENT_autopay_payment_requested:
        fold_requested(world, event, sequence);
        break;
    case EVENT_autopay_settled:
        fold_settled(world, event);
        break;
    case EVENT_autopay_suspended:
        self->accounts[fold_account_of(world, &event->autopay_suspended.account)].suspended = true;
        world_reach(world, REACH_SUSPENDED);
        break;
    case EVENT_autopay_resumed:
        account = &self->accounts[fold_account_of(world, &event->autopay_resumed.account)];
        account->suspended = account->refunded = false;
        fold_decisions_resumed(&account->decisions);
        break;
    case EVENT_autopay_withheld:
        if (event->autopay_withheld.reason == AUTOPAY_NO_COUNT_CAP)
            world_reach(world, REACH_COUNT_CAP);
        if (event->autopay_withheld.reason == AUTOPAY_NO_SUM_CAP)
            world_reach(world, REACH_SUM_CAP);
        if (event->autopay_withheld.reason == AUTOPAY_NO_BACKOFF)
            world_reach(world, REACH_BACKOFF);
        if (event->autopay_withheld.reason == AUTOPAY_NO_RETURNED)
            world_reach(world, REACH_RETURNED_ALONE);
        break;
    default:
        break;
    }
}
