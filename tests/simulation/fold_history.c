// Payment's journal has more than one history once a backup of it was put back. What a lost one
// said is kept: others may have acted by it, and its invoices may be paid yet.
#include "tests/simulation/fold_parts.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

static fold_list_t copy_of(const fold_list_t *list, size_t count, size_t row_size)
{
    fold_list_t copy = {.count = count, .cap = count};
    if (!count)
        return copy;
    copy.rows = malloc(count * row_size);
    assert(copy.rows);
    memcpy(copy.rows, list->rows, count * row_size);
    return copy;
}

void fold_history_release(fold_history_t *self)
{
    fold_mandate_t *mandates = self->mandates.rows;
    for (size_t i = 0; i < self->mandates.count; i++)
        free(mandates[i].terms.rows);
    free(self->invoices.rows);
    free(self->mandates.rows);
    free(self->credits.rows);
    *self = (fold_history_t){0};
}

static fold_history_t history_of(const fold_history_t *self)
{
    fold_history_t copy = *self;
    copy.invoices = copy_of(&self->invoices, self->invoices.count, sizeof(fold_invoice_t));
    copy.mandates = copy_of(&self->mandates, self->mandates.count, sizeof(fold_mandate_t));
    copy.credits = copy_of(&self->credits, self->credits.count, sizeof(fold_fact_t));
    fold_mandate_t *mandates = copy.mandates.rows;
    for (size_t i = 0; i < copy.mandates.count; i++)
        mandates[i].terms =
            copy_of(&mandates[i].terms, mandates[i].terms.count, sizeof(fold_terms_t));
    return copy;
}

void fold_backup_release(fold_backup_t *self)
{
    fold_history_release(&self->history);
    free(self->requests.rows);
    free(self->accounts.rows);
    *self = (fold_backup_t){0};
}

void fold_back_up_payment(fold_t *self)
{
    const fold_list_t accounts = {.rows = self->accounts};
    fold_backup_release(&self->backup);
    self->backup.last = self->seen[PAYMENT];
    self->backup.history = history_of(&self->payment);
    self->backup.requests = copy_of(&self->requests, self->requests.count, sizeof(fold_request_t));
    self->backup.accounts = copy_of(&accounts, ACCOUNTS_MAX, sizeof(fold_account_t));
}

// --- going back ---

// What was decided since the backup is not answered any more, and an invoice of it is lost.
static void forget_answers(fold_t *self)
{
    const fold_request_t *kept = self->backup.requests.rows;
    fold_request_t *rows = self->requests.rows;
    for (size_t i = 0; i < self->requests.count; i++) {
        bool known = i < self->backup.requests.count;
        rows[i].invoice = known ? kept[i].invoice : 0;
        rows[i].answered = known ? kept[i].answered : 0;
    }
}

// A refund that payment has told of since the backup, it hears and tells of again.
static void forget_words(fold_t *self, uint64_t heard)
{
    const fold_account_t *kept = self->backup.accounts.rows;
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++) {
        fold_account_t *account = &self->accounts[i];
        const fold_mandate_t *mandate = fold_live_mandate(self, i);
        account->credit = kept[i].credit;
        account->refunded = account->refunded && kept[i].refunded;
        if (account->refund_told > heard)
            account->refund_told = heard;
        account->refund = account->full_refund > heard && mandate &&
                                  fold_is_before(self, mandate, account->full_refund)
                              ? account->full_refund
                              : 0;
    }
}

void fold_put_back_payment(world_t *world, uint64_t epoch, uint64_t heard)
{
    fold_t *self = &world->fold;
    size_t credits = self->backup.history.credits.count;
    self->payment.common = self->backup.last;
    fold_history_t back = history_of(&self->backup.history);
    free(back.credits.rows); // the facts are the same, but the ledger has gone on since
    back.credits = copy_of(&self->payment.credits, credits, sizeof(fold_fact_t));
    back.epoch = epoch;
    *(fold_history_t *)fold_add(&self->lost, sizeof self->payment) = self->payment;
    self->payment = back;
    forget_answers(self);
    forget_words(self, heard);
    fold_refunds_put_back(world);
    fold_receipts_put_back(world);
    receipt_contacts_put_back(world);
    self->again = self->backup.last;
    fold_forget_journal(self, PAYMENT);
    fold_backup_release(&self->backup);
}

// --- what others go by ---

fold_history_t *fold_followed(fold_t *self, process_name_t process)
{
    fold_history_t *lost = self->lost.rows;
    for (size_t i = 0; i < self->lost.count; i++)
        if (lost[i].epoch == self->follows[process])
            return &lost[i];
    return &self->payment;
}

void fold_reseeded(world_t *world, process_name_t process, const event_t *event)
{
    if (event->node_reseeded.stream != STREAM_PAYMENT)
        return;
    world->fold.follows[process] = event->node_reseeded.epoch;
    world_reach(world, REACH_FOLLOWER_RESEEDED);
}

const fold_invoice_t *fold_invoice_ever(fold_t *self, uint64_t invoice)
{
    const fold_invoice_t *known = fold_invoice_in(&self->payment, invoice);
    const fold_history_t *lost = self->lost.rows;
    for (size_t i = self->lost.count; i-- > 0 && !known;)
        known = fold_invoice_in(&lost[i], invoice);
    return known;
}

static bool was_told(const fold_history_t *history, uint64_t invoice)
{
    const fold_invoice_t *known = fold_invoice_in(history, invoice);
    return known && (known->succeeded || known->mismatch);
}

bool fold_was_told(const fold_t *self, uint64_t invoice)
{
    const fold_history_t *lost = self->lost.rows;
    bool told = was_told(&self->payment, invoice);
    for (size_t i = 0; i < self->lost.count && !told; i++)
        told = was_told(&lost[i], invoice);
    return told;
}

bool fold_is_before(fold_t *self, const fold_mandate_t *mandate, uint64_t posting)
{
    const fold_fact_t *credit = fold_fact(&self->payment.credits, mandate->credit);
    return credit && credit->posted_at && credit->posted_at < posting;
}

// In every later history that has this event too.
void fold_mark_posted(fold_t *self, const fold_fact_t *fact, uint64_t sequence)
{
    fold_history_t *lost = self->lost.rows, *followed = fold_followed(self, LEDGER);
    size_t from = followed == &self->payment ? self->lost.count : (size_t)(followed - lost);
    for (size_t i = from; i <= self->lost.count; i++) {
        fold_history_t *history = i < self->lost.count ? &lost[i] : &self->payment;
        fold_fact_t *same = fold_fact(&history->credits, fact->sequence);
        if (same) {
            same->left = 0;
            same->ever = true;
            same->posted_at = sequence;
        }
        if (history->common && fact->sequence > history->common)
            return;
    }
}

// --- numbers of payments, as the ledger has them ---

static fold_number_t *number_of(fold_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(&self->numbers, &key);
    return table_row(&self->numbers, row == TABLE_NONE ? table_insert(&self->numbers, &key) : row);
}

unsigned fold_credits(const fold_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(&self->numbers, &key);
    return row == TABLE_NONE ? 0 : ((const fold_number_t *)table_row(&self->numbers, row))->credits;
}

uint64_t fold_credited_at(const fold_t *self, uint64_t number)
{
    uid_t16 key = table_key(number, 0);
    uint32_t row = table_find(&self->numbers, &key);
    return row == TABLE_NONE ? 0
                             : ((const fold_number_t *)table_row(&self->numbers, row))->credited_at;
}

void fold_credit_number(world_t *world, uint64_t number, uint64_t sequence)
{
    fold_number_t *known = number_of(&world->fold, number);
    if (known->credits++)
        world_violate(world, "I3", "payment %" PRIu64 " was credited twice", number);
    known->credited_at = sequence;
}

void fold_repeat_number(world_t *world, uint64_t number, int64_t amount)
{
    fold_number_t *known = number_of(&world->fold, number);
    if (known->credits != 1)
        world_violate(world, "I3",
                      "payment %" PRIu64 " went to suspense, and was credited %u times", number,
                      known->credits);
    world->fold.repeated += amount;
    world_reach(world, REACH_REPEATED);
}
