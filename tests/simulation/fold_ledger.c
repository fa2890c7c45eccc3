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
    if (bonus_split)
        fact->bonus += world->fold.accounts[fold_account_of(world, &e->account)].bonus - e->bonus;
}

// A payment is credited once, whatever history of payment says so, and how often.
static void take_credit(world_t *world, const event_t *event, uint64_t sequence)
{
    const event_posted_t *e = &event->posted;
    fold_t *self = &world->fold;
    fold_list_t *list = &fold_followed(self, LEDGER)->credits;
    fold_fact_t *fact = fold_fact(list, event->cause.sequence);
    bool suspended = uid_is_zero(&e->account);
    uint64_t number = suspended && fact ? fact->number : posting_payment_number(&e->reference);
    if (!fact || fact->number != number) {
        world_violate(world, "I12", "a payment is credited, and its success is not durable");
        return;
    }
    if (fact->left != e->amount)
        world_violate(world, "I1", "event %" PRIu64 " of payment posted twice or wrongly",
                      event->cause.sequence);
    const fold_invoice_t *invoice = suspended ? fold_invoice_ever(self, number) : NULL;
    if (invoice && closings_is_closed(world, invoice->account) && !fold_credits(self, number)) {
        self->kept += e->amount;
        fold_credit_number(world, number, sequence);
        world_reach(world, REACH_CLOSED_SUSPENSE);
    } else if (suspended)
        fold_repeat_number(world, number, e->amount);
    else
        fold_credit_number(world, number, sequence);
    fold_mark_posted(self, fact, sequence);
}

// What would have been taken of the bonus, had only that much been charged.
static int64_t bonus_of(int64_t bonus, int64_t charged)
{
    return charged < 0 ? 0 : charged < bonus ? charged : bonus;
}

// I1, I2: what metering gives back is posted once, to where the line took it from.
static void fold_made(world_t *world, const event_credit_made_t *e)
{
    fold_t *self = &world->fold;
    fold_fact_t *fact = fold_fact(&self->given, e->credit);
    if (!fact || fact->left != fact->amount || self->back_cash + self->back_bonus != fact->amount) {
        world_violate(world, "I1", "credit %" PRIu64 " of metering given back twice or wrongly",
                      e->credit);
        return;
    }
    const fold_fact_t *line = fold_fact(&self->charges, fact->original);
    int64_t bonus = line ? line->bonus : 0, left = fact->charged - fact->before;
    if (self->back_bonus != bonus_of(bonus, left) - bonus_of(bonus, left - fact->amount))
        world_violate(world, "I2",
                      "credit %" PRIu64 " of metering: %" PRId64 " of bonus given back", e->credit,
                      self->back_bonus);
    if (self->back_cash)
        world_reach(world, REACH_CREDIT_CASH);
    if (self->back_bonus)
        world_reach(world, REACH_CREDIT_BONUS);
    fact->left = self->back_cash = self->back_bonus = 0;
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

// What goes back by itself suspends nobody.
static bool is_by_itself(const world_t *world, const event_posted_t *e)
{
    return e->kind == POSTING_HOLD &&
           fold_refunds_by_itself(world, posting_payment_number(&e->reference));
}

// What payment and autopay will have to make of a refund or a chargeback.
static void note_returned(world_t *world, const event_t *event, uint64_t sequence)
{
    const event_posted_t *e = &event->posted;
    unsigned number = fold_account_of(world, &e->account);
    fold_account_t *account = &world->fold.accounts[number];
    bool taken = e->debit >= SYSTEM_END;
    bool chargeback = e->kind == POSTING_CHARGEBACK;
    bool refund = e->kind == POSTING_REFUND || e->kind == POSTING_HOLD;
    if (e->kind == POSTING_RELEASE)
        account->returned -= account->returned < e->amount ? account->returned : e->amount;
    if (e->kind == POSTING_CHARGE)
        account->returned = 0;
    else if ((chargeback || refund) && taken)
        account->returned += e->amount;
    if (chargeback && taken) {
        account->taken_back_at = world->now;
        account->charged_back = sequence;
    }
    const fold_mandate_t *mandate = fold_live_mandate(&world->fold, number);
    if (!refund || !taken || e->cash > 0 || is_by_itself(world, e))
        return;
    account->full_refund = sequence;
    bool told = sequence <= account->refund_told; // before an older journal was put back
    if (mandate && !told && fold_is_before(&world->fold, mandate, sequence))
        account->refund = sequence;
}

// I2: so is the sum of the credits, and each posting knows the one before it.
static void count_credit(world_t *world, fold_account_t *account, const event_posted_t *e,
                         uint64_t sequence)
{
    bool credited = e->credit >= SYSTEM_END;
    account->credits += credited ? e->amount : 0;
    if (e->credits != account->credits ||
        e->credit_previous != (account->credited ? account->credited : sequence))
        world_violate(world, "I2", "a posting does not follow the credit before it");
    account->credited = credited ? sequence : account->credited;
}

// The end of the hour of a charge and its service, as metering says.
static fold_use_t use_of(fold_t *self, const event_t *event)
{
    const fold_fact_t *fact = event->cause.stream == STREAM_METERING
                                  ? fold_fact(&self->charges, event->cause.sequence)
                                  : NULL;
    return fact ? (fold_use_t){fact->hour, fact->category} : (fold_use_t){0};
}

void fold_owes(world_t *world, fold_account_t *account)
{
    if (account->balance + account->limit >= 0)
        account->negative_since = 0;
    else if (!account->negative_since)
        account->negative_since = world->now;
}

// I2: the balance that a posting states is the sum of the postings.
static void move_balance(world_t *world, const event_t *event, uint64_t sequence)
{
    const event_posted_t *e = &event->posted;
    fold_account_t *account = &world->fold.accounts[fold_account_of(world, &e->account)];
    fold_lots_posted(world, &account->purse, event, e->bonus != account->bonus,
                     use_of(&world->fold, event), sequence);
    if (e->credit >= SYSTEM_END && e->bonus > account->bonus)
        account->bonus_ever += e->amount;
    account->bonus = e->bonus;
    account->balance += e->credit >= SYSTEM_END ? e->amount : -e->amount;
    if (account->balance != e->cash + e->bonus)
        world_violate(world, "I2", "a posting's balance is not the sum of the postings");
    account->cash = e->cash;
    count_credit(world, account, e, sequence);
    note_returned(world, event, sequence);
    *(fold_balance_t *)fold_add(&account->balances, sizeof(fold_balance_t)) =
        (fold_balance_t){sequence, account->balance, account->returned, world->now};
    fold_owes(world, account);
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
    bool back = e->kind == POSTING_HOLD || e->kind == POSTING_RELEASE ||
                (event->cause.stream == STREAM_PAYMENT && e->kind == POSTING_REFUND);
    bool paid = event->cause.stream == STREAM_PAYMENT && !back;
    bool banked = event->cause.stream == STREAM_DOCUMENTS;
    if (!banked && (e->debit == SYSTEM_SUSPENSE || (e->credit == SYSTEM_SUSPENSE && !paid)))
        world_violate(world, "I3", "money of a known account went to suspense");
    bool usage = event->cause.stream == STREAM_METERING && e->kind != POSTING_BEGUN;
    if (usage) // before the balance moves
        take_fact(world, &self->charges, event);
    if (banked)
        fold_bank_posted(world, event);
    if (!uid_is_zero(&e->account))
        move_balance(world, event, sequence);
    fold_receipts_posted(world, event);
    if (promotions_is_posting(event))
        ; // of promo codes: promotions.c
    else if (paid)
        take_credit(world, event, sequence);
    else if (e->kind == POSTING_CREDIT)
        self->back_cash += e->amount;
    else if (e->kind == POSTING_CREDIT_BONUS)
        self->back_bonus += e->amount;
    else if (!usage && !banked && !back)
        customers_posted(world, &event->cause.command, sequence);
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
    if (account->exhausted == exhausted || (account->balance + account->limit < 0) != exhausted)
        world_violate(world, "I10", "account %u with %" PRId64 " kopecks is said to be %s", number,
                      account->balance, exhausted ? "exhausted" : "restored");
    account->exhausted = exhausted;
    account->exhausted_at = world->now;
    if (!world->profile.notices)
        platform_model_exhausted(world, number);
    if (exhausted)
        world_reach(world, REACH_EXHAUSTED);
}

static void fold_given(world_t *world, const event_bonus_given_t *given)
{
    fold_account_t *account = &world->fold.accounts[fold_account_of(world, &given->account)];
    if (given->lot && given->until)
        fold_lots_limit(world, &account->purse, given->lot, given->until);
    fold_lots_came_with(&account->purse, given->lot, given->invoice);
}

// What stands apart is of no customer's posting; its events say what becomes of it.
static void fold_apart(world_t *world, const event_t *event)
{
    const event_bonus_clawed_t *clawed = &event->bonus_clawed;
    fold_account_t *account = &world->fold.accounts[fold_account_of(world, &clawed->account)];
    fold_purse_t *purse = &account->purse; // each of these begins with the account
    if (event->type == EVENT_bonus_set_apart)
        fold_lots_set_apart(world, purse, &event->bonus_set_apart);
    else if (event->type == EVENT_bonus_begun)
        fold_lots_begun(world, purse, event);
    else if (event->type == EVENT_bonus_ended)
        fold_lots_ended(world, purse, event);
    else if (event->type == EVENT_bonus_clawed)
        fold_lots_clawed(world, purse, clawed->invoice, clawed->taken);
    else if (event->type == EVENT_bonus_regained)
        fold_lots_clawed(world, purse, event->bonus_regained.invoice, -event->bonus_regained.given);
}

static bool is_apart(event_type_t type)
{
    return type == EVENT_bonus_set_apart || type == EVENT_bonus_begun ||
           type == EVENT_bonus_ended || type == EVENT_bonus_clawed || type == EVENT_bonus_regained;
}

void fold_ledger(world_t *world, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_posted)
        fold_posted(world, event, sequence);
    else if (event->type == EVENT_account_opened && !uid_is_zero(&event->cause.command))
        customers_opened(world, &event->cause.command);
    else if (event->type == EVENT_bonus_given)
        fold_given(world, &event->bonus_given);
    else if (is_apart(event->type))
        fold_apart(world, event);
    else if (event->type == EVENT_credit_made)
        fold_made(world, &event->credit_made);
    else if (event->type == EVENT_account_exhausted)
        fold_exhausted(world, &event->account_exhausted.account, true);
    else if (event->type == EVENT_account_restored)
        fold_exhausted(world, &event->account_restored.account, false);
    else
        fold_refunds_ledger(world, event);
}

static void forget(fold_list_t *facts)
{
    fold_fact_t *rows = facts->rows;
    for (size_t i = 0; i < facts->count; i++) {
        rows[i].left = rows[i].amount;
        rows[i].bonus = 0;
        rows[i].posted_at = 0;
    }
}

void fold_forget_ledger(world_t *world)
{
    fold_t *self = &world->fold;
    forget(&self->charges);
    fold_history_t *lost = self->lost.rows;
    for (size_t i = 0; i < self->lost.count; i++)
        forget(&lost[i].credits);
    forget(&self->payment.credits);
    self->follows[LEDGER] = PROCESS_EPOCH;
    table_clear(&self->numbers);
    self->repeated = self->kept = 0;
    forget(&self->given);
    forget(&self->bank.facts);
    forget(&self->bank.fees);
    self->back_cash = self->back_bonus = 0;
    fold_refunds_forget_ledger(world);
    fold_receipts_forget_ledger(world);
    memset(self->systems, 0, sizeof self->systems);
    fold_forget_journal(self, LEDGER);
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++) {
        fold_account_t *account = &self->accounts[i];
        account->balance = account->bonus = account->cash = account->hour_amount =
            account->returned = account->credits = account->bonus_ever = 0;
        account->charged_back = account->full_refund = account->refund = account->credited = 0;
        if (account->refund_told > world->backup.last)
            account->refund_told = world->backup.last;
        account->negative_since = 0;
        account->hour = 0;
        account->balances.count = 0;
        account->purse.lots.count = 0;
        account->purse.debt = account->purse.begun = 0;
        account->purse.returned = false;
        account->exhausted = false;
    }
}
