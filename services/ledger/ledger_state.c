#include "services/ledger/ledger_state.h"
#include <assert.h>
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
    return self;
}

void ledger_state_destroy(void *state)
{
    ledger_state_t *self = state;
    if (!self)
        return;
    table_release(&self->accounts);
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
    bool pending = (low && !row->low) || (ledger_row_balance(row) < 0 && !row->exhausted);
    uint64_t bit = UINT64_C(1) << index % LEDGER_WORD_BITS,
             *word = &self->pending[index / LEDGER_WORD_BITS];
    if (pending == ((*word & bit) != 0))
        return;
    *word ^= bit;
    self->pending_count = pending ? self->pending_count + 1 : self->pending_count - 1;
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
    if (!number)
        return;
    uint32_t index = applied_index(self, number);
    ledger_row_t *row = ledger_row_at(self, index);
    assert(row->head == posted->previous);
    ledger_row_advance(row, sequence, posted);
    if (event->cause.stream == STREAM_PAYMENT && number == posted->credit)
        row->credit = event->cause.sequence;
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
    case EVENT_ledger_policy_changed:
        self->low_threshold = event->ledger_policy_changed.low_threshold;
        self->policy = true;
        for (index = 0; index < self->accounts.count; index++)
            row_review(self, index);
        break;
    default:
        break;
    }
}
