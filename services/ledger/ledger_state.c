#include "services/ledger/ledger_state.h"
#include "proto/posting.h"
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

enum { PENDING_FIRST = 16 }; // words

const ledger_row_t ledger_no_row;

void *ledger_state_create(const void *settings)
{
    const ledger_settings_t *limits = settings;
    ledger_state_t *self = calloc(1, sizeof *self);
    assert(self);
    self->accounts_max = limits ? limits->accounts_max : LEDGER_ACCOUNTS_MAX;
    table_init(&self->accounts, sizeof(ledger_row_t));
    table_init(&self->credits, sizeof(ledger_credit_t));
    table_init(&self->bank, sizeof(ledger_bank_t));
    table_init(&self->limits, sizeof(ledger_limit_t));
    table_init(&self->closing, sizeof(uid_t16));
    ledger_purses_init(&self->lots);
    ledger_bonuses_init(&self->bonuses);
    ledger_holds_init(&self->holds);
    return self;
}

void ledger_state_destroy(void *state)
{
    ledger_state_t *self = state;
    if (!self)
        return;
    table_release(&self->accounts);
    ledger_credited_release(&self->credited);
    table_release(&self->credits);
    table_release(&self->bank);
    table_release(&self->limits);
    table_release(&self->closing);
    ledger_purses_release(&self->lots);
    ledger_bonuses_release(&self->bonuses);
    ledger_holds_release(&self->holds);
    free(self->pending);
    free(self);
}

// Sets or clears the row's bit.
static inline void row_review(ledger_state_t *self, uint32_t index)
{
    ledger_row_t *row = ledger_row_at(self, index);
    bool low = ledger_row_is_low(row, self->low_threshold);
    if (!low)
        row->low = false;
    bool pending = (low && !row->low) || (!row->exhausted && ledger_row_is_exhausted(self, row));
    uint64_t bit = UINT64_C(1) << index % LEDGER_WORD_BITS,
             *word = &self->pending[index / LEDGER_WORD_BITS];
    if (pending == ((*word & bit) != 0))
        return;
    *word ^= bit;
    self->pending_count = pending ? self->pending_count + 1 : self->pending_count - 1;
}

kopecks_t ledger_state_limit(const ledger_state_t *self, const ledger_row_t *row)
{
    uint32_t number = row->limited ? table_find(&self->limits, &row->account) : TABLE_NONE;
    return number == TABLE_NONE ? 0
                                : ((const ledger_limit_t *)table_row(&self->limits, number))->limit;
}

uint64_t ledger_state_bonus_left(const ledger_state_t *self, const ledger_row_t *row)
{
    const pool_t *lots = &self->lots.lots;
    uint32_t ring = row->purse.bonus;
    for (uint32_t n = ledger_purse_first_in(lots, ring); n;
         n = ledger_purse_after_in(lots, ring, n))
        if (!ledger_purse_lot(&self->lots, n)->lapsed &&
            ledger_purse_left(&row->purse, ledger_purse_lot(&self->lots, n)))
            return ledger_purse_lot(&self->lots, n)->number;
    return 0;
}

// Of a closed account: does one of its bonuses still have to end?
static void review_closing(ledger_state_t *self, const ledger_row_t *row)
{
    uint32_t number = table_find(&self->closing, &row->account);
    bool waits = row->closed && ledger_state_bonus_left(self, row) != 0;
    if (waits && number == TABLE_NONE)
        (void)table_insert(&self->closing, &row->account);
    else if (!waits && number != TABLE_NONE)
        table_remove(&self->closing, number);
}

// --- apply ---
// The asserts stop a process whose journal does not fold, before it writes memory that is not the
// row's. The journal's bytes are ours and were hashed: they are no peer's input.

static void apply_opened(ledger_state_t *self, const event_account_opened_t *opened)
{
    uint32_t index = table_insert(&self->accounts, &opened->account);
    assert(opened->number == (uint64_t)index + SYSTEM_END);
    size_t words = (size_t)index / LEDGER_WORD_BITS + 1;
    if (words <= self->pending_cap)
        return;
    size_t cap = self->pending_cap ? self->pending_cap * 2 : PENDING_FIRST;
    self->pending = realloc(self->pending, cap * sizeof *self->pending);
    assert(self->pending);
    memset(self->pending + self->pending_cap, 0, (cap - self->pending_cap) * sizeof *self->pending);
    self->pending_cap = cap;
}

static uint32_t applied_index(const ledger_state_t *self, uint64_t number)
{
    assert(number >= SYSTEM_END && number - SYSTEM_END < self->accounts.count);
    return (uint32_t)(number - SYSTEM_END);
}

static void note_credited(ledger_state_t *self, uint64_t number, instant_t at)
{
    ledger_credited_add(&self->credited, number);
    ledger_credited_forget(&self->credited, at);
    ledger_holds_forget(&self->holds, at);
}

// Postings from before there were references say nothing of their payment's number.
static void apply_payment(ledger_state_t *self, ledger_row_t *row, const event_t *event)
{
    uint64_t number = posting_payment_number(&event->posted.reference);
    row->credit = event->cause.sequence;
    if (number)
        note_credited(self, number, event->at);
}

// What was credited before is in the balance already, under whichever number payment's journal has
// for it now.
static void apply_suspended(ledger_state_t *self, const event_t *event)
{
    const event_payment_suspended_t *e = &event->payment_suspended;
    uint32_t index = table_find(&self->accounts, &e->account);
    self->suspended++;
    note_credited(self, e->invoice, event->at);
    if (e->why == SUSPENSE_REPEATED && index != TABLE_NONE)
        ledger_row_at(self, index)->credit = event->cause.sequence;
}

// Payment's history goes on behind that event: sequences beyond it are given to other events.
static void apply_reseeded(ledger_state_t *self, uint64_t sequence)
{
    self->reseeded = true;
    for (uint32_t index = 0; index < self->accounts.count; index++) {
        ledger_row_t *row = ledger_row_at(self, index);
        row->credit = row->credit > sequence ? sequence : row->credit;
    }
}

static void apply_bank(ledger_state_t *self, const event_posted_t *posted)
{
    uint32_t number = table_find(&self->bank, &posted->reference);
    if (number == TABLE_NONE)
        number = table_insert(&self->bank, &posted->reference);
    ledger_bank_t *row = table_row(&self->bank, number);
    row->suspense = posted->credit == SYSTEM_SUSPENSE;
}

static inline void apply_posted(ledger_state_t *self, const event_t *event, uint64_t sequence)
{
    const event_posted_t *posted = &event->posted;
    uint64_t number = 0;
    self->postings++;
    if (posted->debit < SYSTEM_END)
        self->systems[posted->debit] -= posted->amount;
    else {
        number = posted->debit;
        self->customers -= posted->amount;
    }
    if (posted->credit < SYSTEM_END)
        self->systems[posted->credit] += posted->amount;
    else {
        number = posted->credit;
        self->customers += posted->amount;
    }
    if (event->cause.stream == STREAM_DOCUMENTS)
        apply_bank(self, posted);
    if (!number)
        return;
    uint32_t index = applied_index(self, number);
    ledger_row_t *row = ledger_row_at(self, index);
    assert(row->head == posted->previous);
    ledger_ending_post(&self->lots, &row->purse, event, sequence, posted->bonus != row->bonus);
    self->held += posted->cash + posted->bonus - ledger_row_balance(row);
    ledger_row_advance(row, sequence, posted);
    bool paid = event->cause.stream == STREAM_PAYMENT && posted->kind != POSTING_RELEASE &&
                posted->kind != POSTING_BONUS;
    if (paid && number == posted->credit)
        apply_payment(self, row, event);
    ledger_bonus_apply_returned(&self->bonuses, index, posted);
    row_review(self, index);
    if (row->closed)
        review_closing(self, row);
}

// --- usage that is to be given back ---

static chain_links_t credits_links(const ledger_state_t *self)
{
    return (chain_links_t){self->credits.rows + offsetof(ledger_credit_t, link),
                           sizeof(ledger_credit_t)};
}

const ledger_credit_t *ledger_state_credit(const ledger_state_t *self, uint64_t credit)
{
    uid_t16 key = table_key(credit, 0);
    uint32_t row = table_find(&self->credits, &key);
    return row == TABLE_NONE ? NULL : table_row(&self->credits, row);
}

static void apply_noted(ledger_state_t *self, const event_credit_noted_t *noted)
{
    uid_t16 key = table_key(noted->credit, 0);
    uint32_t row = table_find(&self->credits, &key);
    if (row == TABLE_NONE) {
        row = table_insert(&self->credits, &key);
        chain_append(&self->credits_order, credits_links(self), row + 1);
    }
    ((ledger_credit_t *)table_row(&self->credits, row))->noted = *noted;
}

static void apply_made(ledger_state_t *self, uint64_t credit)
{
    uid_t16 key = table_key(credit, 0);
    uint32_t row = table_find(&self->credits, &key);
    assert(row != TABLE_NONE);
    chain_remove(&self->credits_order, credits_links(self), row + 1);
    table_remove(&self->credits, row);
    self->credits_made++;
}

// What was held went out: its lot is less by it for good. What comes back its posting says.
static void apply_settled(ledger_state_t *self, const event_refund_settled_t *settled)
{
    const ledger_hold_t *row = ledger_holds_settled(&self->holds, settled);
    if (!row || !settled->left || !settled->held)
        return;
    uint32_t index = table_find(&self->accounts, &row->noted.account);
    assert(index != TABLE_NONE);
    ledger_lots_settle(&self->lots, &ledger_row_at(self, index)->purse, row->lot, settled->amount,
                       true);
    ledger_bonus_apply_left(&self->bonuses, index, row->noted.invoice, settled->amount);
}

// --- bonuses ---

static void apply_given(ledger_state_t *self, const event_bonus_given_t *given)
{
    uint32_t index = table_find(&self->accounts, &given->account);
    bool apart = given->lot && ledger_ending_is_apart(
                                   &self->lots, &ledger_row_at(self, index)->purse, given->lot);
    ledger_bonus_apply_given(&self->bonuses, index, given, apart);
    if (given->lot && given->until)
        ledger_ending_limit(&self->lots, &ledger_row_at(self, index)->purse, given->lot,
                            given->until);
}

static void apply_set_apart(ledger_state_t *self, const event_bonus_set_apart_t *apart,
                            instant_t at)
{
    ledger_row_t *row = ledger_row_at(self, applied_index(self, apart->number));
    ledger_ending_set_apart(&self->lots, &row->purse, apart, at);
    review_closing(self, row);
}

static void apply_begun(ledger_state_t *self, const event_bonus_begun_t *begun)
{
    uint32_t index = table_find(&self->accounts, &begun->account);
    assert(index != TABLE_NONE);
    ledger_bonus_apply_begun(&self->bonuses, begun);
    ledger_ending_begin(&self->lots, &ledger_row_at(self, index)->purse, begun->lot, begun->amount);
}

// Of what went back with a top-up: what stands apart moves in no customer's posting.
static void claw_apart(ledger_state_t *self, const ledger_bonus_t *row, kopecks_t taken)
{
    if (row->apart)
        ledger_ending_claw(&self->lots, &ledger_row_at(self, row->account)->purse, row->lot, taken);
}

static void apply_ended(ledger_state_t *self, const event_bonus_ended_t *ended)
{
    uint32_t index = table_find(&self->accounts, &ended->account);
    assert(index != TABLE_NONE);
    ledger_bonus_apply_ended(&self->bonuses, ended);
    ledger_ending_end(&self->lots, &ledger_row_at(self, index)->purse, ended->lot, ended->amount);
    review_closing(self, ledger_row_at(self, index));
}

// --- what an operator says of an account ---

static void apply_life(ledger_state_t *self, uint64_t number, bool closed)
{
    ledger_row_t *row = ledger_row_at(self, applied_index(self, number));
    if (row->closed != closed)
        self->closed_count = closed ? self->closed_count + 1 : self->closed_count - 1;
    row->closed = closed;
    review_closing(self, row);
}

static void apply_limit(ledger_state_t *self, const event_credit_limit_set_t *set)
{
    uint32_t index = applied_index(self, set->number);
    uint32_t number = table_find(&self->limits, &set->account);
    if (number == TABLE_NONE)
        number = table_insert(&self->limits, &set->account);
    ((ledger_limit_t *)table_row(&self->limits, number))->limit = set->limit;
    ledger_row_at(self, index)->limited = true;
    row_review(self, index);
}

void ledger_state_apply(void *state, const event_t *event, uint64_t sequence)
{
    ledger_state_t *self = state;
    uint32_t index;
    self->last = sequence;
    switch (event->type) {
    case EVENT_posted:
        apply_posted(self, event, sequence);
        break;
    case EVENT_payment_suspended:
        apply_suspended(self, event);
        break;
    case EVENT_bonus_given:
        apply_given(self, &event->bonus_given);
        break;
    case EVENT_bonus_ends_soon:
        ledger_bonus_apply_ends_soon(&self->bonuses, &event->bonus_ends_soon);
        break;
    case EVENT_bonus_ended:
        apply_ended(self, &event->bonus_ended);
        break;
    case EVENT_account_closed:
        apply_life(self, event->account_closed.number, true);
        break;
    case EVENT_account_reopened:
        apply_life(self, event->account_reopened.number, false);
        break;
    case EVENT_credit_limit_set:
        apply_limit(self, &event->credit_limit_set);
        break;
    case EVENT_bonuses_ending:
        self->closed = event->bonuses_ending.closed;
        self->closed_at = event->at;
        break;
    case EVENT_bonus_set_apart:
        apply_set_apart(self, &event->bonus_set_apart, event->at);
        break;
    case EVENT_bonus_begun:
        apply_begun(self, &event->bonus_begun);
        break;
    case EVENT_bonus_clawed:
        claw_apart(self, ledger_bonus_apply_clawed(&self->bonuses, &event->bonus_clawed),
                   event->bonus_clawed.taken);
        break;
    case EVENT_bonus_regained:
        claw_apart(self, ledger_bonus_apply_regained(&self->bonuses, &event->bonus_regained),
                   -event->bonus_regained.given);
        break;
    case EVENT_node_reseeded:
        if (event->node_reseeded.stream == STREAM_PAYMENT)
            apply_reseeded(self, event->node_reseeded.sequence);
        break;
    case EVENT_account_opened:
        apply_opened(self, &event->account_opened);
        break;
    case EVENT_account_low:
        index = applied_index(self, event->account_low.number);
        ledger_row_at(self, index)->low = true;
        row_review(self, index);
        break;
    case EVENT_account_exhausted:
        index = applied_index(self, event->account_exhausted.number);
        ledger_row_at(self, index)->exhausted = true;
        row_review(self, index);
        break;
    case EVENT_account_restored:
        index = applied_index(self, event->account_restored.number);
        ledger_row_at(self, index)->exhausted = false;
        row_review(self, index);
        break;
    case EVENT_credit_noted:
        apply_noted(self, &event->credit_noted);
        break;
    case EVENT_credit_made:
        apply_made(self, event->credit_made.credit);
        break;
    case EVENT_refund_noted:
        ledger_holds_noted(&self->holds, &event->refund_noted);
        break;
    case EVENT_refund_held:
        ledger_holds_held(&self->holds, &event->refund_held);
        break;
    case EVENT_refund_refused:
        ledger_holds_refused(&self->holds, event->refund_refused.refund);
        break;
    case EVENT_refund_settled:
        apply_settled(self, &event->refund_settled);
        break;
    case EVENT_ledger_policy_changed:
        self->low_threshold = event->ledger_policy_changed.low_threshold;
        self->lapse_notice_us = event->ledger_policy_changed.lapse_notice_us;
        self->policy = true;
        for (index = 0; index < self->accounts.count; index++)
            row_review(self, index);
        break;
    default:
        break;
    }
}

// --- ahead of deciding and applying ---

static const uid_t16 *customer_of(const event_posting_requested_t *wish)
{
    return posting_system_number(&wish->debit) ? &wish->credit : &wish->debit;
}

// A million rows fit no cache; a posting alone waits for its slot, then for its row.
void ledger_state_prefetch(const void *state, const event_t *events, size_t count)
{
    const ledger_state_t *self = state;
    for (size_t i = 0; i < count; i++)
        if (events[i].type == EVENT_posting_requested)
            table_prefetch(&self->accounts, customer_of(&events[i].posting_requested));
        else if (events[i].type == EVENT_account_opened)
            table_prefetch(&self->accounts, &events[i].account_opened.account);
    for (size_t i = 0; i < count; i++) {
        const event_posted_t *posted = &events[i].posted;
        if (events[i].type == EVENT_posting_requested)
            table_prefetch_row(&self->accounts, customer_of(&events[i].posting_requested));
        else if (events[i].type == EVENT_posted) {
            uint64_t number = posted->debit < posted->credit ? posted->credit : posted->debit;
            table_prefetch_number(&self->accounts, number - SYSTEM_END);
        }
    }
}
