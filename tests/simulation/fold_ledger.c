#include "tests/simulation/fold_parts.h"
#include "proto/posting.h"
#include <inttypes.h>

static void take_fact(world_t *world, fold_list_t *list, const event_t *event)
{
    const event_posted_t *e = &event->posted;
    fold_fact_t *fact = fold_fact(list, event->cause.sequence);
    bool bonus_split = e->kind == POSTING_CHARGE;
    if (!fact) {
        world_violate(world, "I12", "a posting is caused by an event that is not durable");
        return;
    }
    if (!fact->left || (!bonus_split && fact->left != e->amount) || fact->left < e->amount)
        world_violate(world, "I1",
                      "event %" PRIu64 " of stream %" PRIu64 " posted twice or wrongly",
                      event->cause.sequence, event->cause.stream);
    fact->left -= e->amount;
    fact->ever = true;
}

static void note_reached(world_t *world, const event_posted_t *e)
{
    if (e->kind == POSTING_BONUS)
        world_reach(world, REACH_BONUS);
    else if (e->kind == POSTING_CORRECTION)
        world_reach(world, REACH_RETURNED);
    else if (e->kind == POSTING_CHARGEBACK)
        world_reach(world, REACH_TAKEN_BACK);
}

// I2: the balance that a posting states is the sum of the postings.
static void move_balance(world_t *world, const event_posted_t *e, uint64_t sequence)
{
    fold_account_t *account = &world->fold.accounts[fold_account_of(world, &e->account)];
    account->balance += e->credit >= SYSTEM_END ? e->amount : -e->amount;
    if (account->balance != e->cash + e->bonus)
        world_violate(world, "I2", "a posting's balance is not the sum of the postings");
    *(fold_balance_t *)fold_add(&account->balances, sizeof(fold_balance_t)) =
        (fold_balance_t){sequence, account->balance, world->now};
    if (account->balance >= 0)
        account->negative_since = 0;
    else if (!account->negative_since)
        account->negative_since = world->now;
    if (e->kind == POSTING_CHARGE) {
        account->hour = sequence;
        account->hour_amount = e->amount;
        account->hour_reference = e->reference;
    }
}

static void fold_posted(world_t *world, const event_t *event, uint64_t sequence)
{
    fold_t *self = &world->fold;
    const event_posted_t *e = &event->posted;
    if (e->debit < SYSTEM_END)
        self->systems[e->debit] -= e->amount;
    if (e->credit < SYSTEM_END)
        self->systems[e->credit] += e->amount;
    if (e->debit == SYSTEM_SUSPENSE || e->credit == SYSTEM_SUSPENSE)
        world_violate(world, "I3", "money of a known account went to suspense");
    if (!uid_is_zero(&e->account))
        move_balance(world, e, sequence);
    if (event->cause.stream == STREAM_METERING)
        take_fact(world, &self->charges, event);
    else if (event->cause.stream == STREAM_PAYMENT)
        take_fact(world, &self->credits, event);
    else
        customers_posted(world, &event->cause.command);
    note_reached(world, e);
}

int64_t fold_balance_at(const fold_t *self, unsigned account, uint64_t sequence)
{
    const fold_list_t *list = &self->accounts[account].balances;
    const fold_balance_t *rows = list->rows;
    size_t i = list->count;
    while (i && rows[i - 1].sequence > sequence)
        i--;
    return i ? rows[i - 1].balance : 0;
}

// I10: exhausted is said of who owes, once, and taken back when he does not.
static void fold_exhausted(world_t *world, const uid_t16 *id, bool exhausted)
{
    unsigned number = fold_account_of(world, id);
    fold_account_t *account = &world->fold.accounts[number];
    if (account->exhausted == exhausted || (account->balance < 0) != exhausted)
        world_violate(world, "I10", "account %u with %" PRId64 " kopecks is said to be %s", number,
                      account->balance, exhausted ? "exhausted" : "restored");
    account->exhausted = exhausted;
    account->exhausted_at = world->now;
    platform_model_exhausted(world, number);
    if (exhausted)
        world_reach(world, REACH_EXHAUSTED);
}

void fold_ledger(world_t *world, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_posted)
        fold_posted(world, event, sequence);
    else if (event->type == EVENT_account_exhausted)
        fold_exhausted(world, &event->account_exhausted.account, true);
    else if (event->type == EVENT_account_restored)
        fold_exhausted(world, &event->account_restored.account, false);
}

static void forget(fold_list_t *facts)
{
    fold_fact_t *rows = facts->rows;
    for (size_t i = 0; i < facts->count; i++)
        rows[i].left = rows[i].amount;
}

void fold_forget_ledger(world_t *world)
{
    fold_t *self = &world->fold;
    forget(&self->charges);
    forget(&self->credits);
    memset(self->systems, 0, sizeof self->systems);
    self->seen[LEDGER] = 0;
    self->times[LEDGER] = 0;
    self->trees[LEDGER] = (tree_t){0};
    self->leaves[LEDGER].count = 0;
    fold_commands_forget(&self->commands[LEDGER]);
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++) {
        fold_account_t *account = &self->accounts[i];
        account->balance = account->hour_amount = 0;
        account->negative_since = 0;
        account->hour = 0;
        account->balances.count = 0;
        account->exhausted = false;
    }
}
