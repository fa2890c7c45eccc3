#include "tools/kopeck/verify_closing.h"
#include "proto/stream.h"

typedef struct {
    uid_t16 id, account;
} mandate_t;

void verify_closing_init(verify_closing_t *self, verify_report_t *report)
{
    *self = (verify_closing_t){.report = report};
    table_init(&self->closed, sizeof(uid_t16));
    table_init(&self->noted, sizeof(uid_t16));
    table_init(&self->mandates, sizeof(mandate_t));
}

void verify_closing_release(verify_closing_t *self)
{
    table_release(&self->closed);
    table_release(&self->noted);
    table_release(&self->mandates);
}

void verify_closing_restart(verify_closing_t *self, stream_t stream)
{
    if (stream == STREAM_LEDGER) {
        table_clear(&self->closed);
        return;
    }
    table_clear(&self->noted);
    table_clear(&self->mandates);
    self->before.type = 0;
}

static bool holds(const table_t *table, const uid_t16 *id)
{
    return table_find(table, id) != TABLE_NONE;
}

static void set(table_t *table, const uid_t16 *id, bool in)
{
    if (in && !holds(table, id))
        (void)table_insert(table, id);
    else if (!in && holds(table, id))
        table_remove(table, table_find(table, id));
}

// --- the ledger ---

static bool that(verify_closing_t *self, const char *rule, uint64_t sequence, bool holds_so,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_LEDGER, sequence, holds_so, expected, found);
}

static void check_closed(verify_closing_t *self, uint64_t sequence,
                         const event_account_closed_t *closed, const verify_ledger_t *ledger)
{
    that(self, "ledger: an account is closed once", sequence,
         !holds(&self->closed, &closed->account), "one that is open", (int64_t)closed->number);
    set(&self->closed, &closed->account, true);
    self->closings++;
    if (!ledger)
        return;
    const verify_account_t *account = verify_ledger_account(ledger, &closed->account);
    that(self, "ledger: a closing tells what there was", sequence,
         account && account->cash == closed->cash && account->bonus == closed->bonus,
         "the account's balances", closed->cash);
}

static void check_reopened(verify_closing_t *self, uint64_t sequence,
                           const event_account_reopened_t *reopened)
{
    that(self, "ledger: only a closed account is reopened", sequence,
         holds(&self->closed, &reopened->account), "a closed one", (int64_t)reopened->number);
    set(&self->closed, &reopened->account, false);
}

static void check_posted(verify_closing_t *self, uint64_t sequence, const event_posted_t *posted)
{
    bool comes = posted->credit >= SYSTEM_END &&
                 (posted->kind == POSTING_TOPUP || posted->kind == POSTING_AUTOPAY ||
                  posted->kind == POSTING_BANK);
    if (comes)
        that(self, "ledger: no payment is credited to a closed account", sequence,
             !holds(&self->closed, &posted->account), "suspense", posted->amount);
}

static void check_ended(verify_closing_t *self, uint64_t sequence, const event_bonus_ended_t *ended)
{
    if (ended->why == BONUS_END_CLOSED)
        that(self, "ledger: a bonus ends with its account", sequence,
             holds(&self->closed, &ended->account), "a closed account", ended->amount);
}

static void check_suspended(verify_closing_t *self, uint64_t sequence,
                            const event_payment_suspended_t *told)
{
    if (told->why == SUSPENSE_CLOSED)
        that(self, "ledger: money is kept from closed accounts alone", sequence,
             holds(&self->closed, &told->account), "a closed account", told->amount);
}

void verify_closing_ledger(verify_closing_t *self, uint64_t sequence, const event_t *event,
                           const verify_ledger_t *ledger)
{
    if (event->type == EVENT_account_closed)
        check_closed(self, sequence, &event->account_closed, ledger);
    else if (event->type == EVENT_account_reopened)
        check_reopened(self, sequence, &event->account_reopened);
    else if (event->type == EVENT_posted)
        check_posted(self, sequence, &event->posted);
    else if (event->type == EVENT_bonus_ended)
        check_ended(self, sequence, &event->bonus_ended);
    else if (event->type == EVENT_payment_suspended)
        check_suspended(self, sequence, &event->payment_suspended);
}

// --- payment ---

static bool says(verify_closing_t *self, const char *rule, uint64_t sequence, bool holds_so,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_PAYMENT, sequence, holds_so, expected, found);
}

static const mandate_t *live_of(const verify_closing_t *self, const uid_t16 *account)
{
    for (uint32_t i = 0; i < self->mandates.count; i++) {
        const mandate_t *row = table_row(&self->mandates, i);
        if (table_holds(&self->mandates, i) && uid_equal(&row->account, account))
            return row;
    }
    return NULL;
}

static void note_consented(verify_closing_t *self, uint64_t sequence,
                           const event_mandate_consented_t *e)
{
    says(self, "payment: a closed account allows no autopay", sequence,
         !holds(&self->noted, &e->account), "an open account", e->amount);
    set(&self->mandates, &e->mandate, true);
    ((mandate_t *)table_row(&self->mandates, table_find(&self->mandates, &e->mandate)))->account =
        e->account;
}

// The consent of an account that is closed ends in the decision that notes it.
static void check_before(verify_closing_t *self, uint64_t sequence)
{
    if (self->before.type != EVENT_closing_noted)
        return;
    says(self, "payment: the consent ends with the account", sequence,
         !live_of(self, &self->before.closing_noted.account), "mandate.revoked", 0);
    self->before.type = 0;
}

static void note_closing(verify_closing_t *self, uint64_t sequence, const event_t *event)
{
    const event_closing_noted_t *noted = &event->closing_noted;
    says(self, "payment: a closing is noted once", sequence,
         holds(&self->noted, &noted->account) != noted->closed, "another word than before",
         noted->closed);
    set(&self->noted, &noted->account, noted->closed);
    if (noted->closed)
        self->before = *event;
}

void verify_closing_payment(verify_closing_t *self, uint64_t sequence, const event_t *event)
{
    if (event->type == EVENT_mandate_revoked && event->mandate_revoked.why == REVOKE_CLOSED)
        says(self, "payment: a consent ends with its account where that is closed", sequence,
             holds(&self->noted, &event->mandate_revoked.account), "a closed account", 0);
    if (event->type == EVENT_mandate_revoked)
        set(&self->mandates, &event->mandate_revoked.mandate, false);
    check_before(self, sequence);
    if (event->type == EVENT_mandate_consented)
        note_consented(self, sequence, &event->mandate_consented);
    else if (event->type == EVENT_closing_noted)
        note_closing(self, sequence, event);
    else if (event->type == EVENT_payment_created)
        says(self, "payment: nothing is begun for a closed account", sequence,
             !holds(&self->noted, &event->payment_created.account), "an open account",
             event->payment_created.amount);
}
